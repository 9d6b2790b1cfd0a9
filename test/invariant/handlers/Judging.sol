// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment, Market, PriceStatus} from "../../../contracts/types/Market.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Vm, vm} from "../../forge/Vm.sol";
import {WorldHandler} from "./WorldHandler.sol";

/// @dev Whether an account may be liquidated, as the campaign finds for itself.
struct Finding {
    /// @dev Of what has a usable price, cash included.
    Assessment rest;
    bool known;
    bool below;
}

/// @notice Who may be liquidated, who is near it, and what the vault has paid for it.
abstract contract Judging is WorldHandler {
    struct Payment {
        uint256 at;
        uint256 amount;
    }

    Payment[] private payments;

    /// @notice RISK-2 and RISK-3 written out: what has no usable price counts at the best that could return, a factor
    /// of two beyond the bounds of the feed's answers.
    function _find(Watch memory w, AccountId id) internal view returns (Finding memory f) {
        Position[] memory list = _positions(id);
        Position[] memory priced = new Position[](list.length);
        uint256 count;
        int256 best;
        for (uint256 i; i < list.length; ++i) {
            Market memory m = _market(w, list[i].underlying());
            if (m.status == PriceStatus.Unusable) best += _best(m, list[i]);
            else priced[count++] = list[i];
        }
        assembly ("memory-safe") {
            mstore(priced, count)
        }
        f.known = count == list.length;
        f.rest = _assessed(w, _account(id), priced);
        bool judged = f.known || count != 0;
        f.below = judged && f.rest.equityForMaintenance + best < int256(f.rest.maintenanceMargin);
    }

    function _best(Market memory m, Position p) private view returns (int256) {
        (uint256 lower, uint256 upper) = oracle.boundsOf(uint16(m.underlying));
        int256 price = p.lots() > 0 ? int256(upper * 2) : int256(lower / 2);
        int256 funding = int256(m.mark) - m.index;
        int256 value = FixedPoint.valueFloor(p.lots(), price - funding - p.index());
        return value > 0 ? value : int256(0);
    }

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
            if (!f.known && f.rest.equityForMaintenance < int256(f.rest.maintenanceMargin)) return id;
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
