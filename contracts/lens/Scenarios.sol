// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Binding, PortfolioRequirement, Scenario, ScenarioMatrix, VolatilityShock} from "../interfaces/IMarginLens.sol";
import {ScenarioKernel, States} from "../margin/ScenarioKernel.sol";
import {Risk} from "../margin/UnderlyingRisk.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Market} from "../types/Market.sol";

/// @notice Tells what `PortfolioMargin` adds up, and by which moves. RISK section 3.
/// @dev The model keeps its sums to itself, so they are written down once more; the lens refuses to tell of them where
/// they are not what the registered model requires.
library Scenarios {
    using FixedPoint for uint256;

    uint256 internal constant COUNT = 24;
    uint256 private constant TAILS = 18;
    uint256 private constant FAR_TWIST = 22;
    uint256 private constant WAD = 1e18;
    uint256 private constant RANGE_MULTIPLIER = 3.5e18;
    uint256 private constant MOST_RANGE = 0.6e18;
    uint256 private constant TAIL_WEIGHT = 0.77e18;
    uint256 private constant MAINTENANCE_CORE = 0.8e18;
    uint256 private constant INITIAL_QUANTILE = 3.5e18;
    uint256 private constant MAINTENANCE_QUANTILE = 2.3e18;
    uint256 private constant LEAST_CORRELATION = 0.3e18;
    uint256 private constant FULL_CREDIT_OVER = 0.5e18;

    /// @notice What one underlying's positions may lose, with the moves behind it.
    function matrixOf(Market memory market, Risk memory risk) internal pure returns (ScenarioMatrix memory m) {
        m.range = rangeOf(market);
        States states = ScenarioKernel.statesFor(m.range);
        uint256 tailRange = TAIL_WEIGHT.mulWadUp(m.range);
        for (uint256 i; i < COUNT; ++i) {
            Scenario memory s = m.scenarios[i];
            (s.weight, s.pnl) = (WAD, risk.pnl[i]);
            if (i < TAILS) {
                (s.move, ) = states.read(i / 2);
                s.shock = i % 2 == 0 ? VolatilityShock.Down : VolatilityShock.Up;
            } else if (i < FAR_TWIST) {
                (s.move, ) = states.read(i);
                s.shock = VolatilityShock.Up;
                s.weight = FixedPointMathLib.min(WAD, tailRange.mulDivUp(WAD, FixedPoint.abs(s.move)));
            } else {
                s.shock = i == FAR_TWIST ? VolatilityShock.UpBeyond30Days : VolatilityShock.UpWithin30Days;
            }
        }
        (m.worst, ) = _worst(risk.pnl);
        m.core = risk.core;
        (m.initialCharges, m.maintenanceCharges) = (risk.initialCharges, risk.maintenanceCharges);
        (m.value, m.delta) = (risk.value, risk.delta);
        (m.bounded, m.mostLost) = (risk.bounded, risk.mostLost);
    }

    /// @notice PR = clamp(3.5 * sigma_d, PR0, 0.60).
    function rangeOf(Market memory market) internal pure returns (uint256) {
        uint256 range = RANGE_MULTIPLIER.mulWadUp(market.dailyVol);
        return FixedPointMathLib.min(FixedPointMathLib.max(range, market.priceRange), MOST_RANGE);
    }

    /// @notice What all underlyings held require together.
    function requirementOf(
        Risk[] memory risks,
        Market[] memory markets,
        uint256 correlation
    ) internal pure returns (PortfolioRequirement memory r) {
        int256[24] memory joint;
        r.bounded = true;
        for (uint256 i; i < risks.length; ++i) {
            Risk memory risk = risks[i];
            r.cores += risk.core;
            r.initialCharges += risk.initialCharges;
            r.maintenanceCharges += risk.maintenanceCharges;
            r.cap += risk.mostLost;
            if (!risk.bounded) r.bounded = false;
            for (uint256 s; s < COUNT; ++s) joint[s] += risk.pnl[s];
        }
        if (!r.bounded) r.cap = 0;
        (r.jointScenario, r.jointCore) = _worst(joint);
        r.creditedCore = r.cores;
        if (risks.length > 1) {
            r.credit = _creditOf(markets, correlation);
            r.creditedCore -= ((r.cores - r.jointCore) * r.credit) / WAD;
        }
        uint256 deviation = _deviationOf(risks, markets);
        r.initialFloor = deviation.mulWadUp(INITIAL_QUANTILE);
        r.maintenanceFloor = deviation.mulWadUp(MAINTENANCE_QUANTILE);
        (r.initialMargin, r.initialBinding) = _bind(r, r.creditedCore + r.initialCharges, r.initialFloor);
        (r.maintenanceMargin, r.maintenanceBinding) = _bind(
            r,
            r.creditedCore.mulWadUp(MAINTENANCE_CORE) + r.maintenanceCharges,
            r.maintenanceFloor
        );
    }

    function _bind(
        PortfolioRequirement memory r,
        uint256 required,
        uint256 floor
    ) private pure returns (uint256, Binding binding) {
        if (floor > required) (required, binding) = (floor, Binding.Floor);
        if (r.bounded && r.cap < required) (required, binding) = (r.cap, Binding.Cap);
        return (required, binding);
    }

    /// @dev The first scenario that loses most, and what; none where none loses.
    function _worst(int256[24] memory pnl) private pure returns (uint256 at, uint256 loss) {
        at = COUNT;
        int256 least;
        for (uint256 s; s < COUNT; ++s) {
            if (pnl[s] < least) (at, least) = (s, pnl[s]);
        }
        loss = uint256(-least);
    }

    function _creditOf(Market[] memory markets, uint256 correlation) private pure returns (uint256 credit) {
        if (correlation <= LEAST_CORRELATION) return 0;
        credit = WAD;
        for (uint256 i; i < markets.length; ++i) credit = FixedPointMathLib.min(credit, markets[i].credit);
        return (credit * FixedPointMathLib.min(correlation - LEAST_CORRELATION, FULL_CREDIT_OVER)) / FULL_CREDIT_OVER;
    }

    function _deviationOf(Risk[] memory risks, Market[] memory markets) private pure returns (uint256) {
        int256 together;
        uint256 squares;
        for (uint256 i; i < risks.length; ++i) {
            int256 one = (risks[i].delta * int256(markets[i].dailyVol)) / int256(WAD);
            together += one;
            squares += uint256(one * one);
        }
        return FixedPointMathLib.sqrt(FixedPointMathLib.max(uint256(together * together), squares)) + 1;
    }
}
