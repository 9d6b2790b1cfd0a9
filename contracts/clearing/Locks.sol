// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InstrumentLibrary} from "../instruments/Instrument.sol";
import {SafeCastLib} from "solady/src/utils/SafeCastLib.sol";

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {LockedProceeds, LockedProceedsLibrary} from "../types/LockedProceeds.sol";
import {PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {ledger} from "./Ledger.sol";
import {Legs} from "./Legs.sol";
import {PositionLists} from "./PositionLists.sol";

/// @notice Proceeds of reductions at the last good mark. They are the account's, and keep it from liquidation, but back
/// no initial margin and do not leave until every price they came from is usable again: else whoever knows that the
/// price moved while the feed was silent could cash in what the market has taken back already.
library Locks {
    using PositionLists for Position[];

    /// @notice Settles the account's position at the last good mark and locks what it gained.
    function settleAtLastMark(AccountFrame memory a, MarketFrame memory m) internal view {
        uint16 underlying = uint16(m.market.underlying);
        uint256 at = Legs.find(a, InstrumentLibrary.perp(underlying));
        Position p = a.positions.get(at);
        int256 gain = FixedPoint.valueFloor(p.lots(), m.market.index - p.index());
        Legs.cashWithPot(a, m, gain);
        a.positions.set(at, p.withIndex(SafeCastLib.toInt128(m.market.index)));
        if (gain > 0) _lock(a, underlying, uint256(gain));
    }

    /// @notice Takes over the part of another account's lock that goes with a slice of it, rounded up.
    /// @param moved the cash that goes with it: no more can be locked there.
    function transfer(AccountFrame memory from, AccountFrame memory to, uint256 fraction, int256 moved) internal view {
        if (!from.current.locked()) return;
        load(from);
        _cap(from, from.cash);
        uint256 part = FixedPoint.mulWadUp(from.lock.amount(), fraction);
        if (int256(part) > moved) part = moved > 0 ? uint256(moved) : 0;
        // Who receives nothing of it waits for nothing.
        if (part == 0) return;
        for (uint256 at; at < from.lock.count(); ++at) _lock(to, from.lock.underlying(at), at == 0 ? part : 0);
        from.lock = from.lock.withAmount(uint128(from.lock.amount() - part));
    }

    /// @notice Ends the account's lock if every price it waits for is usable; otherwise says how much it holds.
    function held(Frame memory f, AccountFrame memory a) internal view returns (uint256) {
        if (!a.current.locked()) return 0;
        load(a);
        for (uint256 at; at < a.lock.count(); ++at) {
            uint256 mAt = Frames.market(f, a.lock.underlying(at));
            if (f.markets[mAt].market.status == PriceStatus.Unusable) return a.lock.amount();
        }
        a.lock = LockedProceeds.wrap(0);
        a.current = a.current.withLocked(false);
        return 0;
    }

    /// @notice Reads the account's lock at its first use in the frame. What was lost since it was written is locked no
    /// more. Only what was lost before this frame counts: who gives cash away in it is judged by the whole lock.
    function load(AccountFrame memory a) internal view {
        if (a.lockLoaded) return;
        a.lockLoaded = true;
        if (!a.current.locked()) return;
        a.lock = ledger().locks[a.id];
        _cap(a, a.stored.cash());
    }

    /// @notice Writes the lock where it was used. The slot of an ended one is cleared.
    function store(AccountFrame memory a) internal {
        if (!a.lockLoaded) return;
        LockedProceeds before = ledger().locks[a.id];
        if (LockedProceeds.unwrap(before) == LockedProceeds.unwrap(a.lock)) return;
        ledger().locks[a.id] = a.lock;
        emit IClearinghouse.ProceedsLocked(a.id, a.lock.amount());
    }

    function _cap(AccountFrame memory a, int256 cash) private pure {
        uint256 most = cash > 0 ? uint256(cash) : 0;
        if (a.lock.amount() > most) a.lock = a.lock.withAmount(SafeCastLib.toUint128(most));
    }

    function _lock(AccountFrame memory a, uint16 underlying, uint256 amount) private view {
        load(a);
        (LockedProceeds lock, bool known) = a.lock.withUnderlying(underlying);
        if (!known) {
            revert IClearinghouse.Clearinghouse_TooManyLocks(a.id, LockedProceedsLibrary.MOST_UNDERLYINGS);
        }
        a.lock = lock.withAmount(SafeCastLib.toUint128(lock.amount() + amount));
        a.current = a.current.withLocked(true);
    }
}
