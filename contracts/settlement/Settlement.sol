// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountFrame, Frame, MarketFrame} from "../clearing/Frame.sol";
import {Frames} from "../clearing/Frames.sol";
import {Legs} from "../clearing/Legs.sol";
import {Locks} from "../clearing/Locks.sol";
import {Settings} from "../clearing/Settings.sol";
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
        if (!order.instrument.isPerp()) revert IClearinghouse.Clearinghouse_UnknownInstrument(order.instrument);
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
        _consent(m, fill, maker, makerOpen, makerAccount, -takerLots, Settings.makerFeeBps(m.params));
        _consent(m, fill, taker, takerOpen, takerAccount, takerLots, Settings.takerFeeBps(m.params));
        if (m.market.status == PriceStatus.Unusable) _withoutPrice(f, m, fill, makerAccount, takerAccount, takerLots);
        Legs.perp(makerAccount, takerAccount, m, takerLots);
        _settleDifference(f, m, makerAccount, takerAccount, takerLots, fill.price);
        _chargeFees(f, m, fill, maker, taker, makerAccount, takerAccount, takerLots);
    }

    /// @dev Who holds a position must be able to shrink it even while its feed is silent: two may do it with each
    /// other, at the last price that was good, and what they have gained by then stays until there is another. Not
    /// while the sequencer is the cause: it silences everybody, and whom it surprised must not be traded against on its
    /// return.
    function _withoutPrice(
        Frame memory f,
        MarketFrame memory m,
        Fill calldata fill,
        AccountFrame memory maker,
        AccountFrame memory taker,
        int256 takerLots
    ) private view {
        uint16 underlying = uint16(m.market.underlying);
        bool reduces =
            Orders.reduces(Legs.lotsOf(maker, underlying), -takerLots) &&
                Orders.reduces(Legs.lotsOf(taker, underlying), takerLots);
        (PriceStatus sequencer, ) = IPriceOracle(Settings.priceOracle(Frames.settings(f))).sequencer();
        if (!reduces || sequencer == PriceStatus.Unusable) {
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
        Fill calldata fill,
        Order calldata order,
        Open memory open,
        AccountFrame memory account,
        int256 change,
        uint256 feeBps
    ) private pure {
        Orders.checkTerms(order, fill.price, feeBps, m.priceUpdatedAt);
        if (open.banded) Orders.checkBand(order, fill.price, m.market);
        if (order.reduceOnly) Orders.checkReducing(order, Legs.lotsOf(account, m.market.underlying), change);
        uint256 left = FixedPoint.abs(order.size) - open.filled;
        if (fill.lots > left) {
            revert IClearinghouse.Order_Overfilled(order.account, order.nonce, fill.lots, left);
        }
        open.filled += fill.lots;
    }

    /// @dev A perpetual is worth nothing at mark, so who trades away from it pays the difference in cash. Each side's
    /// is rounded down, and what the two leave over, at most one wei, is a fee.
    function _settleDifference(
        Frame memory f,
        MarketFrame memory m,
        AccountFrame memory maker,
        AccountFrame memory taker,
        int256 takerLots,
        uint256 price
    ) private pure {
        unchecked {
            int256 edge = int256(m.market.mark) - int256(price);
            int256 toTaker = FixedPoint.valueFloor(takerLots, edge);
            int256 toMaker = FixedPoint.valueFloor(-takerLots, edge);
            taker.cash += toTaker;
            maker.cash += toMaker;
            f.fees += uint256(-(toTaker + toMaker));
        }
    }

    function _chargeFees(
        Frame memory f,
        MarketFrame memory m,
        Fill calldata fill,
        Order calldata maker,
        Order calldata taker,
        AccountFrame memory makerAccount,
        AccountFrame memory takerAccount,
        int256 takerLots
    ) private {
        uint256 notional = uint256(fill.lots).valueUp(fill.price);
        uint256 makerFeeBps = Settings.makerFeeBps(m.params);
        uint256 takerFeeBps = Settings.takerFeeBps(m.params);
        uint256 makerFee = notional.mulDivUp(makerFeeBps, FixedPoint.BPS);
        uint256 takerFee = notional.mulDivUp(takerFeeBps, FixedPoint.BPS);
        // Nor may a price beyond the band be paid for in fees: two fills far off mark that make up for each other would
        // carry all of an account's equity to the vault, and leave its position without any.
        uint256 fair = uint256(fill.lots).valueUp(
            (m.market.mark * (FixedPoint.BPS + Orders.PRICE_BAND_BPS)) / FixedPoint.BPS
        );
        if (fair > notional) fair = notional;
        Legs.fee(makerAccount, f, makerFee, fair.mulDivUp(makerFeeBps, FixedPoint.BPS));
        Legs.fee(takerAccount, f, takerFee, fair.mulDivUp(takerFeeBps, FixedPoint.BPS));
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
}
