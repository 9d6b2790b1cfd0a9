// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Nonces} from "../settlement/Nonces.sol";
import {Mode, Modes} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Permit} from "../types/Permit.sol";
import {Grant, GrantLibrary, Scopes} from "../types/Grant.sol";
import {Closing} from "./Closing.sol";
import {AccountFrame, Frame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {ledger} from "./Ledger.sol";
import {Locks} from "./Locks.sol";
import {Settings} from "./Settings.sol";

/// @notice What an owner, or whom it allowed, does with an account; each inside a frame, which judges it at its end.
/// Checks the caller: a linked library runs in its caller's name.
library Accounts {
    /// @dev Wad USD in one unit of the settlement token, which has 6 decimals.
    int256 private constant TOKEN_UNIT = 1e12;

    function open(Frame memory f, uint96 index, Mode mode) internal {
        AccountId id = AccountIdLibrary.make(msg.sender, index);
        uint256 aAt = Frames.slotOf(f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.current.mode() != Modes.NONE) revert IClearinghouse.Clearinghouse_AccountAlreadyOpen(id);
        _requireModel(f, mode);
        a.current = a.current.withMode(mode);
        emit IClearinghouse.AccountOpened(id, mode);
    }

    function close(Frame memory f, AccountId id) internal {
        _requireOwner(id);
        uint256 aAt = Frames.load(f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.positions.length == 0) Closing.returnDeposit(a);
        // What is left below one unit of the token cannot be withdrawn: it goes where roundings go.
        bool empty = a.cash >= 0 && a.cash < TOKEN_UNIT && a.positions.length == 0;
        if (!empty) revert IClearinghouse.Clearinghouse_AccountNotEmpty(id, a.cash, a.positions.length);
        f.fees += uint256(a.cash);
        a.cash = 0;
        if (a.current.flagged()) revert IClearinghouse.Clearinghouse_AccountFlagged(id);
        uint32 nextEpoch = a.current.epoch() + 1;
        // Closing forgets the lock, so it must be over: what was withdrawn in this very frame is not judged yet.
        uint256 locked = Locks.held(f, a);
        if (locked != 0) revert IClearinghouse.Clearinghouse_ProceedsStillLocked(id, locked);
        a.current = a.current.withMode(Modes.NONE).withEpoch(nextEpoch);
        emit IClearinghouse.AccountClosed(id, nextEpoch);
    }

    function setMode(Frame memory f, AccountId id, Mode mode) internal {
        _requireOwner(id);
        _requireModel(f, mode);
        uint256 aAt = Frames.load(f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.current.flagged()) revert IClearinghouse.Clearinghouse_AccountFlagged(id);
        emit IClearinghouse.ModeChanged(id, a.current.mode(), mode);
        a.current = a.current.withMode(mode);
        a.judged = a.strict = true;
    }

    /// @dev What arrives is measured: a token that keeps a fee cannot credit an account with it.
    function deposit(Frame memory f, address token, AccountId id, uint256 amount) internal {
        if (amount == 0) revert IClearinghouse.Clearinghouse_ZeroAmount();
        uint256 aAt = Frames.account(f, id);
        AccountFrame memory a = f.accounts[aAt];
        uint256 before = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, msg.sender, address(this), amount);
        uint256 received = SafeTransferLib.balanceOf(token, address(this)) - before;
        if (received != amount) revert IClearinghouse.Clearinghouse_TokenNotExact(amount, received);
        a.cash += _toWad(amount);
        emit IClearinghouse.Deposited(id, msg.sender, amount);
    }

    /// @dev Who sees the permit in flight can use it up first. It then did its work all the same, so its failure says
    /// nothing: the transfer does.
    function usePermit(address token, uint256 amount, Permit memory p) internal {
        try IERC20Permit(token).permit(msg.sender, address(this), amount, p.deadline, p.v, p.r, p.s) {} catch {}
    }

    function withdraw(Frame memory f, AccountId id, uint256 amount, address to) internal {
        if (amount == 0) revert IClearinghouse.Clearinghouse_ZeroAmount();
        if (to == address(0)) revert IClearinghouse.Clearinghouse_ZeroAddress();
        if (to == id.owner()) _requirePermitted(f, id, Scopes.WITHDRAW);
        else _requireOwner(id);
        uint256 aAt = Frames.load(f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.current.mode() == Modes.NONE) revert IClearinghouse.Clearinghouse_AccountNotOpen(id);
        a.cash -= _toWad(amount);
        a.withdrawn += amount;
        a.judged = true;
        Frames.payLater(f, to, amount);
        emit IClearinghouse.Withdrawn(id, to, amount);
    }

    function touch(Frame memory f, AccountId[] memory accounts) internal {
        for (uint256 i; i < accounts.length; ++i) {
            uint256 aAt = Frames.slotOf(f, accounts[i]);
            if (f.accounts[aAt].current.mode() != Modes.NONE) Frames.load(f, accounts[i]);
        }
    }

    function cancelNonces(Frame memory f, AccountId id, uint64 group, uint128 mask) internal {
        _requirePermitted(f, id, Scopes.CANCEL);
        Nonces.cancel(id, group, mask);
        emit IClearinghouse.NoncesCancelled(id, group, mask);
    }

    function raiseEpoch(Frame memory f, AccountId id) internal {
        _requireOwner(id);
        uint256 aAt = Frames.account(f, id);
        AccountFrame memory a = f.accounts[aAt];
        uint32 epoch = a.current.epoch() + 1;
        a.current = a.current.withEpoch(epoch);
        emit IClearinghouse.EpochRaised(id, epoch);
    }

    function setOperator(Frame memory f, AccountId id, address operator, uint8 scopes, uint40 expiry) internal {
        _requireOwner(id);
        if (operator == address(0)) revert IClearinghouse.Clearinghouse_ZeroAddress();
        if (scopes & ~Scopes.ALL != 0) revert IClearinghouse.Clearinghouse_UnknownScopes(scopes, Scopes.ALL);
        uint256 aAt = Frames.account(f, id);
        ledger().grants[id][operator] = GrantLibrary.make(scopes, f.accounts[aAt].current.epoch(), expiry);
        emit IClearinghouse.OperatorSet(id, operator, scopes, expiry);
    }

    function _requireOwner(AccountId id) private view {
        if (id.owner() != msg.sender) revert IClearinghouse.Clearinghouse_NotOwner(id, msg.sender);
    }

    /// @dev The owner, or an operator with the scope. The epoch is the frame's: what was raised in it counts at once.
    function _requirePermitted(Frame memory f, AccountId id, uint8 scope) private {
        if (id.owner() == msg.sender) return;
        Grant grant = ledger().grants[id][msg.sender];
        uint256 aAt = Frames.slotOf(f, id);
        if (!grant.allows(scope, f.accounts[aAt].current.epoch())) {
            revert IClearinghouse.Clearinghouse_NotPermitted(id, msg.sender, scope);
        }
    }

    function _requireModel(Frame memory f, Mode mode) private view {
        if (address(Settings.model(Frames.settings(f), mode)) == address(0)) {
            revert IClearinghouse.Clearinghouse_UnknownMode(mode);
        }
    }

    /// @dev Beyond what cash can hold the sum would be refused when written; refusing here names the amount.
    function _toWad(uint256 amount) private pure returns (int256) {
        if (amount > uint256(uint128(type(int128).max)) / uint256(TOKEN_UNIT)) {
            revert IClearinghouse.Clearinghouse_AmountOutOfRange(int256(amount));
        }
        return int256(amount) * TOKEN_UNIT;
    }
}
