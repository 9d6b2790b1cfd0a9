// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Distress} from "../interfaces/ILiquidationAuction.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Assessment, PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Judge} from "./Judge.sol";
import {Settings} from "./Settings.sol";

/// @notice Whether an account may be liquidated, as the ledger itself finds (RISK-2, RISK-3).
/// @dev A position whose price is unusable has no value anyone could be judged by. It is left out of what is sold, and
/// counts for the account at the best price that could possibly return: far beyond the bounds in which the feed's
/// answers are usable. So nobody is sold who is healthy at any price (RISK-2), and a crumb in a market whose feed has
/// died shields nobody (RISK-3).
library Distressed {
    /// @dev Basis and funding move a mark off the feed's price; neither doubles or halves it.
    uint256 private constant BEYOND_BOUNDS = 2;

    struct Finding {
        /// @dev Of what has a usable price, cash included. Below zero, what no price of the others could cover.
        Distress distress;
        /// @dev Whether equity is less than the maintenance margin at any price.
        bool below;
        /// @dev Whether equity covers the maintenance margin of what has a price, at any price of the others. An
        /// account can be neither.
        bool sound;
        /// @dev Whether every price was usable; if not, `sick` is an underlying whose price was not.
        bool known;
        uint16 sick;
    }

    /// @notice The account, which must be below maintenance margin.
    function mustBeBelow(Frame memory f, AccountFrame memory a) internal view returns (Finding memory found) {
        found = find(f, a);
        if (found.below) return found;
        _requireKnown(found);
        Distress memory d = found.distress;
        revert IClearinghouse.Liquidation_Healthy(a.id, d.equityForMaintenance, d.maintenanceMargin);
    }

    /// @notice The account, which must be known to be below maintenance margin or sound.
    function mustBeTold(Frame memory f, AccountFrame memory a) internal view returns (Finding memory found) {
        found = find(f, a);
        if (!found.below && !found.sound) _requireKnown(found);
    }

    /// @notice The account judged as it stands in the frame.
    function find(Frame memory f, AccountFrame memory a) internal view returns (Finding memory found) {
        (Assessment memory all, uint16 sick, PriceStatus status) = Judge.assess(
            f,
            a.current.mode(),
            a.cash,
            a.positions
        );
        if (status == PriceStatus.Unusable) return _findWithout(f, a, sick);
        found.known = true;
        found.distress = _distress(all);
        found.below = all.equityForMaintenance < int256(all.maintenanceMargin);
        found.sound = !found.below;
    }

    /// @dev ORAC-3: where nothing has a price, liquidation waits. It waits too where what has a price is below zero and
    /// the others may yet cover it: there the vault would pay for them, and leave them free of the debt.
    function _findWithout(
        Frame memory f,
        AccountFrame memory a,
        uint16 sick
    ) private view returns (Finding memory found) {
        found.sick = sick;
        (Position[] memory priced, int256 best, int256 worst) = _split(f, a.positions);
        if (priced.length == 0) return found;
        (Assessment memory rest, , ) = Judge.assess(f, a.current.mode(), a.cash, priced);
        found.distress = _distress(rest);
        int256 required = int256(rest.maintenanceMargin);
        found.sound = rest.equityForMaintenance + worst >= required;
        found.below = rest.equityForMaintenance + best < required;
        if (rest.equity >= 0) return found;
        if (rest.equity + best < 0) found.distress.equity = rest.equity + best;
        else found.below = false;
    }

    /// @return priced the positions with a usable price.
    /// @return best the most that the others could be worth, USD Wad; a loss is not counted.
    /// @return worst the least that they could be worth; a gain is not counted.
    function _split(
        Frame memory f,
        Position[] memory positions
    ) private view returns (Position[] memory priced, int256 best, int256 worst) {
        priced = new Position[](positions.length);
        uint256 count;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions[i];
            uint256 mAt = Frames.market(f, p.underlying());
            MarketFrame memory m = f.markets[mAt];
            if (m.market.status != PriceStatus.Unusable) {
                priced[count++] = p;
                continue;
            }
            (int256 most, int256 least) = _valuesOf(f, m, p);
            if (most > 0) best += most;
            if (least < 0) worst += least;
        }
        assembly ("memory-safe") {
            mstore(priced, count)
        }
    }

    function _valuesOf(
        Frame memory f,
        MarketFrame memory m,
        Position p
    ) private view returns (int256 most, int256 least) {
        address oracle = Settings.priceOracle(Frames.settings(f));
        (uint256 lower, uint256 upper) = IPriceOracle(oracle).boundsOf(uint16(m.market.underlying));
        // Without a feed there are no bounds, and nothing can be said.
        if (upper == 0) return (type(int128).max, type(int128).min);
        int256 origin = m.state.cumulativeFunding + int256(p.index());
        most = FixedPoint.valueFloor(p.lots(), int256(upper * BEYOND_BOUNDS) - origin);
        least = FixedPoint.valueFloor(p.lots(), int256(lower / BEYOND_BOUNDS) - origin);
        if (p.lots() < 0) (most, least) = (least, most);
    }

    function _distress(Assessment memory a) private pure returns (Distress memory) {
        return Distress(a.equity, a.equityForMaintenance, a.maintenanceMargin);
    }

    function _requireKnown(Finding memory found) private pure {
        if (!found.known) revert IClearinghouse.Clearinghouse_PriceNotFresh(found.sick, PriceStatus.Unusable);
    }
}
