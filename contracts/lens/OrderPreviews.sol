// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SafeCastLib} from "solady/src/utils/SafeCastLib.sol";

import {Closing} from "../clearing/Closing.sol";
import {Judge} from "../clearing/Judge.sol";
import {Options} from "../clearing/Options.sol";
import {Instrument} from "../instruments/Instrument.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {OrderPreview} from "../interfaces/IMarginLens.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Orders} from "../settlement/Orders.sol";
import {Account, Modes} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Position, PositionLibrary} from "../types/Position.sol";
import {Book, Books} from "./Books.sol";

/// @dev An order that was not sent, and what the steps of a preview hand on.
struct Trial {
    Instrument instrument;
    int256 lots;
    uint256 price;
    Market market;
    /// @dev Whether the position grew, opened or changed sides, and by how many lots it shrank before that.
    bool increased;
    uint256 reduced;
    /// @dev What a unit is worth beyond what was paid for it.
    int256 worth;
    uint256 fee;
    /// @dev RISK-1: what a reduction is excused. USD, Wad.
    uint256 allowance;
}

/// @notice What the ledger would make of an order: settlement, fill, fee, keeper deposit and judgement, in memory.
library OrderPreviews {
    using Books for Book;
    using FixedPoint for uint256;

    /// @dev Wad USD in one unit of the keeper deposit.
    uint256 private constant DEPOSIT_UNIT = 1e12;

    /// @notice See IMarginLens.previewOrder.
    function preview(
        IClearinghouse ledger,
        AccountId id,
        Instrument instrument,
        int64 lots,
        uint256 price
    ) internal view returns (OrderPreview memory o) {
        Account account = ledger.accountOf(id);
        if (account.mode() == Modes.NONE) revert IClearinghouse.Clearinghouse_AccountNotOpen(id);
        if (!instrument.isPerp() && !instrument.isOption()) {
            revert IClearinghouse.Clearinghouse_UnknownInstrument(instrument);
        }
        if (lots == 0) revert IClearinghouse.Order_ZeroSize();
        Trial memory t;
        (t.instrument, t.lots, t.price) = (instrument, lots, price);
        t.market = ledger.marketOf(instrument.underlying());

        Book memory before = Books.read(ledger, id);
        o.current = before.assess();
        (int256 cash, Position[] memory positions, uint256 gain) = _settle(before, t);
        positions = _trade(positions, t);
        _charge(ledger, t);
        cash += FixedPoint.valueFloor(t.lots, t.worth - int256(price)) - int256(t.fee);
        cash += _released(account.keeperDeposit(), t.increased, positions.length);

        Book memory next = Books.make(ledger, account.mode(), cash, positions);
        o.next = next.assess();
        (o.cash, o.fee, o.fresh) = (cash, t.fee, next.status == PriceStatus.Fresh);
        o.locked = lockedOf(ledger, id, account) + gain;
        o.tradable = _isTradable(ledger, t);
        o.meetsInitial = o.next.equityForInitial - int256(o.locked) >= int256(o.next.initialMargin);
        o.onlyReduces = _reducesFairly(o, t, before.status);
        bool passes = o.fresh ? o.meetsInitial || o.onlyReduces : !t.increased && o.onlyReduces;
        o.allowed = passes && o.tradable;
    }

    /// @notice What of the account's proceeds is locked now: nothing once all prices it waits for are usable, and never
    /// more than its cash.
    function lockedOf(IClearinghouse ledger, AccountId id, Account account) internal view returns (uint256) {
        if (!account.locked() || account.cash() <= 0) return 0;
        (uint256 amount, uint16[] memory underlyings) = ledger.lockedOf(id);
        for (uint256 i; i < underlyings.length; ++i) {
            if (ledger.marketOf(underlyings[i]).status != PriceStatus.Unusable) continue;
            return FixedPointMathLib.min(amount, uint256(int256(account.cash())));
        }
        return 0;
    }

    /// @dev Moves what perpetuals gained or lost into cash. Without a usable price one stays as it is, unless it is the
    /// one that is traded, whose gain is locked.
    function _settle(
        Book memory b,
        Trial memory t
    ) private pure returns (int256 cash, Position[] memory positions, uint256 gain) {
        cash = b.cash;
        positions = new Position[](b.positions.length);
        for (uint256 i; i < positions.length; ++i) {
            Position p = b.positions[i];
            positions[i] = p;
            if (p.isOption()) continue;
            Market memory m = b.markets[b.find(p.underlying())];
            bool priced = m.status != PriceStatus.Unusable;
            if (!priced && !p.isOf(t.instrument)) continue;
            int256 change = FixedPoint.valueFloor(p.lots(), m.index - p.index());
            if (!priced && change > 0) gain = uint256(change);
            cash += change;
            positions[i] = p.withIndex(SafeCastLib.toInt128(m.index));
        }
    }

    /// @dev The position changed, opened, or closed, whose place the last one takes.
    function _trade(Position[] memory list, Trial memory t) private pure returns (Position[] memory) {
        uint256 count = list.length;
        uint256 at;
        while (at < count && !list[at].isOf(t.instrument)) ++at;
        int256 held = at == count ? int256(0) : int256(list[at].lots());
        int64 lots = SafeCastLib.toInt64(held + t.lots);
        _compare(t, held, lots);
        if (at < count) {
            list[at] = lots == 0 ? list[count - 1] : list[at].withLots(lots);
            if (lots == 0) {
                assembly ("memory-safe") {
                    mstore(list, sub(count, 1))
                }
            }
            return list;
        }
        Position[] memory longer = new Position[](count + 1);
        for (uint256 i; i < count; ++i) longer[i] = list[i];
        longer[count] =
            t.instrument.isOption()
                ? PositionLibrary.option(t.instrument, lots)
                : PositionLibrary.perp(t.instrument, lots, SafeCastLib.toInt128(t.market.index));
        return longer;
    }

    function _compare(Trial memory t, int256 held, int256 lots) private pure {
        bool sameSide = held != 0 && (held ^ lots) >= 0;
        uint256 left = sameSide ? FixedPoint.abs(lots) : 0;
        uint256 size = FixedPoint.abs(held);
        t.increased = sameSide ? left > size : lots != 0;
        if (left < size) t.reduced = size - left;
    }

    /// @dev The taker's fee, and RISK-1's allowance: the fee at a price within the band, and the band of what shrank.
    function _charge(IClearinghouse ledger, Trial memory t) private view {
        uint16 underlying = t.instrument.underlying();
        uint256 size = FixedPoint.abs(t.lots);
        uint256 notional = size.valueUp(t.price);
        uint256 price;
        if (t.instrument.isOption()) {
            price = t.market.spot;
            uint256 fee = size.valueUp(price).mulDivUp(ledger.optionParams(underlying).takerFeeBps, FixedPoint.BPS);
            t.fee = t.allowance = FixedPointMathLib.min(fee, notional / Orders.PREMIUM_PART);
        } else {
            price = t.market.mark;
            t.worth = int256(price);
            uint256 bps = ledger.marketParams(underlying).takerFeeBps;
            uint256 dearest = (price * (FixedPoint.BPS + Orders.PRICE_BAND_BPS)) / FixedPoint.BPS;
            t.fee = notional.mulDivUp(bps, FixedPoint.BPS);
            t.allowance = size.valueUp(FixedPointMathLib.min(t.price, dearest)).mulDivUp(bps, FixedPoint.BPS);
        }
        t.allowance += (((t.reduced * price) / FixedPoint.LOTS) * Orders.PRICE_BAND_BPS) / FixedPoint.BPS;
    }

    /// @dev The deposit is whole before risk grows, stays while anything is held, and returns with the last position.
    function _released(uint256 held, bool increased, uint256 positions) private pure returns (int256) {
        uint256 next = positions == 0 ? 0 : held;
        if (increased && next < Closing.KEEPER_DEPOSIT) next = Closing.KEEPER_DEPOSIT;
        return (int256(held) - int256(next)) * int256(DEPOSIT_UNIT);
    }

    function _isTradable(IClearinghouse ledger, Trial memory t) private view returns (bool) {
        PriceStatus status = t.market.status;
        if (!t.instrument.isOption()) {
            bool closes = t.reduced != 0 && !t.increased && t.price == t.market.mark;
            return status != PriceStatus.Unusable || closes;
        }
        (Expiry memory e, , ) = ledger.expiryOf(t.instrument.underlying(), uint40(t.instrument.expiresAt()));
        bool priced = Options.statusOf(status, e.status) != PriceStatus.Unusable;
        return priced && e.status != SurfaceStatus.Expired;
    }

    /// @dev The second half of RISK-1, as Judge has it.
    function _reducesFairly(
        OrderPreview memory o,
        Trial memory t,
        PriceStatus statusBefore
    ) private pure returns (bool) {
        (Assessment memory was, Assessment memory next) = (o.current, o.next);
        if (next.initialMargin > was.initialMargin) return false;
        uint256 most = (was.initialMargin - next.initialMargin) / Judge.FREED_PART;
        uint256 excused = t.increased ? 0 : FixedPointMathLib.min(t.allowance, most);
        int256 owed = statusBefore == PriceStatus.Fresh && was.equityForInitial < 0 ? was.equityForInitial : int256(0);
        return next.equityForInitial >= FixedPointMathLib.max(was.equityForInitial - int256(excused), owed);
    }
}
