// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ledger} from "../clearing/Ledger.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AccountId} from "../types/AccountId.sol";
import {NonceGroup, NonceSlot, PartialFill} from "../types/Nonce.sol";
import {Order, OrderStatus} from "../types/Order.sol";

/// @notice Which orders are filled, in part or whole, or cancelled: what stands between a signature and its replay.
library Nonces {
    uint256 private constant GROUP_SHIFT = 7;
    uint256 private constant GROUP_MASK = (1 << GROUP_SHIFT) - 1;
    uint256 private constant BEGUN_SHIFT = 128;
    uint256 private constant HASH_MASK = ~uint256(type(uint64).max);

    /// @notice How many lots of the order are filled, after checking that the nonce is this order's to fill.
    function admit(Order calldata order, bytes32 digest) internal view returns (uint64) {
        (uint256 word, uint256 bit) = _read(order.account, order.nonce);
        if (word & bit != 0) revert IClearinghouse.Order_NonceSpent(order.account, order.nonce);
        if (word & (bit << BEGUN_SHIFT) == 0) return 0;
        uint256 begun = PartialFill.unwrap(ledger().partialFills[order.account][order.nonce]);
        if ((begun ^ uint256(digest)) & HASH_MASK != 0) {
            revert IClearinghouse.Order_NonceTaken(order.account, order.nonce);
        }
        return uint64(begun);
    }

    /// @notice Writes that `filled` lots of the order are filled where there were `before`.
    /// @dev An order listed twice in a batch would be filled against the same remainder twice: what is stored must
    /// still be what was admitted.
    function record(Order calldata order, bytes32 digest, uint256 before, uint256 filled) internal {
        (AccountId account, uint64 nonce) = (order.account, order.nonce);
        (NonceSlot storage slot, uint256 bit) = _find(account, nonce);
        uint256 word = NonceGroup.unwrap(slot.group);
        uint256 begunBit = bit << BEGUN_SHIFT;
        mapping(uint64 nonce => PartialFill) storage fills = ledger().partialFills[account];
        uint256 stored = word & begunBit == 0 ? 0 : uint64(PartialFill.unwrap(fills[nonce]));
        if (word & bit != 0 || stored != before) revert IClearinghouse.Order_NonceTaken(account, nonce);

        if (filled == FixedPoint.abs(order.size)) {
            if (word & begunBit != 0) fills[nonce] = PartialFill.wrap(0);
            slot.group = NonceGroup.wrap((word | bit) & ~begunBit);
        } else {
            fills[nonce] = PartialFill.wrap((uint256(digest) & HASH_MASK) | filled);
            if (word & begunBit == 0) slot.group = NonceGroup.wrap(word | begunBit);
        }
    }

    /// @notice Spends every nonce of the group whose bit is set in `mask`.
    function cancel(AccountId account, uint64 group, uint128 mask) internal {
        NonceSlot storage slot = ledger().nonceGroups[account][group];
        slot.group = NonceGroup.wrap(NonceGroup.unwrap(slot.group) | mask);
    }

    /// @notice Whether the nonce is spent, and else how much of its order is filled and whose hash it keeps: both zero
    /// where nothing is.
    function stateOf(AccountId account, uint64 nonce) internal view returns (bool spent, uint64 filled, uint256 hash) {
        (uint256 word, uint256 bit) = _read(account, nonce);
        spent = word & bit != 0;
        if (spent || word & (bit << BEGUN_SHIFT) == 0) return (spent, 0, 0);
        uint256 begun = PartialFill.unwrap(ledger().partialFills[account][nonce]);
        return (false, uint64(begun), begun & HASH_MASK);
    }

    /// @notice What became of the order of that digest, and how many lots are filled of one that is not spent.
    function statusOf(Order calldata order, bytes32 digest) internal view returns (OrderStatus status, uint64 filled) {
        (bool spent, uint64 begun, uint256 hash) = stateOf(order.account, order.nonce);
        if (spent) return (OrderStatus.Spent, 0);
        if (hash != 0 && (hash ^ uint256(digest)) & HASH_MASK != 0) return (OrderStatus.NonceTaken, 0);
        if (order.epoch != ledger().accounts[order.account].epoch()) return (OrderStatus.WrongEpoch, begun);
        return (block.timestamp > order.expiry ? OrderStatus.Expired : OrderStatus.Open, begun);
    }

    function _read(AccountId account, uint64 nonce) private view returns (uint256 word, uint256 bit) {
        NonceSlot storage slot;
        (slot, bit) = _find(account, nonce);
        word = NonceGroup.unwrap(slot.group);
    }

    function _find(AccountId account, uint64 nonce) private view returns (NonceSlot storage slot, uint256 bit) {
        return (ledger().nonceGroups[account][uint64(nonce >> GROUP_SHIFT)], 1 << (nonce & GROUP_MASK));
    }
}
