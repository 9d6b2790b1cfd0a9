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
        /// @dev Where in calldata the order stands.
        uint256 order;
        /// @dev Where in the frame's list the order's account stands.
        uint256 account;
        /// @dev Zero for an order of the caller's own, which has no signature and needs no nonce.
        bytes32 digest;
        /// @dev Whether it is the order of an operator who may only reduce, and only near mark price.
        bool banded;
        uint256 filled;
        uint256 filledBefore;
    }

    /// @dev A fill, and what it is held to besides the two orders.
    struct Deal {
        Instrument id;
        uint256 lots;
        /// @dev The same, negative where the taker sells.
        int256 takerLots;
        uint256 price;
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
        uint256 count = orders.length;
        Open[] memory open = new Open[](count);
        for (uint256 i; i < count; ++i) _admit(f, domainSeparator, orders[i], open[i]);
        for (uint256 i; i < fills.length; ++i) {
            Fill calldata fill = fills[i];
            (uint256 maker, uint256 taker) = (fill.maker, fill.taker);
            if (maker >= count || taker >= count) revert IClearinghouse.Order_Mismatch(maker, taker);
            _fill(f, fill, open[maker], open[taker]);
        }
        for (uint256 i; i < count; ++i) {
            Open memory o = open[i];
            if (o.digest == 0 || o.filled == o.filledBefore) continue;
            Nonces.record(_orderAt(o.order), o.digest, o.filledBefore, o.filled);
        }
    }

    function _admit(Frame memory f, bytes32 domainSeparator, SignedOrder calldata signed, Open memory open) private {
        Order calldata order = signed.order;
        Instrument id = order.instrument;
        if (!id.isPerp() && !id.isOption()) revert IClearinghouse.Clearinghouse_UnknownInstrument(id);
        assembly ("memory-safe") {
            mstore(open, order)
        }
        open.account = Frames.load(f, order.account);
        (open.digest, open.banded) = Orders.verify(signed, f.accounts[open.account], domainSeparator);
        if (open.digest != 0) open.filled = open.filledBefore = Nonces.admit(order, open.digest);
    }

    function _orderAt(uint256 place) private pure returns (Order calldata order) {
        assembly ("memory-safe") {
            order := place
        }
    }

    function _fill(Frame memory f, Fill calldata fill, Open memory makerOpen, Open memory takerOpen) private {
        (Order calldata maker, Order calldata taker) = (_orderAt(makerOpen.order), _orderAt(takerOpen.order));
        Deal memory d;
        _match(d, fill, maker, taker);
        uint256 mAt = Frames.market(f, d.id.underlying());
        MarketFrame memory m = f.markets[mAt];
        AccountFrame memory makerAccount = f.accounts[makerOpen.account];
        AccountFrame memory takerAccount = f.accounts[takerOpen.account];
        _setTerms(d, m, makerAccount, takerAccount);
        _consent(m, d, maker, makerOpen, makerAccount, -d.takerLots, d.makerFeeBps);
        _consent(m, d, taker, takerOpen, takerAccount, d.takerLots, d.takerFeeBps);
        if (m.market.status == PriceStatus.Unusable) _withoutPrice(f, m, d, makerAccount, takerAccount);
        Legs.instrument(makerAccount, takerAccount, m, d.id, d.takerLots);
        _payDifference(f, d, makerAccount, takerAccount);
        uint256 makerFee = _charge(f, m, d, makerAccount, d.makerFeeBps);
        uint256 takerFee = _charge(f, m, d, takerAccount, d.takerFeeBps);
        emit IClearinghouse.Filled(
            makerAccount.id,
            takerAccount.id,
            d.id,
            d.takerLots,
            d.price,
            maker.nonce,
            taker.nonce,
            makerFee,
            takerFee
        );
    }

    /// @dev The fill, if the two orders are for it.
    function _match(Deal memory d, Fill calldata fill, Order calldata maker, Order calldata taker) private pure {
        (d.lots, d.price, d.id) = (fill.lots, fill.price, taker.instrument);
        if (d.lots == 0) revert IClearinghouse.Clearinghouse_ZeroAmount();
        AccountId makerId = maker.account;
        if (makerId == taker.account) revert IClearinghouse.Order_SelfTrade(makerId);
        int64 size = taker.size;
        if (!(maker.instrument == d.id) || (maker.size ^ size) >= 0) {
            revert IClearinghouse.Order_Mismatch(fill.maker, fill.taker);
        }
        d.takerLots = size > 0 ? int256(d.lots) : -int256(d.lots);
    }

    /// @dev What the instrument may be traded on now, if at all.
    function _setTerms(
        Deal memory d,
        MarketFrame memory m,
        AccountFrame memory maker,
        AccountFrame memory taker
    ) private view {
        d.observedAt = m.priceUpdatedAt;
        if (d.id.isOption()) {
            uint40 surfaceAt = Valuation.admit(d.id, m.market.status, !_reduces(d, maker, taker));
            if (surfaceAt < d.observedAt) d.observedAt = surfaceAt;
            d.makerFeeBps = OptionTerms.makerFeeBps(m.options);
            d.takerFeeBps = OptionTerms.takerFeeBps(m.options);
            return;
        }
        d.worth = m.market.mark;
        d.makerFeeBps = Settings.makerFeeBps(m.params);
        d.takerFeeBps = Settings.takerFeeBps(m.params);
    }

    /// @dev Whether both sides' positions shrink.
    function _reduces(Deal memory d, AccountFrame memory maker, AccountFrame memory taker) private pure returns (bool) {
        return
            Orders.reduces(Legs.lotsOf(maker, d.id), -d.takerLots) &&
            Orders.reduces(Legs.lotsOf(taker, d.id), d.takerLots);
    }

    /// @dev Who holds a position must be able to shrink it even while its feed is silent: two may do it with each
    /// other, at the last price that was good, and what they have gained by then stays until there is another. Not
    /// while the sequencer is the cause: it silences everybody, and whom it surprised must not be traded against on its
    /// return.
    function _withoutPrice(
        Frame memory f,
        MarketFrame memory m,
        Deal memory d,
        AccountFrame memory maker,
        AccountFrame memory taker
    ) private view {
        uint16 underlying = uint16(m.market.underlying);
        (PriceStatus sequencer, ) = IPriceOracle(Settings.priceOracle(Frames.settings(f))).sequencer();
        if (!_reduces(d, maker, taker) || sequencer == PriceStatus.Unusable) {
            revert IClearinghouse.Clearinghouse_PriceNotFresh(underlying, PriceStatus.Unusable);
        }
        if (d.price != m.market.mark) {
            revert IClearinghouse.Clearinghouse_NotAtLastMark(underlying, d.price, m.market.mark);
        }
        Locks.settleAtLastMark(maker, m);
        Locks.settleAtLastMark(taker, m);
    }

    /// @dev The order's own terms, its size, and what it says of the position before this fill.
    function _consent(
        MarketFrame memory m,
        Deal memory d,
        Order calldata order,
        Open memory open,
        AccountFrame memory account,
        int256 change,
        uint256 feeBps
    ) private view {
        Orders.checkTerms(order, d.price, feeBps, d.observedAt);
        if (open.banded) _checkBand(m, d, order, account);
        if (order.reduceOnly) Orders.checkReducing(order, Legs.lotsOf(account, d.id), change);
        uint256 left = FixedPoint.abs(order.size) - open.filled;
        if (d.lots > left) revert IClearinghouse.Order_Overfilled(order.account, order.nonce, d.lots, left);
        open.filled += d.lots;
    }

    function _checkBand(
        MarketFrame memory m,
        Deal memory d,
        Order calldata order,
        AccountFrame memory account
    ) private view {
        if (d.id.isOption()) {
            uint256 mark = Valuation.freshMarkOf(account.current.mode(), d.id, m.market);
            Orders.checkOptionBand(order, d.price, m.market.spot, mark);
        } else {
            Orders.checkBand(order, d.price, m.market);
        }
    }

    /// @dev What changes hands is worth `worth` less than its price in cash: a perpetual, which at mark is worth
    /// nothing, the mark, and an option nothing. Each side's is rounded down, and what the two leave over, at most one
    /// wei, is a fee.
    function _payDifference(
        Frame memory f,
        Deal memory d,
        AccountFrame memory maker,
        AccountFrame memory taker
    ) private pure {
        unchecked {
            int256 edge = int256(d.worth) - int256(d.price);
            int256 toTaker = FixedPoint.valueFloor(d.takerLots, edge);
            int256 toMaker = FixedPoint.valueFloor(-d.takerLots, edge);
            taker.cash += toTaker;
            maker.cash += toMaker;
            f.fees += uint256(-(toTaker + toMaker));
        }
    }

    /// @dev Of a perpetual's notional; of the notional of what an option is on, and at most a part of the premium.
    function _charge(
        Frame memory f,
        MarketFrame memory m,
        Deal memory d,
        AccountFrame memory account,
        uint256 feeBps
    ) private pure returns (uint256 fee) {
        uint256 notional = d.lots.valueUp(d.price);
        if (d.id.isOption()) {
            uint256 most = notional / Orders.PREMIUM_PART;
            fee = d.lots.valueUp(m.market.spot).mulDivUp(feeBps, FixedPoint.BPS);
            if (fee > most) fee = most;
            // No price agreed upon can raise it further, so a reduction is excused all of it.
            Legs.fee(account, f, fee, fee);
            return fee;
        }
        // Nor may a price beyond the band be paid for in fees: two fills far off mark that make up for each other would
        // carry all of an account's equity to the vault, and leave its position without any.
        uint256 fair = d.lots.valueUp((m.market.mark * (FixedPoint.BPS + Orders.PRICE_BAND_BPS)) / FixedPoint.BPS);
        if (fair > notional) fair = notional;
        fee = notional.mulDivUp(feeBps, FixedPoint.BPS);
        Legs.fee(account, f, fee, fair.mulDivUp(feeBps, FixedPoint.BPS));
    }
}
