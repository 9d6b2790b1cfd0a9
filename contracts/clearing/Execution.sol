// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Settlement} from "../settlement/Settlement.sol";
import {Mode} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Fill, SignedOrder} from "../types/Order.sol";
import {Permit} from "../types/Permit.sol";
import {Accounts} from "./Accounts.sol";
import {Closing} from "./Closing.sol";
import {Frame} from "./Frame.sol";
import {Lock} from "./Lock.sol";

/// @notice Performs calls of the clearinghouse, one or several, in one frame. They are decoded here rather than by a
/// call of the clearinghouse to itself: they share the frame, which is memory.
/// @dev Linked to the clearinghouse, because together they exceed what one contract's code may hold.
library Execution {
    uint256 private constant SELECTOR_SIZE = 4;

    /// @notice What every call of a frame needs and none may change.
    struct Context {
        address token;
        bytes32 domainSeparator;
    }

    /// @notice A call of IClearinghouse's, as it came, in a frame: itself, or what `execute` was given.
    function perform(Context calldata context, bytes calldata call) external {
        Lock.acquire();
        Frame memory f;
        bool several = bytes4(call) == IClearinghouse.execute.selector;
        bytes[] calldata calls = _decodeCalls(call);
        uint256 count = several ? calls.length : 1;
        for (uint256 i; i < count; ++i) _dispatch(f, context, several ? calls[i] : call);
        Closing.close(f, context.token);
    }

    function _dispatch(Frame memory f, Context calldata context, bytes calldata call) private {
        bytes4 selector = bytes4(call);
        if (call.length < SELECTOR_SIZE) revert IClearinghouse.Clearinghouse_UnknownSelector(selector);
        bytes calldata args = call[SELECTOR_SIZE:];
        if (selector == IClearinghouse.settle.selector) {
            (SignedOrder[] calldata orders, Fill[] calldata fills) = _decodeSettle(args);
            Settlement.settle(f, context.domainSeparator, orders, fills);
        } else if (selector == IClearinghouse.deposit.selector) {
            (AccountId account, uint256 amount) = abi.decode(args, (AccountId, uint256));
            Accounts.deposit(f, context.token, account, amount);
        } else if (selector == IClearinghouse.withdraw.selector) {
            (AccountId account, uint256 amount, address to) = abi.decode(args, (AccountId, uint256, address));
            Accounts.withdraw(f, account, amount, to);
        } else {
            _dispatchRarer(f, context, selector, args);
        }
    }

    function _dispatchRarer(Frame memory f, Context calldata context, bytes4 selector, bytes calldata args) private {
        if (selector == IClearinghouse.openAccount.selector) {
            (uint96 index, Mode mode) = abi.decode(args, (uint96, Mode));
            Accounts.open(f, index, mode);
        } else if (selector == IClearinghouse.depositWithPermit.selector) {
            (AccountId account, uint256 amount, Permit memory permit) = abi.decode(args, (AccountId, uint256, Permit));
            Accounts.usePermit(context.token, amount, permit);
            Accounts.deposit(f, context.token, account, amount);
        } else if (selector == IClearinghouse.setOperator.selector) {
            (AccountId account, address operator, uint8 scopes, uint40 expiry) = abi.decode(
                args,
                (AccountId, address, uint8, uint40)
            );
            Accounts.setOperator(f, account, operator, scopes, expiry);
        } else if (selector == IClearinghouse.cancelNonces.selector) {
            (AccountId account, uint64 group, uint128 mask) = abi.decode(args, (AccountId, uint64, uint128));
            Accounts.cancelNonces(f, account, group, mask);
        } else if (selector == IClearinghouse.setMode.selector) {
            (AccountId account, Mode mode) = abi.decode(args, (AccountId, Mode));
            Accounts.setMode(f, account, mode);
        } else if (selector == IClearinghouse.touch.selector) {
            Accounts.touch(f, abi.decode(args, (AccountId[])));
        } else if (selector == IClearinghouse.raiseEpoch.selector) {
            Accounts.raiseEpoch(f, abi.decode(args, (AccountId)));
        } else if (selector == IClearinghouse.closeAccount.selector) {
            Accounts.close(f, abi.decode(args, (AccountId)));
        } else {
            revert IClearinghouse.Clearinghouse_UnknownSelector(selector);
        }
    }

    /// @dev Where ABI encoding puts the list. Not trusted: a list that reaches beyond the call is refused when an
    /// element is read, and a call that is no list is not read as one.
    function _decodeCalls(bytes calldata call) private pure returns (bytes[] calldata calls) {
        assembly ("memory-safe") {
            let at := add(call.offset, 0x04)
            at := add(at, calldataload(at))
            calls.length := calldataload(at)
            calls.offset := add(at, 0x20)
        }
    }

    /// @dev Where ABI encoding puts the two arrays. Nothing trusts them: an order that was not signed as read is
    /// refused, one without signature is the caller's own, and reading past the end of calldata reads zeros.
    function _decodeSettle(
        bytes calldata args
    ) private pure returns (SignedOrder[] calldata orders, Fill[] calldata fills) {
        assembly ("memory-safe") {
            let at := add(args.offset, calldataload(args.offset))
            orders.length := calldataload(at)
            orders.offset := add(at, 0x20)
            at := add(args.offset, calldataload(add(args.offset, 0x20)))
            fills.length := calldataload(at)
            fills.offset := add(at, 0x20)
        }
    }
}
