// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountFrame, Frame, MarketFrame} from "../clearing/Frame.sol";
import {Frames} from "../clearing/Frames.sol";
import {Legs} from "../clearing/Legs.sol";
import {Locks} from "../clearing/Locks.sol";
import {OptionTerms} from "../clearing/OptionTerms.sol";
import {Settings} from "../clearing/Settings.sol";
import {Valuation} from "../clearing/Valuation.sol";
import {Instrument} from "../instruments/Instrument.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AccountId} from "../types/AccountId.sol";
import {PriceStatus} from "../types/Market.sol";
import {Fill, Order, SignedOrder} from "../types/Order.sol";
import {Nonces} from "./Nonces.sol";
import {Orders} from "./Orders.sol";

/// @notice Settles matches of signed orders inside a frame. Each order's signature and nonce are checked once, however
/// many fills of the batch it takes part in.
library Settlement {
    using FixedPoint for uint256;

    /// @dev What a batch knows of one of its orders.
    struct Open {
        /// @dev Where in the frame's list the order's account stands.
        uint256 account;
        /// @dev Zero for an order of the caller's own, which has no signature and needs no nonce.
        bytes32 digest;
        /// @dev Whether it is the order of an operator who may only reduce, and only near mark price.
        bool banded;
        uint64 filled;
        uint64 filledBefore;
    }

    /// @dev What a fill is held to besides the two orders.
    struct Terms {
        /// @dev What one unit is worth that cash has not been paid for yet. USD Wad.
        uint256 worth;
        /// @dev When the oldest of what values it was observed, unix seconds.
        uint40 observedAt;
        uint256 makerFeeBps;
        uint256 takerFeeBps;
    }

    /// @notice Every fill, or none.
    function settle(
        Frame memory f,
        bytes32 domainSeparator,
        SignedOrder[] calldata orders,
        Fill[] calldata fills
    ) internal {
        Open[] memory open = new Open[](orders.length);
        for (uint256 i; i < orders.length; ++i) _admit(f, domainSeparator, orders[i], open[i]);
        for (uint256 i; i < fills.length; ++i) {
            Fill calldata fill = fills[i];
            (uint256 maker, uint256 taker) = (fill.maker, fill.taker);
            if (maker >= orders.length || taker >= orders.length) {
                revert IClearinghouse.Order_Mismatch(maker, taker);
            }
            _fill(f, fill, orders[maker].order, orders[taker].order, open[maker], open[taker]);
        }
        for (uint256 i; i < orders.length; ++i) {
            Open memory o = open[i];
            if (o.digest == 0 || o.filled == o.filledBefore) continue;
            Nonces.record(orders[i].order, o.digest, o.filledBefore, o.filled);
        }
    }

    function _admit(Frame memory f, bytes32 domainSeparator, SignedOrder calldata signed, Open memory open) private {
        Order calldata order = signed.order;
        if (!order.instrument.isPerp() && !order.instrument.isOption())
            revert IClearinghouse.Clearinghouse_UnknownInstrument(order.instrument);
        open.account = Frames.load(f, order.account);
        (open.digest, open.banded) = Orders.verify(signed, f.accounts[open.account], domainSeparator);
        if (open.digest != 0) open.filled = open.filledBefore = Nonces.admit(order, open.digest);
    }

    function _fill(
        Frame memory f,
        Fill calldata fill,
        Order calldata maker,
        Order calldata taker,
        Open memory makerOpen,
        Open memory takerOpen
    ) private {
        if (fill.lots == 0) revert IClearinghouse.Clearinghouse_ZeroAmount();
        AccountId makerId = maker.account;
        if (makerId == taker.account) revert IClearinghouse.Order_SelfTrade(makerId);
        if (!(maker.instrument == taker.instrument) || (maker.size ^ taker.size) >= 0) {
            revert IClearinghouse.Order_Mismatch(fill.maker, fill.taker);
        }
        uint256 mAt = Frames.market(f, taker.instrument.underlying());
        MarketFrame memory m = f.markets[mAt];
        int256 takerLots = taker.size > 0 ? int256(uint256(fill.lots)) : -int256(uint256(fill.lots));
        AccountFrame memory makerAccount = f.accounts[makerOpen.account];
        AccountFrame memory takerAccount = f.accounts[takerOpen.account];
        Terms memory t = _terms(m, taker.instrument, makerAccount, takerAccount, takerLots);
        _consent(m, t, fill, maker, makerOpen, makerAccount, -takerLots, t.makerFeeBps);
        _consent(m, t, fill, taker, takerOpen, takerAccount, takerLots, t.takerFeeBps);
        if (m.market.status == PriceStatus.Unusable) {
            _withoutPrice(f, m, fill, taker.instrument, makerAccount, takerAccount, takerLots);
        }
        Legs.instrument(makerAccount, takerAccount, m, taker.instrument, takerLots);
        _payDifference(f, t.worth, makerAccount, takerAccount, takerLots, fill.price);
        uint256 makerFee = _charge(f, m, fill, taker.instrument, makerAccount, t.makerFeeBps);
        uint256 takerFee = _charge(f, m, fill, taker.instrument, takerAccount, t.takerFeeBps);
        emit IClearinghouse.Filled(
            maker.account,
            taker.account,
            taker.instrument,
            takerLots,
            fill.price,
            maker.nonce,
            taker.nonce,
            makerFee,
            takerFee
        );
    }

    /// @dev What the instrument may be traded on now, if at all.
    function _terms(
        MarketFrame memory m,
        Instrument id,
        AccountFrame memory maker,
        AccountFrame memory taker,
        int256 takerLots
    ) private view returns (Terms memory t) {
        t.observedAt = m.priceUpdatedAt;
        if (id.isOption()) {
            uint40 surfaceAt = Valuation.admit(id, m.market.status, !_reduces(id, maker, taker, takerLots));
            if (surfaceAt < t.observedAt) t.observedAt = surfaceAt;
            t.makerFeeBps = OptionTerms.makerFeeBps(m.options);
            t.takerFeeBps = OptionTerms.takerFeeBps(m.options);
            return t;
        }
        t.worth = m.market.mark;
        t.makerFeeBps = Settings.makerFeeBps(m.params);
        t.takerFeeBps = Settings.takerFeeBps(m.params);
    }

    /// @dev Whether both sides' positions shrink.
    function _reduces(
        Instrument id,
        AccountFrame memory maker,
        AccountFrame memory taker,
        int256 takerLots
    ) private pure returns (bool) {
        return Orders.reduces(Legs.lotsOf(maker, id), -takerLots) && Orders.reduces(Legs.lotsOf(taker, id), takerLots);
    }

    /// @dev Who holds a position must be able to shrink it even while its feed is silent: two may do it with each
    /// other, at the last price that was good, and what they have gained by then stays until there is another. Not
    /// while the sequencer is the cause: it silences everybody, and whom it surprised must not be traded against on its
    /// return.
    function _withoutPrice(
        Frame memory f,
        MarketFrame memory m,
        Fill calldata fill,
        Instrument id,
        AccountFrame memory maker,
        AccountFrame memory taker,
        int256 takerLots
    ) private view {
        uint16 underlying = uint16(m.market.underlying);
        (PriceStatus sequencer, ) = IPriceOracle(Settings.priceOracle(Frames.settings(f))).sequencer();
        if (!_reduces(id, maker, taker, takerLots) || sequencer == PriceStatus.Unusable) {
            revert IClearinghouse.Clearinghouse_PriceNotFresh(underlying, PriceStatus.Unusable);
        }
        if (fill.price != m.market.mark) {
            revert IClearinghouse.Clearinghouse_NotAtLastMark(underlying, fill.price, m.market.mark);
        }
        Locks.settleAtLastMark(maker, m);
        Locks.settleAtLastMark(taker, m);
    }

    /// @dev The order's own terms, its size, and what it says of the position before this fill.
    function _consent(
        MarketFrame memory m,
        Terms memory t,
        Fill calldata fill,
        Order calldata order,
        Open memory open,
        AccountFrame memory account,
        int256 change,
        uint256 feeBps
    ) private view {
        Orders.checkTerms(order, fill.price, feeBps, t.observedAt);
        if (open.banded) _checkBand(m, fill, order, account);
        if (order.reduceOnly) Orders.checkReducing(order, Legs.lotsOf(account, order.instrument), change);
        uint256 left = FixedPoint.abs(order.size) - open.filled;
        if (fill.lots > left) {
            revert IClearinghouse.Order_Overfilled(order.account, order.nonce, fill.lots, left);
        }
        open.filled += fill.lots;
    }

    function _checkBand(
        MarketFrame memory m,
        Fill calldata fill,
        Order calldata order,
        AccountFrame memory account
    ) private view {
        if (order.instrument.isOption()) {
            uint256 mark = Valuation.freshMarkOf(account.current.mode(), order.instrument, m.market);
            Orders.checkOptionBand(order, fill.price, m.market.spot, mark);
        } else {
            Orders.checkBand(order, fill.price, m.market);
        }
    }

    /// @dev What changes hands is worth `worth` less than its price in cash: a perpetual, which at mark is worth
    /// nothing, the mark, and an option nothing. Each side's is rounded down, and what the two leave over, at most one
    /// wei, is a fee.
    function _payDifference(
        Frame memory f,
        uint256 worth,
        AccountFrame memory maker,
        AccountFrame memory taker,
        int256 takerLots,
        uint256 price
    ) private pure {
        unchecked {
            int256 edge = int256(worth) - int256(price);
            int256 toTaker = FixedPoint.valueFloor(takerLots, edge);
            int256 toMaker = FixedPoint.valueFloor(-takerLots, edge);
            taker.cash += toTaker;
            maker.cash += toMaker;
            f.fees += uint256(-(toTaker + toMaker));
        }
    }

    /// @dev Of a perpetual's notional; of the notional of what an option is on, and at most a part of the premium.
    function _charge(
        Frame memory f,
        MarketFrame memory m,
        Fill calldata fill,
        Instrument id,
        AccountFrame memory account,
        uint256 feeBps
    ) private pure returns (uint256 fee) {
        uint256 notional = uint256(fill.lots).valueUp(fill.price);
        if (id.isOption()) {
            uint256 most = notional / Orders.PREMIUM_PART;
            fee = uint256(fill.lots).valueUp(m.market.spot).mulDivUp(feeBps, FixedPoint.BPS);
            if (fee > most) fee = most;
            // No price agreed upon can raise it further, so a reduction is excused all of it.
            Legs.fee(account, f, fee, fee);
            return fee;
        }
        // Nor may a price beyond the band be paid for in fees: two fills far off mark that make up for each other would
        // carry all of an account's equity to the vault, and leave its position without any.
        uint256 fair = uint256(fill.lots).valueUp(
            (m.market.mark * (FixedPoint.BPS + Orders.PRICE_BAND_BPS)) / FixedPoint.BPS
        );
        if (fair > notional) fair = notional;
        fee = notional.mulDivUp(feeBps, FixedPoint.BPS);
        Legs.fee(account, f, fee, fair.mulDivUp(feeBps, FixedPoint.BPS));
    }
}
