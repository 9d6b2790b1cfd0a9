// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment} from "../../../contracts/types/Market.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Vm, vm} from "../../forge/Vm.sol";
import {Finding} from "./Watching.sol";
import {WorldHandler} from "./WorldHandler.sol";

/// @notice Who may be liquidated, who is near it, and what the vault has paid for it.
abstract contract Judging is WorldHandler {
    struct Payment {
        uint256 at;
        uint256 amount;
    }

    Payment[] private payments;

    /// @notice A call that must not touch the account, for it is not below, or nobody knows.
    function _mustSpare(address sender, bytes memory data, Finding memory f) internal {
        if (f.known) {
            bytes4 healthy = IClearinghouse.Liquidation_Healthy.selector;
            return _mustRefuseNow(sender, data, healthy, "RISK-2: an account that is not below was touched");
        }
        bytes4 refusal = IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        _mustRefuseNow(sender, data, refusal, "ORAC-3: an account was judged at an unusable price");
    }

    /// @dev A clock alone is no auction: it outlives the flag.
    function _inAuction(AccountId id) internal view returns (bool) {
        return _account(id).flagged() && auction.running(id);
    }

    /// @notice Any open account, the vault's own among them.
    function _anyAt(uint256 seed) internal view returns (AccountId id) {
        uint256 n = ids.length - FIRST;
        for (uint256 i; i < n; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            if (_isOpen(id)) return id;
        }
        vm.assume(false);
    }

    /// @notice Where everyone is healthy, the markets move against somebody first.
    function _belowAt(uint256 seed) internal returns (AccountId id) {
        bool found;
        (found, id) = _findBelow(seed);
        if (found) return id;
        uint256 n = ids.length - FIRST;
        for (uint256 i; i < n; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            if (_account(id).positions() == 0) continue;
            uint16 u = _positions(id)[0].underlying();
            _move(u, _held(id, u) > 0 ? -0.06e18 : int256(0.06e18));
            break;
        }
        (found, id) = _findBelow(seed);
        if (!found) vm.assume(false);
    }

    /// @notice An account with positions, after its market has moved against it until it stands just above
    /// maintenance, or just below.
    function _grazedAt(uint256 seed) internal returns (AccountId id) {
        uint256 n = ids.length - FIRST;
        bool found;
        for (uint256 i; i < n && !found; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            found = _account(id).positions() != 0;
        }
        if (!found) vm.assume(false);
        uint16 u = _positions(id)[0].underlying();
        int256 step = _held(id, u) > 0 ? -0.006e18 : int256(0.006e18);
        for (uint256 i; i < 8; ++i) {
            Watch memory w;
            Assessment memory a = _assessed(w, id);
            if (a.equityForMaintenance * 100 < int256(a.maintenanceMargin) * 108) return id;
            _move(u, step);
        }
    }

    /// @notice An account below but for a position whose price is gone. Where there is none, one of its prices goes.
    function _unpricedBelowAt(uint256 seed) internal returns (AccountId id) {
        Watch memory w;
        uint256 n = ids.length - FIRST;
        uint16 lost;
        AccountId candidate;
        for (uint256 i; i < n; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            Position[] memory list = _positions(id);
            if (list.length < 2) continue;
            Finding memory f = _find(w, id);
            if (!f.known && f.below) return id;
            if (f.known && lost == 0) (candidate, lost) = (id, list[seed % list.length].underlying());
        }
        if (lost == 0) vm.assume(false);
        // What is left moves against the account, and the other feed falls silent.
        Position[] memory held = _positions(candidate);
        for (uint256 i; i < held.length; ++i) {
            if (held[i].underlying() == lost) continue;
            _move(held[i].underlying(), held[i].lots() > 0 ? -0.12e18 : int256(0.12e18));
        }
        _lose(lost);
        return candidate;
    }

    function _findBelow(uint256 seed) internal view returns (bool, AccountId id) {
        Watch memory w;
        uint256 n = ids.length - FIRST;
        for (uint256 i; i < n; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            if (_account(id).mode() == Modes.NONE) continue;
            if (_find(w, id).below) return (true, id);
        }
        return (false, id);
    }

    /// @dev Nothing the vault paid in an hour is beyond the hour's cap, and no event beyond its own.
    function _notePaid(Watch memory w, uint256 amount) internal {
        uint256 cash = w.vault.cash() > 0 ? uint256(int256(w.vault.cash())) : 0;
        assertLe(amount, (cash * vault.limits().eventCapBps) / 10_000, "SOLV-2: the vault paid beyond an event's cap");
        uint256 before;
        for (uint256 i = payments.length; i > 0 && payments[i - 1].at + 1 hours > block.timestamp; --i) {
            before += payments[i - 1].amount;
        }
        uint256 cap = ((cash + before) * vault.limits().hourCapBps) / 10_000;
        assertLe(before + amount, cap, "SOLV-2: the vault paid beyond the hour's cap");
        payments.push(Payment(block.timestamp, amount));
    }

    /// @dev Logs are dear, and asked for only where a lock moves.
    function _record(uint256 locked) internal {
        if (locked != 0) vm.recordLogs();
    }

    function _soldFraction() internal returns (uint256 fraction) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != IClearinghouse.SliceSold.selector) continue;
            (fraction, , , , ) = abi.decode(logs[i].data, (uint256, int256, uint256, uint256, uint256));
        }
    }
}
