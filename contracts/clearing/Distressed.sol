// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Distress} from "../interfaces/ILiquidationAuction.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Mode} from "../types/Account.sol";
import {Assessment, PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Judge} from "./Judge.sol";
import {Options} from "./Options.sol";
import {PositionLists} from "./PositionLists.sol";
import {Settings} from "./Settings.sol";
import {Doubt} from "./Valuation.sol";

/// @notice Whether an account may be liquidated, as the ledger itself finds (RISK-2, RISK-3).
/// @dev A position whose price is unusable has no value anyone could be judged by. It is left out of what is sold, and
/// counts for the account at the best price that could possibly return: far beyond the bounds in which the feed's
/// answers are usable. So nobody is sold who is healthy at any price (RISK-2), and a crumb in a market whose feed has
/// died shields nobody (RISK-3).
library Distressed {
    using PositionLists for Position[];

    /// @dev Basis and funding move a mark off the feed's price; neither doubles or halves it.
    uint256 private constant BEYOND_BOUNDS = 2;

    struct Finding {
        /// @dev Of what has a usable price, cash included. Below zero, what no price of the others could cover.
        Distress distress;
        /// @dev Equity of what has a price, whatever the others may be worth.
        int256 value;
        /// @dev Whether equity is less than the maintenance margin at any price.
        bool below;
        /// @dev Whether equity covers the maintenance margin of what has a price, at any price of the others. An
        /// account can be neither.
        bool sound;
        /// @dev Whether everything had a usable price; `doubt` says what had not.
        bool known;
        Doubt doubt;
    }

    /// @notice The account, which must be below maintenance margin, as far as `witness` shows.
    function mustBeBelow(
        Frame memory f,
        AccountFrame memory a,
        Witness witness
    ) internal view returns (Finding memory found) {
        found = find(f, a, witness);
        if (found.below) return found;
        if (!found.known) Judge.refuse(found.doubt);
        Distress memory d = found.distress;
        revert IClearinghouse.Liquidation_Healthy(a.id, d.equityForMaintenance, d.maintenanceMargin);
    }

    /// @notice The account, which must be known to be below maintenance margin or sound.
    function mustBeTold(Frame memory f, AccountFrame memory a) internal view returns (Finding memory found) {
        found = find(f, a, WitnessLibrary.NONE);
        if (!found.below && !found.sound) Judge.refuse(found.doubt);
    }

    /// @notice The account judged as it stands in the frame.
    /// @param witness what is to show it below maintenance, if not everything. Whether it is sound no witness can say:
    /// with one, `sound` means no more than that it does not show the contrary.
    function find(Frame memory f, AccountFrame memory a, Witness witness) internal view returns (Finding memory found) {
        return find(f, a.current.mode(), a.cash, a.positions, witness);
    }

    /// @notice The same of an account of that mode, cash (USD Wad) and positions.
    function find(
        Frame memory f,
        Mode mode,
        int256 cash,
        Position[] memory positions,
        Witness witness
    ) internal view returns (Finding memory found) {
        (Assessment memory all, Doubt memory doubt) = Judge.assess(f, mode, cash, positions, witness);
        if (doubt.status == PriceStatus.Unusable) return _findWithout(f, mode, cash, positions, doubt);
        found.known = true;
        found.value = all.equity;
        found.distress = _distress(all);
        found.below = all.equityForMaintenance < int256(all.maintenanceMargin);
        found.sound = !found.below;
    }

    /// @dev ORAC-3: where nothing has a price, liquidation waits. It waits too where what has a price is below zero and
    /// the others may yet cover it: there the vault would pay for them, and leave them free of the debt.
    function _findWithout(
        Frame memory f,
        Mode mode,
        int256 cash,
        Position[] memory positions,
        Doubt memory doubt
    ) private view returns (Finding memory found) {
        found.doubt = doubt;
        (Position[] memory priced, int256 settled, int256 best, int256 worst) = _split(f, positions);
        if (priced.length == 0) return found;
        (Assessment memory rest, ) = Judge.assess(f, mode, cash + settled, priced, WitnessLibrary.NONE);
        found.distress = _distress(rest);
        found.value = rest.equity;
        int256 required = int256(rest.maintenanceMargin);
        found.sound = rest.equityForMaintenance + worst >= required;
        found.below = rest.equityForMaintenance + best < required;
        if (rest.equity >= 0) return found;
        if (rest.equity + best < 0) found.distress.equity = rest.equity + best;
        else found.below = false;
    }

    /// @return priced the positions with a usable price.
    /// @return settled what options of settled expiries pay, USD Wad: they are cash, touched or not.
    /// @return best the most that the others could be worth, USD Wad; a loss is not counted.
    /// @return worst the least that they could be worth; a gain is not counted.
    function _split(
        Frame memory f,
        Position[] memory positions
    ) private view returns (Position[] memory priced, int256 settled, int256 best, int256 worst) {
        priced = PositionLists.uncleared(positions.length);
        uint256 count;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions.get(i);
            if (p.isOption() && p.expiresAt() <= block.timestamp) {
                (uint256 price, bool known) = Options.settlementOf(Frames.settings(f), p);
                if (known) {
                    settled += Options.payoff(p, price);
                    continue;
                }
            }
            if (Judge.statusOf(f, p) != PriceStatus.Unusable) {
                priced.set(count++, p);
                continue;
            }
            uint256 mAt = Frames.market(f, p.underlying());
            (int256 most, int256 least) = _valuesOf(f, f.markets[mAt], p);
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
        if (p.isOption()) return Options.bounds(p, upper * BEYOND_BOUNDS);
        int256 origin = m.state.cumulativeFunding + int256(p.index());
        most = FixedPoint.valueFloor(p.lots(), int256(upper * BEYOND_BOUNDS) - origin);
        least = FixedPoint.valueFloor(p.lots(), int256(lower / BEYOND_BOUNDS) - origin);
        if (p.lots() < 0) (most, least) = (least, most);
    }

    function _distress(Assessment memory a) private pure returns (Distress memory) {
        return Distress(a.equity, a.equityForMaintenance, a.maintenanceMargin);
    }
}
