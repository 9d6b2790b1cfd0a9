// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Mode} from "../types/Account.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {FrameLists} from "./FrameLists.sol";
import {Frames} from "./Frames.sol";
import {Settings} from "./Settings.sol";

/// @notice Whether what a frame did to an account may stand.
library Judge {
    using FixedPoint for uint256;
    using Settings for uint256[];

    /// @dev One account holds at most this part of a market's open-interest cap.
    uint256 private constant ACCOUNT_SHARE = 4;
    /// @dev Wad USD in one unit of the settlement token.
    uint256 private constant TOKEN_UNIT = 1e12;

    /// @notice RISK-1: equity covers initial margin at fresh prices, or nothing was done but reduce risk at a fair
    /// price.
    /// @param locked what of the equity is locked: it backs no initial margin.
    function pass(Frame memory f, AccountFrame memory a, uint256 locked) internal view {
        if (a.increased && !f.liquidation) _checkInterest(f, a);
        (Assessment memory found, uint16 oldest, PriceStatus status) = assess(f, a.current.mode(), a.cash, a.positions);
        if (status == PriceStatus.Fresh || (f.liquidation && status == PriceStatus.Aged)) {
            if (found.equityForInitial - int256(locked) >= int256(found.initialMargin)) return;
        } else if (a.increased || a.strict || a.withdrawn != 0) {
            revert IClearinghouse.Clearinghouse_PriceNotFresh(oldest, status);
        }
        if (a.withdrawn != 0) _refuseWithdrawal(a, found, locked);
        if (a.strict || !_onlyReduced(f, a, found)) {
            int256 equity = found.equityForInitial - int256(locked);
            revert IClearinghouse.Clearinghouse_BelowInitialMargin(a.id, equity, found.initialMargin);
        }
    }

    /// @notice The mode's model on a list of positions with the frame's markets, and the least reliable price among
    /// them: Fresh where there are no positions.
    function assess(
        Frame memory f,
        Mode mode,
        int256 cash,
        Position[] memory positions
    ) internal view returns (Assessment memory found, uint16 oldest, PriceStatus worst) {
        worst = PriceStatus.Fresh;
        if (positions.length == 0) {
            found.equity = found.equityForInitial = found.equityForMaintenance = cash;
            return (found, oldest, worst);
        }
        Market[] memory markets;
        (markets, oldest, worst) = _marketsOf(f, positions);
        found = Frames.settings(f).model(mode).assess(markets, cash, positions);
    }

    /// @dev The markets of the underlyings held, each once.
    function _marketsOf(
        Frame memory f,
        Position[] memory positions
    ) private view returns (Market[] memory, uint16 oldest, PriceStatus worst) {
        worst = PriceStatus.Fresh;
        uint256[] memory list = FrameLists.uncleared(positions.length);
        uint256 count;
        for (uint256 i; i < positions.length; ++i) {
            uint16 underlying = positions[i].underlying();
            uint256 at = Frames.market(f, underlying);
            Market memory m = f.markets[at].market;
            if (m.status < worst) (oldest, worst) = (underlying, m.status);
            uint256 pointer;
            assembly ("memory-safe") {
                pointer := m
            }
            uint256 j;
            while (j < count && list[j] != pointer) ++j;
            if (j == count) list[count++] = pointer;
        }
        return (_asMarkets(list, count), oldest, worst);
    }

    /// @dev The second half of RISK-1. The account as it was is judged by the same model at the same prices.
    function _onlyReduced(Frame memory f, AccountFrame memory a, Assessment memory found) private view returns (bool) {
        (Assessment memory was, , PriceStatus status) = assess(f, a.current.mode(), a.stored.cash(), a.positionsStored);
        // What grew may cost nothing, or shrinking and growing again would spend the allowance without end; and nobody
        // else pays for a reduction: it takes no account below zero, or further below. Who is below zero at a price in
        // doubt does not reduce at all: whoever took the other side would be paid by everyone if the price is wrong.
        int256 floor = was.equityForInitial - (a.increased ? int256(0) : int256(a.allowance));
        if (floor < 0) {
            bool counts = was.equityForInitial < 0 && status == PriceStatus.Fresh;
            floor = counts ? was.equityForInitial : int256(0);
        }
        return found.initialMargin <= was.initialMargin && found.equityForInitial >= floor;
    }

    /// @dev Says what would have passed.
    function _refuseWithdrawal(AccountFrame memory a, Assessment memory found, uint256 locked) private pure {
        int256 free =
            found.equityForInitial - int256(locked) - int256(found.initialMargin) + int256(a.withdrawn * TOKEN_UNIT);
        uint256 freeUnits = free > 0 ? uint256(free) / TOKEN_UNIT : 0;
        revert IClearinghouse.Clearinghouse_BeyondFreeCollateral(a.id, a.withdrawn, freeUnits);
    }

    function _checkInterest(Frame memory f, AccountFrame memory a) private view {
        Position[] memory list = a.positions;
        for (uint256 i; i < list.length; ++i) {
            Position p = list[i];
            uint256 mAt = Frames.market(f, p.underlying());
            MarketFrame memory m = f.markets[mAt];
            uint256 notional = FixedPoint.abs(p.lots()).valueUp(m.market.mark);
            uint256 cap = (Settings.openInterestCap(m.params) * FixedPoint.WAD) / ACCOUNT_SHARE;
            if (notional > cap && FixedPoint.abs(p.lots()) > _sizeBefore(a, p)) {
                revert IClearinghouse.Clearinghouse_AccountInterestCap(a.id, p.underlying(), notional, cap);
            }
        }
    }

    /// @dev The size held before on the side that `p` is on now.
    function _sizeBefore(AccountFrame memory a, Position p) private pure returns (uint256) {
        for (uint256 i; i < a.positionsStored.length; ++i) {
            Position was = a.positionsStored[i];
            if (was.underlying() != p.underlying()) continue;
            return was.lots() < 0 == p.lots() < 0 ? FixedPoint.abs(was.lots()) : 0;
        }
        return 0;
    }

    /// @dev A list of pointers to structs is what Solidity's memory array of structs is.
    function _asMarkets(uint256[] memory list, uint256 count) private pure returns (Market[] memory markets) {
        assembly ("memory-safe") {
            mstore(list, count)
            markets := list
        }
    }
}
