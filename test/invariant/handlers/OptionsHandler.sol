// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Instrument, InstrumentLibrary} from "../../../contracts/instruments/Instrument.sol";
import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {StrikeRule} from "../../../contracts/types/Parameters.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {TradingHandler} from "./TradingHandler.sol";

/// @notice Trades of options: opened, added to, reduced, turned, several at once, beside a perpetual, by those in
/// distress, and those that nobody may make.
abstract contract OptionsHandler is TradingHandler {
    /// @dev Books stay small, or the campaign would judge the same few for ever.
    uint256 private constant MOST_HELD = 7;

    /// @notice One fill of any series, at up to three times the poorer one's equity, mostly near its mark.
    function openOption(uint256 seedA, uint256 seedB, uint256 dice, uint256 leverage, int256 skew) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        _keepSmall(a, b);
        _mend(dice);
        Instrument id = _seriesAt(dice);
        _freshen(id.underlying(), dice >> 64);
        Watch memory w = _watch(a, b);
        uint64 lots = _lotsFor(w, a, b, id.underlying(), _leverage(leverage, 3e18));
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossingOf(a, b, id, lots, _premiumNear(w, id, skew));
        _settle(keeper, orders, fills, w);
    }

    /// @notice Two who hold opposite sides of an option reduce or close it with each other.
    function reduceOption(uint256 seed, uint256 partSeed, int256 skew) external {
        (AccountId long, AccountId short, Instrument id) = _oppositeAt(seed);
        Watch memory w = _watch(long, short);
        uint256 most = _least(FixedPoint.abs(_lotsOf(w.seen[0].held, id)), FixedPoint.abs(_lotsOf(w.seen[1].held, id)));
        uint64 lots = uint64(partSeed % 2 == 0 ? most : bound(partSeed, 1, most));
        uint256 price = skew % 4 == 0 ? _premiumNear(w, id, skew / 4) : _markOf(w, id);
        (Order memory sell, Order memory buy) = _ordersOf(short, long, id, lots);
        sell.reduceOnly = buy.reduceOnly = true;
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(sell, buy, lots, price);
        _settle(keeper, orders, fills, w);
    }

    /// @notice A spread, straddle, calendar, or an option and its hedge, in one frame.
    function tradeSpread(uint256 seedA, uint256 seedB, uint256 dice, uint256 leverage, int256 skew) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        _keepSmall(a, b);
        _mend(dice);
        Instrument[] memory legs = _legsAt(dice);
        _freshen(legs[0].underlying(), dice >> 64);
        Watch memory w = _watch(a, b);
        uint64 lots = _lotsFor(w, a, b, legs[0].underlying(), _leverage(leverage, 5e18));
        SignedOrder[] memory orders = new SignedOrder[](2 * legs.length);
        Fill[] memory fills = new Fill[](legs.length);
        for (uint256 i; i < legs.length; ++i) {
            // The straddle's legs go the same way, all others against each other.
            bool sells = i % 2 == 1 && dice % 4 != 1;
            uint256 price = legs[i].isOption() ? _premiumNear(w, legs[i], skew) : _market(w, legs[i].underlying()).mark;
            (SignedOrder[] memory pair, Fill[] memory one) = sells
                ? _crossingOf(b, a, legs[i], lots, price)
                : _crossingOf(a, b, legs[i], lots, price);
            (orders[2 * i], orders[2 * i + 1]) = (pair[0], pair[1]);
            fills[i] = Fill(uint32(2 * i), uint32(2 * i + 1), lots, one[0].price);
        }
        _settle(keeper, orders, fills, w);
    }

    /// @notice RISK-1: an account below initial margin closes leg by leg, at prices off mark by up to 1 % of what the
    /// option is on, and beyond.
    function settleDistressedOption(uint256 seed, uint256 partSeed, uint256 skew, bool kindly) external {
        (AccountId a, Position p) = _strainedAt(seed);
        Watch memory w = _watch(a, ids[1]);
        uint256 size = FixedPoint.abs(p.lots());
        uint64 lots = uint64(bound(partSeed, 1 + size / 8, partSeed % 4 == 0 ? 2 * size : size));
        int256 worse = int256((_market(w, p.underlying()).spot * bound(skew, 0, skew % 4 == 0 ? 300 : 110)) / 10_000);
        int256 price = int256(_markOf(w, p.instrument())) + ((p.lots() > 0) == kindly ? worse : -worse);
        if (price < 0) price = 0;
        (SignedOrder[] memory orders, Fill[] memory fills) = p.lots() > 0
            ? _crossingOf(ids[1], a, p.instrument(), lots, uint256(price))
            : _crossingOf(a, ids[1], p.instrument(), lots, uint256(price));
        _settle(keeper, orders, fills, w);
    }

    /// @notice An option that is over, is not listed, has no surface, or is none.
    function tradeOptionInVain(uint256 seedA, uint256 seedB, uint256 dice, uint8 what) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _optionMarketAt(dice);
        uint40 expiresAt = _liveAt(u, dice);
        StrikeRule memory rule = house.strikesOf(u, expiresAt);
        bytes4 refusal = IClearinghouse.Option_NotListed.selector;
        string memory reason = "ORAC-1: an option was traded that nobody may trade";
        uint64 strike = rule.lowest;
        if (what % 4 == 0) {
            if (series[u][0] > vm.getBlockTimestamp()) vm.assume(false);
            (expiresAt, refusal) = (series[u][0], IClearinghouse.Option_Expired.selector);
        } else if (what % 4 == 1) {
            strike = dice % 2 == 0 ? rule.highest + rule.step : rule.lowest + 1;
        } else if (what % 4 == 2) {
            expiresAt += 1;
            refusal = IClearinghouse.Option_SurfaceNotFresh.selector;
        } else {
            expiresAt = 0;
            refusal = IClearinghouse.Clearinghouse_UnknownInstrument.selector;
        }
        Instrument id = InstrumentLibrary.option(dice % 3 == 0, u, uint32(expiresAt), strike);
        // A perpetual has neither expiry nor strike.
        if (what % 4 == 3) id = Instrument.wrap((Instrument.unwrap(id) & ((1 << 112) - 1)) | (3 << 112));
        // Whoever lists an expiry may fail to report on it.
        if (what % 4 == 1 && !_isReported(u, expiresAt)) refusal = IClearinghouse.Option_SurfaceNotFresh.selector;
        bool unusable = _statusOf(u) == PriceStatus.Unusable;
        if (unusable && (what % 4 == 1 || what % 4 == 2)) refusal = IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossingOf(a, b, id, 1, 1e18);
        _mustRefuse(keeper, abi.encodeCall(IClearinghouse.settle, (orders, fills)), refusal, reason);
    }

    // ------------------------------------------------------------------ parts

    function _crossingOf(
        AccountId buyer,
        AccountId seller,
        Instrument id,
        uint64 lots,
        uint256 price
    ) internal returns (SignedOrder[] memory, Fill[] memory) {
        (Order memory sell, Order memory buy) = _ordersOf(buyer, seller, id, lots);
        return _pair(sell, buy, lots, price);
    }

    function _ordersOf(
        AccountId buyer,
        AccountId seller,
        Instrument id,
        uint64 lots
    ) private returns (Order memory sell, Order memory buy) {
        sell = _order(seller, id.underlying(), -int64(lots));
        buy = _order(buyer, id.underlying(), int64(lots));
        sell.instrument = buy.instrument = id;
    }

    /// @dev Mostly within 0.2 % of what the option is on from its mark, sometimes up to 3 %, and never below nothing.
    function _premiumNear(Watch memory w, Instrument id, int256 skew) internal view returns (uint256) {
        int256 range = skew % 8 == 0 ? int256(0.03e18) : int256(0.002e18);
        int256 spot = int256(_market(w, id.underlying()).spot);
        int256 price = int256(_markOf(w, id)) + (spot * bound(skew / 8, -range, range)) / int256(WAD);
        return price < 0 ? 0 : uint256(price);
    }

    /// @dev An expiry that is still to come, the nearest two times in three. Where none is near, one is listed.
    function _liveAt(uint16 u, uint256 dice) internal returns (uint40) {
        uint40[] storage list = series[u];
        uint256 first = list.length;
        uint256 now_ = vm.getBlockTimestamp();
        while (first > 0 && list[first - 1] > now_) --first;
        if (list.length - first < 2) {
            _listSeries(u, uint40(now_ + 2 hours + (dice % 2 days)));
            _reportAnew(u);
        }
        return dice % 3 == 0 ? list[list.length - 1] : list[first];
    }

    function _seriesAt(uint256 dice) internal returns (Instrument) {
        uint16 u = _optionMarketAt(dice >> 8);
        return _seriesOf(u, _liveAt(u, dice >> 16), (dice >> 32) % 10);
    }

    /// @dev The five puts of an expiry by rising strike, and then the calls.
    function _seriesOf(uint16 u, uint40 expiresAt, uint256 number) internal view returns (Instrument) {
        StrikeRule memory rule = house.strikesOf(u, expiresAt);
        uint64 strike = rule.lowest + rule.step * uint64(number % 5);
        return InstrumentLibrary.option(number >= 5, u, uint32(expiresAt), strike);
    }

    /// @dev Of one underlying: two strikes, a call and a put, two expiries, or an option and the perpetual.
    function _legsAt(uint256 dice) private returns (Instrument[] memory legs) {
        legs = new Instrument[](2);
        legs[0] = _seriesAt(dice);
        uint16 u = legs[0].underlying();
        uint256 id = Instrument.unwrap(legs[0]);
        if (dice % 4 == 0) {
            StrikeRule memory rule = house.strikesOf(u, legs[0].expiresAt());
            legs[1] = Instrument.wrap(uint120(legs[0].strike8() == rule.highest ? id - rule.step : id + rule.step));
        } else if (dice % 4 == 1) {
            // Kinds of calls and puts differ in their last bit.
            legs[1] = Instrument.wrap(uint120(id ^ (1 << 112)));
        } else if (dice % 4 == 2) {
            uint40[] storage list = series[u];
            uint40 other = list[list.length - 1];
            if (other == legs[0].expiresAt()) other = list[list.length - 2];
            StrikeRule memory rule = house.strikesOf(u, other);
            legs[1] = InstrumentLibrary.option((id >> 112) & 1 == 0, u, uint32(other), rule.lowest + 2 * rule.step);
        } else {
            legs[1] = InstrumentLibrary.perp(u);
        }
    }

    /// @dev An option somebody bought and somebody sold, and that goes on.
    function _oppositeAt(uint256 seed) internal view returns (AccountId long, AccountId short, Instrument id) {
        uint256 n = FIRST - 1 + SEATS;
        uint256 now_ = vm.getBlockTimestamp();
        bool found;
        for (uint256 i; i < n && !found; ++i) {
            long = ids[1 + addmod(seed, i, n)];
            Position[] memory list = _positions(long);
            for (uint256 j; j < list.length && !found; ++j) {
                found = list[j].isOption() && list[j].lots() > 0 && list[j].expiresAt() > now_;
                id = list[j].instrument();
            }
        }
        if (!found) vm.assume(false);
        for (uint256 i; i < n; ++i) {
            short = ids[1 + addmod(seed >> 8, i, n)];
            if (_lotsOf(_positions(short), id) < 0) return (long, short, id);
        }
        vm.assume(false);
    }

    /// @dev An account and an option it has sold, or else holds, that is not over.
    function _writerAt(uint256 seed) internal view returns (AccountId id, Position p) {
        uint256 now_ = vm.getBlockTimestamp();
        bool found;
        for (uint256 i; i < 2 * SEATS; ++i) {
            id = ids[FIRST + addmod(seed, i, SEATS)];
            Position[] memory list = _positions(id);
            for (uint256 j; j < list.length; ++j) {
                p = list[j];
                found = p.isOption() && p.expiresAt() > now_ && (p.lots() < 0 || i >= SEATS);
                if (found) return (id, p);
            }
        }
        vm.assume(false);
    }

    /// @dev The same after its owner has withdrawn what was free and its market has moved against it.
    function _strainedAt(uint256 seed) private returns (AccountId id, Position p) {
        _mend(seed);
        (id, p) = _writerAt(seed);
        _freshen(p.underlying(), seed >> 8);
        _strain(id, p);
    }

    function _keepSmall(AccountId a, AccountId b) private view {
        if (_isLarge(a) || _isLarge(b)) vm.assume(false);
    }

    /// @dev Or isolated, and holds an instrument already.
    function _isLarge(AccountId id) private view returns (bool) {
        Account a = _account(id);
        return a.positions() > (a.mode() == Modes.ISOLATED ? 0 : MOST_HELD);
    }
}
