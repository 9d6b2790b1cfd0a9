// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, SignedOrder} from "../../../contracts/types/Order.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Vm, vm} from "../../forge/Vm.sol";
import {LastMarkHandler} from "./LastMarkHandler.sol";
import {Finding} from "./Valuing.sol";

/// @notice Who may be liquidated, who is near it, and what the vault has paid for it.
abstract contract Judging is LastMarkHandler {
    struct Payment {
        uint256 at;
        uint256 amount;
    }

    /// @dev Accounts without all their prices are the dearest to judge.
    uint256 private constant MOST_UNPRICED = 2;
    /// @dev Whoever has more than this part of what it holds (Wad) is not below, nor after a move.
    int256 private constant MOST_MEANS = 0.3e18;

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

    /// @notice Where whoever is nearest to it is not below, a market moves against it first. With what was asked to
    /// find out.
    function _belowAt(uint256 seed) internal returns (AccountId id, Watch memory w) {
        return _belowAt(seed, false);
    }

    /// @param plain whether it must hold no options.
    function _belowAt(uint256 seed, bool plain) internal returns (AccountId id, Watch memory w) {
        int256 means;
        (id, means) = _thinnestAt(w, seed, plain);
        if (means > MOST_MEANS) vm.assume(false);
        if (_find(w, id).below) return (id, w);
        if (_account(id).positions() == 0) vm.assume(false);
        _strike(w, _positions(id)[0], 0.06e18);
        if (!_find(w, id).below) vm.assume(false);
    }

    /// @notice The first account from `seed` on, the vault's own among them, that holds anything.
    function _holdingAt(uint256 seed) private view returns (AccountId id) {
        uint256 n = ids.length - FIRST;
        for (uint256 i; i < n; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            Account a = _account(id);
            if (a.positions() != 0) return id;
        }
        vm.assume(false);
    }

    /// @notice An account with positions, after its market has moved against it until it stands just above
    /// maintenance, or just below.
    function _grazedAt(uint256 seed) internal returns (AccountId id, Watch memory w) {
        id = _holdingAt(seed);
        Position p = _positions(id)[0];
        for (uint256 i; i < 4; ++i) {
            Assessment memory a = _assessed(w, id);
            int256 required = int256(a.maintenanceMargin);
            int256 above = a.equityForMaintenance - required;
            if (above * 100 < required * 8) return (id, w);
            int256 size = int256((FixedPoint.abs(p.lots()) * _market(w, p.underlying()).spot) / FixedPoint.LOTS + 1);
            int256 by = ((above - required / 25) * int256(WAD)) / size;
            _strike(w, p, FixedPointMathLib.clamp(by, 0.002e18, 0.1e18));
        }
    }

    /// @notice An account with an option that is not over, after its owner has withdrawn what was free and the market
    /// has moved against it, or volatility has risen, until it is below.
    function _writerBelowAt(uint256 seed) internal returns (AccountId id, Watch memory w) {
        Position p;
        _mend(seed);
        (id, p) = _writerAt(seed);
        _freshen(p.underlying(), seed >> 8);
        int256 above = type(int256).max;
        int256 by = 0.12e18;
        for (uint256 i; i < 4; ++i) {
            Finding memory f = _find(w, id);
            if (f.below) return (id, w);
            if (i == 0) _withdrawFree(w, id);
            int256 left = f.rest.equityForMaintenance - int256(f.rest.maintenanceMargin);
            // What else it holds gained more than this lost.
            if (left > above) by = -2 * by;
            above = left;
            if (i == 0 && seed % 4 == 0) {
                _shock(p.underlying());
                delete w;
            } else _strike(w, p, by);
        }
        vm.assume(false);
    }

    /// @notice An account below whatever becomes of a position whose price is gone. Where there is none, one keeps a
    /// crumb in a market, whose feeds fall silent once the rest has fallen: at its best, more than a crumb would carry
    /// any account.
    function _unpricedBelowAt(uint256 seed) internal returns (AccountId id) {
        Watch memory w;
        uint256 looked;
        for (uint256 i; i < SEATS && looked < MOST_UNPRICED; ++i) {
            id = ids[FIRST + addmod(seed, i, SEATS)];
            // Most have all their prices, which is quickly told.
            if (_worst(w, _positions(id)) != PriceStatus.Unusable) continue;
            ++looked;
            if (_find(w, id).below) return id;
        }
        uint16 u = _marketAt(seed);
        _mend(seed);
        if (_statusOf(u) != PriceStatus.Fresh) vm.assume(false);
        id = _crumbOf(seed, u);
        for (uint256 i; i < 4; ++i) if (!_sink(id, u)) break;
        _lose(u);
    }

    /// @dev Moves all an account holds, but for `except`, against it by what should take it to maintenance margin.
    /// @return whether it stood above.
    function _sink(AccountId id, uint16 except) private returns (bool) {
        Watch memory w;
        Assessment memory a = _assessed(w, id);
        int256 above = a.equityForMaintenance - int256(a.maintenanceMargin);
        if (above < 0) return false;
        Position[] memory list = _positions(id);
        uint256 notional = 1;
        for (uint256 i; i < list.length; ++i) {
            if (list[i].underlying() == except || list[i].isOption()) continue;
            notional += (FixedPoint.abs(list[i].lots()) * _market(w, list[i].underlying()).mark) / FixedPoint.LOTS;
        }
        uint256 part = (uint256(above) * WAD) / notional + 0.003e18;
        int256 step = part > 0.5e18 ? int256(0.5e18) : int256(part);
        for (uint256 i; i < list.length; ++i) {
            if (list[i].underlying() != except && !list[i].isOption()) _moveAgainst(list[i], step);
        }
        return true;
    }

    /// @dev An account that holds something elsewhere trades with the keeper until it holds up to a thousand lots here.
    function _crumbOf(uint256 seed, uint16 u) private returns (AccountId id) {
        bool found;
        int256 held;
        for (uint256 i; i < SEATS && !found; ++i) {
            id = ids[FIRST + addmod(seed, i, SEATS)];
            held = _held(id, u);
            Account a = _account(id);
            found = a.mode() == Modes.CROSS && a.positions() > (held == 0 ? 0 : 1);
        }
        if (!found) vm.assume(false);
        int256 crumb = int256(1 + ((seed >> 8) % 1000));
        _buy(id, u, (seed % 2 == 0 ? crumb : -crumb) - held);
        // Of little leverage, it would stand whatever happens.
        uint16 v = u == 1 ? 2 : 1;
        Watch memory w = _watch(id, ids[1]);
        int64 lots = int64(_lotsFor(w, id, ids[1], v, 2e18));
        _buy(id, v, _held(id, v) < 0 ? -lots : lots);
    }

    /// @dev From the keeper, at mark; where it is less than nothing, the account sells.
    function _buy(AccountId id, uint16 u, int256 lots) private {
        if (lots == 0) return;
        Watch memory w = _watch(id, ids[1]);
        (SignedOrder[] memory orders, Fill[] memory fills) = lots > 0
            ? _crossing(id, ids[1], u, uint64(uint256(lots)), _market(w, u).mark)
            : _crossing(ids[1], id, u, uint64(uint256(-lots)), _market(w, u).mark);
        _frame(keeper, abi.encodeCall(IClearinghouse.settle, (orders, fills)), _judgements());
        _recordFills(orders, fills);
        _checkPrepared(w);
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
