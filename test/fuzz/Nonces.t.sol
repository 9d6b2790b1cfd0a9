// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {Nonces} from "../../contracts/settlement/Nonces.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Order, OrderStatus} from "../../contracts/types/Order.sol";
import {Test} from "../forge/Test.sol";
import {vm} from "../forge/Vm.sol";

/// @notice AUTH-2: groups of nonces, two bits each, against a model of plain mappings: after every fill and every
/// cancellation each nonce of two accounts says what the model says.
contract NoncesTest is Test {
    /// @dev What a nonce may be in for.
    struct Fate {
        bool cancelled;
        bool whole;
        bytes32 digest;
        uint64 filled;
    }

    uint256 private constant STEPS = 40;
    AccountId private constant ALICE = AccountId.wrap(uint256(0xA11CE) << 96);
    /// @dev The neighbouring account of the same owner.
    AccountId private constant ALICES_OTHER = AccountId.wrap((uint256(0xA11CE) << 96) | 1);

    /// @dev On both sides of the borders of groups, and at the ends.
    uint64[12] private nonces = [0, 1, 63, 64, 126, 127, 128, 129, 255, 256, type(uint64).max - 1, type(uint64).max];
    mapping(AccountId account => mapping(uint64 nonce => Fate)) private fates;

    function testFuzz_groupsAgainstPlainMappings(uint256 seed) public {
        for (uint256 i; i < STEPS; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            AccountId account = dice & 1 == 0 ? ALICE : ALICES_OTHER;
            uint64 nonce = nonces[(dice >> 8) % nonces.length];
            if ((dice >> 16) % 8 == 0) _cancel(account, nonce, uint128(dice >> 128) & uint128(dice >> 24));
            else _fill(account, nonce, dice);
            _compare();
        }
    }

    /// @dev One bit of one group and nothing else, whatever the nonce.
    function testFuzz_cancelsOne(uint64 nonce, uint64 other) public {
        vm.assume(nonce != other);
        Nonces.cancel(ALICE, nonce >> 7, uint128(1) << (nonce & 127));
        (bool spent, uint64 filled, uint256 hash) = Nonces.stateOf(ALICE, nonce);
        assertTrue(spent && filled == 0 && hash == 0, "AUTH-2: the nonce is cancelled");
        (spent, , ) = Nonces.stateOf(ALICE, other);
        assertFalse(spent, "AUTH-2: another nonce was cancelled");
        (spent, , ) = Nonces.stateOf(ALICES_OTHER, nonce);
        assertFalse(spent, "AUTH-2: another account's nonce was cancelled");
    }

    // ------------------------------------------------------------------ the library, as the ledger calls it

    function fill(Order calldata order, bytes32 digest, uint64 lots) external {
        uint64 before = Nonces.admit(order, digest);
        Nonces.record(order, digest, before, before + lots);
    }

    function admit(Order calldata order, bytes32 digest) external view returns (uint64) {
        return Nonces.admit(order, digest);
    }

    function record(Order calldata order, bytes32 digest, uint64 before, uint64 filled) external {
        Nonces.record(order, digest, before, filled);
    }

    function status(Order calldata order, bytes32 digest) external view returns (OrderStatus, uint64) {
        return Nonces.statusOf(order, digest);
    }

    // ------------------------------------------------------------------ the model

    function _cancel(AccountId account, uint64 nonce, uint128 mask) private {
        uint64 group = nonce >> 7;
        Nonces.cancel(account, group, mask);
        for (uint256 i; i < nonces.length; ++i) {
            if (nonces[i] >> 7 != group || (mask >> (nonces[i] & 127)) & 1 == 0) continue;
            fates[account][nonces[i]].cancelled = true;
        }
    }

    function _fill(AccountId account, uint64 nonce, uint256 dice) private {
        Fate storage fate = fates[account][nonce];
        Order memory order;
        order.account = account;
        order.nonce = nonce;
        order.size = int64(uint64(1 + ((dice >> 32) % 5)));
        order.expiry = type(uint40).max;
        if ((dice >> 40) & 1 == 0) order.size = -order.size;
        // Two orders a nonce; an order's size is part of what is hashed.
        bytes32 digest = keccak256(abi.encode(account, nonce, order.size, (dice >> 48) & 1));
        uint64 size = uint64(order.size < 0 ? -order.size : order.size);
        uint64 left = size - (fate.digest == digest ? fate.filled : 0);
        uint64 lots = uint64(1 + ((dice >> 56) % (left == 0 ? 1 : left)));
        if (fate.cancelled || fate.whole) {
            vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_NonceSpent.selector, account, nonce));
            this.fill(order, digest, lots);
            return;
        }
        if (fate.digest != 0 && fate.digest != digest) {
            vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_NonceTaken.selector, account, nonce));
            this.fill(order, digest, lots);
            return;
        }
        _checkStale(order, digest, fate.filled);
        this.fill(order, digest, lots);
        fate.digest = digest;
        fate.filled += lots;
        fate.whole = fate.filled == size;
        (OrderStatus told, uint64 filled) = this.status(order, digest);
        assertTrue(told == (fate.whole ? OrderStatus.Spent : OrderStatus.Open), "AUTH-2: the order's status");
        assertEq(filled, fate.whole ? 0 : fate.filled, "AUTH-2: the order's fills");
    }

    /// @dev What was admitted a moment ago and filled since is not filled again.
    function _checkStale(Order memory order, bytes32 digest, uint64 before) private {
        assertEq(this.admit(order, digest), before, "AUTH-2: admitted at another count");
        vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_NonceTaken.selector, order.account, order.nonce));
        this.record(order, digest, before + 1, before + 2);
    }

    function _compare() private view {
        for (uint256 i; i < nonces.length; ++i) {
            _compare(ALICE, nonces[i]);
            _compare(ALICES_OTHER, nonces[i]);
        }
    }

    function _compare(AccountId account, uint64 nonce) private view {
        Fate memory fate = fates[account][nonce];
        bool over = fate.cancelled || fate.whole;
        (bool spent, uint64 filled, uint256 hash) = Nonces.stateOf(account, nonce);
        assertEq(spent, over, "AUTH-2: spent");
        assertEq(filled, over ? 0 : fate.filled, "AUTH-2: filled");
        assertEq(hash, over ? 0 : (uint256(fate.digest) >> 64) << 64, "AUTH-2: whose nonce it is");
    }
}
