// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Scenario, ScenarioMatrix, VolatilityShock} from "../interfaces/IMarginLens.sol";
import {PortfolioRequirements} from "../margin/PortfolioRequirements.sol";
import {ScenarioKernel, States} from "../margin/ScenarioKernel.sol";
import {Risk, UnderlyingRisk} from "../margin/UnderlyingRisk.sol";
import {Market} from "../types/Market.sol";

/// @notice Tells by which moves portfolio margin finds what an underlying's positions may lose. RISK section 3.
library Scenarios {
    uint256 private constant COUNT = 24;
    uint256 private constant WAD = 1e18;

    /// @notice What one underlying's positions may lose, with the moves behind it.
    function matrixOf(Market memory market, Risk memory risk) internal pure returns (ScenarioMatrix memory m) {
        m.range = UnderlyingRisk.rangeFor(market.dailyVol, market.priceRange);
        States states = ScenarioKernel.statesFor(m.range, 0);
        for (uint256 i; i < COUNT; ++i) {
            Scenario memory s = m.scenarios[i];
            (s.weight, s.pnl) = (WAD, risk.pnl[i]);
            if (i < UnderlyingRisk.FAR_TWIST) {
                uint256 state = UnderlyingRisk.stateOf(i);
                s.move = states.moveAt(state);
                s.shock = state < ScenarioKernel.UP ? VolatilityShock.Down : VolatilityShock.Up;
                if (i >= UnderlyingRisk.TAILS) s.weight = UnderlyingRisk.weightOf(m.range, s.move);
            } else {
                bool far = i == UnderlyingRisk.FAR_TWIST;
                s.shock = far ? VolatilityShock.UpBeyond30Days : VolatilityShock.UpWithin30Days;
            }
        }
        (m.worst, ) = PortfolioRequirements.worstOf(risk.pnl);
        m.core = risk.core;
        (m.initialCharges, m.maintenanceCharges) = (risk.initialCharges, risk.maintenanceCharges);
        (m.value, m.delta) = (risk.value, risk.delta);
        (m.bounded, m.mostLost) = (risk.bounded, risk.mostLost);
    }
}
