// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {SurfaceHandler} from "./SurfaceHandler.sol";

/// @notice AUTH-2: what became of every nonce, told by what happened and not by how the ledger packs it.
abstract contract NonceModel is SurfaceHandler {
    struct Cancellation {
        uint64 first;
        uint128 mask;
    }

    /// @dev The first of the campaign's nonces, so that each account's soon straddle two groups of 128.
    uint64 internal constant FIRST_NONCE = 120;

    mapping(AccountId id => uint64) internal given;
    mapping(AccountId id => Cancellation[]) internal cancellations;
    mapping(AccountId id => mapping(uint64 nonce => bytes32 digest)) internal begunBy;
    mapping(AccountId id => mapping(uint64 nonce => bool)) internal filledWhole;
    mapping(bytes32 digest => uint256 lots) internal filledOf;

    /// @notice Every nonce ever given out, at the end of a run.
    function checkNonces() external view {
        for (uint256 i; i < ids.length; ++i) {
            uint64 end = FIRST_NONCE + given[ids[i]] + 2;
            for (uint64 nonce = FIRST_NONCE; nonce < end; ++nonce) _checkNonce(ids[i], nonce);
        }
    }

    function _nextNonce(AccountId id) internal override returns (uint64 nonce) {
        do nonce = FIRST_NONCE + given[id]++; while (_isCancelled(id, nonce));
    }

    function _isCancelled(AccountId id, uint64 nonce) internal view returns (bool) {
        Cancellation[] storage list = cancellations[id];
        for (uint256 i; i < list.length; ++i) {
            uint64 first = list[i].first;
            if (nonce >= first && nonce < first + 128 && (list[i].mask >> (nonce - first)) & 1 == 1) return true;
        }
        return false;
    }

    function _isSpent(AccountId id, uint64 nonce) internal view returns (bool) {
        return filledWhole[id][nonce] || _isCancelled(id, nonce);
    }

    function _checkNonce(AccountId id, uint64 nonce) internal view {
        (bool spent, uint64 filled) = house.nonceState(id, nonce);
        assertEq(spent, _isSpent(id, nonce), "AUTH-2: a nonce is spent that was not used up, or the reverse");
        uint256 counted = spent ? 0 : filledOf[begunBy[id][nonce]];
        assertEq(filled, counted, "AUTH-2: the ledger's count of fills");
    }

    /// @notice AUTH-2, for fills that went through. An order without a signature uses no nonce.
    function _recordFills(SignedOrder[] memory orders, Fill[] memory fills) internal {
        uint256[] memory unsigned = new uint256[](orders.length);
        for (uint256 i; i < fills.length; ++i) {
            _recordFill(orders, unsigned, fills[i].maker, fills[i]);
            _recordFill(orders, unsigned, fills[i].taker, fills[i]);
        }
        for (uint256 i; i < orders.length; ++i) {
            Order memory order = orders[i].order;
            _checkNonce(order.account, order.nonce);
            // A neighbour in the same word, and one in the next.
            _checkNonce(order.account, order.nonce ^ 1);
            _checkNonce(order.account, order.nonce ^ 128);
        }
    }

    function _recordFill(SignedOrder[] memory orders, uint256[] memory unsigned, uint256 at, Fill memory fill) private {
        Order memory order = orders[at].order;
        assertLe(block.timestamp, order.expiry, "AUTH-2: filled past its expiry");
        assertEq(_account(order.account).epoch(), order.epoch, "AUTH-2: filled after its epoch");
        bool within = order.size > 0 ? fill.price <= order.limitPrice : fill.price >= order.limitPrice;
        assertTrue(within, "AUTH-2: filled beyond its limit");
        uint256 size = FixedPoint.abs(order.size);
        if (orders[at].signature.length == 0) {
            unsigned[at] += fill.lots;
            assertLe(unsigned[at], size, "AUTH-2: an order of the caller's own was filled beyond its size");
            return;
        }
        assertFalse(_isSpent(order.account, order.nonce), "AUTH-2: filled under a spent nonce");
        bytes32 digest = _digest(order);
        bytes32 owner = begunBy[order.account][order.nonce];
        assertTrue(owner == 0 || owner == digest, "AUTH-2: two orders filled under one nonce");
        begunBy[order.account][order.nonce] = digest;
        filledOf[digest] += fill.lots;
        assertLe(filledOf[digest], size, "AUTH-2: filled beyond its size");
        if (filledOf[digest] == size) filledWhole[order.account][order.nonce] = true;
    }
}
