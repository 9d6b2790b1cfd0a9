// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Mode} from "../types/Account.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {FrameLists} from "./FrameLists.sol";
import {Frames} from "./Frames.sol";
import {ModelCall} from "./ModelCall.sol";
import {OptionTerms} from "./OptionTerms.sol";
import {PositionLists} from "./PositionLists.sol";
import {Settings} from "./Settings.sol";
import {Doubt, Valuation} from "./Valuation.sol";

/// @notice Whether what a frame did to an account may stand.
library Judge {
    using FixedPoint for uint256;
    using PositionLists for Position[];
    using Settings for uint256[];

    /// @dev One account holds at most this part of a market's open-interest cap.
    uint256 private constant ACCOUNT_SHARE = 4;
    /// @dev A reduction is excused at most this part of the initial margin it sets free.
    uint256 internal constant FREED_PART = 4;
    /// @dev Wad USD in one unit of the settlement token.
    uint256 private constant TOKEN_UNIT = 1e12;

    /// @notice RISK-1: equity covers initial margin at fresh prices, or nothing was done but reduce risk at a fair
    /// price.
    /// @param locked what of the equity is locked: it backs no initial margin.
    function pass(Frame memory f, AccountFrame memory a, uint256 locked) internal view {
        if (a.increased && !f.liquidation) _checkInterest(f, a);
        (Assessment memory found, Doubt memory doubt) = assess(
            f,
            a.current.mode(),
            a.cash,
            a.positions,
            WitnessLibrary.NONE
        );
        if (doubt.status == PriceStatus.Fresh || (f.liquidation && doubt.status == PriceStatus.Aged)) {
            if (found.equityForInitial - int256(locked) >= int256(found.initialMargin)) return;
        } else if (a.increased || a.strict || a.withdrawn != 0) {
            refuse(doubt);
        }
        if (a.withdrawn != 0) _refuseWithdrawal(a, found, locked);
        if (a.strict || !_onlyReduced(f, a, found)) {
            int256 equity = found.equityForInitial - int256(locked);
            revert IClearinghouse.Clearinghouse_BelowInitialMargin(a.id, equity, found.initialMargin);
        }
    }

    /// @notice The mode's model on a list of positions with the frame's markets, and the least that what these were
    /// valued by may be relied on: Fresh where there are no positions.
    /// @param witness what maintenance margin is to be shown by, if not by everything.
    function assess(
        Frame memory f,
        Mode mode,
        int256 cash,
        Position[] memory positions,
        Witness witness
    ) internal view returns (Assessment memory found, Doubt memory doubt) {
        doubt.status = PriceStatus.Fresh;
        if (positions.length == 0) {
            found.equity = found.equityForInitial = found.equityForMaintenance = cash;
            return (found, doubt);
        }
        (Market[] memory markets, bool options) = _marketsOf(f, positions, doubt);
        uint256[] memory settings = Frames.settings(f);
        if (options || settings.usesCorrelation(mode)) return Valuation.assess(mode, cash, positions, markets, witness);
        found = ModelCall.assess(settings.model(mode), markets, new Expiry[](0), 0, cash, positions, witness);
    }

    /// @notice How far the value of `p` may be relied on.
    function statusOf(Frame memory f, Position p) internal view returns (PriceStatus) {
        uint256 at = Frames.market(f, p.underlying());
        PriceStatus status = f.markets[at].market.status;
        return p.isOption() ? Valuation.statusOf(p, status) : status;
    }

    /// @notice Reverts with what is too old.
    function refuse(Doubt memory d) internal pure {
        if (d.expiresAt != 0) revert IClearinghouse.Option_SurfaceNotFresh(d.underlying, d.expiresAt, d.surface);
        revert IClearinghouse.Clearinghouse_PriceNotFresh(d.underlying, d.status);
    }

    /// @dev The markets of the underlyings held, each once, and whether there are options among the positions.
    function _marketsOf(
        Frame memory f,
        Position[] memory positions,
        Doubt memory doubt
    ) private view returns (Market[] memory, bool options) {
        uint256[] memory list = FrameLists.uncleared(positions.length);
        uint256 count;
        // Neighbours are mostly of one underlying.
        uint256 known = type(uint256).max;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions.get(i);
            uint16 underlying = p.underlying();
            if (p.isOption()) options = true;
            if (underlying == known) continue;
            known = underlying;
            uint256 at = Frames.market(f, underlying);
            Market memory m = f.markets[at].market;
            if (m.status < doubt.status) (doubt.underlying, doubt.status) = (underlying, m.status);
            uint256 pointer;
            assembly ("memory-safe") {
                pointer := m
            }
            uint256 j;
            while (j < count && list[j] != pointer) ++j;
            if (j == count) list[count++] = pointer;
        }
        return (_asMarkets(list, count), options);
    }

    /// @dev The second half of RISK-1. The account as it was is judged by the same model at the same prices.
    function _onlyReduced(Frame memory f, AccountFrame memory a, Assessment memory found) private view returns (bool) {
        (Assessment memory was, Doubt memory doubt) = assess(
            f,
            a.current.mode(),
            a.stored.cash(),
            a.positionsStored,
            WitnessLibrary.NONE
        );
        if (found.initialMargin > was.initialMargin) return false;
        // What grew may cost nothing, or shrinking and growing again would spend the allowance without end; and nobody
        // else pays for a reduction: it takes no account below zero, or further below. Who is below zero at a price in
        // doubt does not reduce at all: whoever took the other side would be paid by everyone if the price is wrong.
        int256 floor = was.equityForInitial - (a.increased ? int256(0) : _excused(a, was, found));
        if (floor < 0) {
            bool counts = was.equityForInitial < 0 && doubt.status == PriceStatus.Fresh;
            floor = counts ? was.equityForInitial : int256(0);
        }
        return found.equityForInitial >= floor;
    }

    /// @dev RISK-1: the band and the fees within it, but no more than a quarter of the margin set free. Of a hedged
    /// book a hundredth of what is traded can be more than all of its margin: closed leg by leg against a friend it
    /// would be left with half of its risk and no equity. A quarter of what goes away leaves whoever
    /// had that much with no less for what stays.
    function _excused(
        AccountFrame memory a,
        Assessment memory was,
        Assessment memory found
    ) private pure returns (int256) {
        uint256 most = (was.initialMargin - found.initialMargin) / FREED_PART;
        return int256(a.allowance < most ? a.allowance : most);
    }

    /// @dev Says what would have passed.
    function _refuseWithdrawal(AccountFrame memory a, Assessment memory found, uint256 locked) private pure {
        int256 free =
            found.equityForInitial - int256(locked) - int256(found.initialMargin) + int256(a.withdrawn * TOKEN_UNIT);
        uint256 freeUnits = free > 0 ? uint256(free) / TOKEN_UNIT : 0;
        revert IClearinghouse.Clearinghouse_BeyondFreeCollateral(a.id, a.withdrawn, freeUnits);
    }

    /// @dev A position that did not grow is no offence, whatever the price has made of it.
    function _checkInterest(Frame memory f, AccountFrame memory a) private pure {
        MarketFrame[] memory markets = f.markets;
        for (uint256 i; i < markets.length; ++i) {
            MarketFrame memory m = markets[i];
            uint16 underlying = uint16(m.market.underlying);
            (int256 perp, uint256 options) = _lotsIn(a.positions, underlying);
            uint256 notional = FixedPoint.abs(perp).valueUp(m.market.mark);
            uint256 cap = (Settings.openInterestCap(m.params) * FixedPoint.WAD) / ACCOUNT_SHARE;
            uint256 ofOptions = options.valueUp(m.market.spot);
            uint256 capOfOptions = (OptionTerms.openInterestCap(m.options) * FixedPoint.WAD) / ACCOUNT_SHARE;
            if (notional <= cap && ofOptions <= capOfOptions) continue;
            (int256 perpBefore, uint256 optionsBefore) = _lotsIn(a.positionsStored, underlying);
            bool turned = perpBefore < 0 != perp < 0;
            if (notional > cap && (turned || FixedPoint.abs(perp) > FixedPoint.abs(perpBefore))) {
                revert IClearinghouse.Clearinghouse_AccountInterestCap(a.id, underlying, notional, cap);
            }
            if (ofOptions > capOfOptions && options > optionsBefore) {
                revert IClearinghouse.Option_AccountInterestCap(a.id, underlying, ofOptions, capOfOptions);
            }
        }
    }

    /// @return perp lots of the perpetual on `underlying`, signed.
    /// @return options lots of all options on it, bought and sold together.
    function _lotsIn(Position[] memory list, uint16 underlying) private pure returns (int256 perp, uint256 options) {
        for (uint256 i; i < list.length; ++i) {
            Position p = list.get(i);
            if (p.underlying() != underlying) continue;
            if (p.isOption()) options += FixedPoint.abs(p.lots());
            else perp = p.lots();
        }
    }

    /// @dev A list of pointers to structs is what Solidity's memory array of structs is.
    function _asMarkets(uint256[] memory list, uint256 count) private pure returns (Market[] memory markets) {
        assembly ("memory-safe") {
            mstore(list, count)
            markets := list
        }
    }
}
