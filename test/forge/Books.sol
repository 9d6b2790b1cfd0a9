// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MarketWords, PositionSlots, ledger} from "../../contracts/clearing/Ledger.sol";
import {Account} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {MarketState} from "../../contracts/types/MarketState.sol";
import {LockedProceeds} from "../../contracts/types/LockedProceeds.sol";
import {PackedOption} from "../../contracts/types/PackedOption.sol";
import {Position} from "../../contracts/types/Position.sol";
import {vm} from "./Vm.sol";

/// @notice Reads the ledger's slots where the ledger keeps them. A campaign asks for every account after every call,
/// and a view of the clearinghouse costs a hundred times more. That both say the same is tested.
library Books {
    uint256 private constant MOST_PAIRS = 128;

    function account(address house, AccountId id) internal view returns (Account) {
        return Account.wrap(_load(house, accountSlot(id)));
    }

    /// @notice The account's positions; `a` is its word.
    function positions(address house, AccountId id, Account a) internal view returns (Position[] memory list) {
        (uint256 count, uint256 packed) = (a.positions(), a.packed());
        list = new Position[](count);
        if (count == 0) return list;
        uint256 first = pairSlot(id);
        for (uint256 i; i < packed; ++i) {
            list[i] = PackedOption.wrap(uint128(_load(house, first + i / 2) >> (128 * (i % 2)))).unpack();
        }
        first = wholeSlot(id);
        for (uint256 i = packed; i < count; ++i) list[i] = Position.wrap(_load(house, first + i - packed));
    }

    function lock(address house, AccountId id) internal view returns (LockedProceeds) {
        return LockedProceeds.wrap(_load(house, lockSlot(id)));
    }

    /// @notice The pot and the open interest alone: what the books are balanced with.
    function market(address house, uint16 underlying) internal view returns (MarketState memory s) {
        uint256 first = marketSlot(underlying);
        s.openInterest = uint64(_load(house, first) >> 128);
        s.pot = int128(uint128(_load(house, first + 1)));
    }

    /// @notice Options bought and not sold again or settled, lots.
    function optionInterest(address house, uint16 underlying) internal view returns (uint64) {
        return uint64(_load(house, marketSlot(underlying) + 2));
    }

    function accountSlot(AccountId id) internal view returns (uint256) {
        mapping(AccountId account => Account) storage accounts = ledger().accounts;
        uint256 base;
        assembly ("memory-safe") {
            base := accounts.slot
        }
        return _slot(AccountId.unwrap(id), base);
    }

    /// @notice Of the first position with a slot of its own; the others follow.
    function wholeSlot(AccountId id) internal view returns (uint256) {
        return pairSlot(id) + MOST_PAIRS;
    }

    /// @notice Of the first two options that share one; the others follow.
    function pairSlot(AccountId id) internal view returns (uint256) {
        mapping(AccountId account => PositionSlots) storage lists = ledger().positions;
        uint256 base;
        assembly ("memory-safe") {
            base := lists.slot
        }
        return _slot(AccountId.unwrap(id), base);
    }

    function lockSlot(AccountId id) internal view returns (uint256) {
        mapping(AccountId account => LockedProceeds) storage locks = ledger().locks;
        uint256 base;
        assembly ("memory-safe") {
            base := locks.slot
        }
        return _slot(AccountId.unwrap(id), base);
    }

    function marketSlot(uint16 underlying) internal view returns (uint256) {
        mapping(uint16 underlying => MarketWords) storage markets = ledger().markets;
        uint256 base;
        assembly ("memory-safe") {
            base := markets.slot
        }
        return _slot(underlying, base);
    }

    /// @dev vm.load, but for what Solidity would check about the call: a call of the campaign loads dozens of slots.
    function _load(address house, uint256 slot) private view returns (uint256 value) {
        address cheats = address(vm);
        bytes4 selector = vm.load.selector;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, selector)
            mstore(add(input, 0x04), house)
            mstore(add(input, 0x24), slot)
            pop(staticcall(gas(), cheats, input, 0x44, 0x00, 0x20))
            value := mload(0x00)
        }
    }

    function _slot(uint256 key, uint256 base) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            mstore(0x00, key)
            mstore(0x20, base)
            slot := keccak256(0x00, 0x40)
        }
    }
}
