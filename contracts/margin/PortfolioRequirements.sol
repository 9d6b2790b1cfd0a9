// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {FixedPoint} from "../math/FixedPoint.sol";
import {Market} from "../types/Market.sol";
import {Risk} from "./UnderlyingRisk.sol";

/// @notice What makes a requirement of portfolio margin as large as it is.
enum Binding {
    Scenarios, // the scenarios' losses and the contingencies
    Floor, // the delta-normal floor, which is larger
    Cap // what a bounded book can lose at most, which is less than either
}

/// @notice What portfolio margin asks of a whole account, and what that is made of. USD, Wad.
struct PortfolioRequirement {
    /// @dev Each underlying's largest loss, added up.
    uint256 cores;
    /// @dev The largest loss if all move by the same scenario, and the first that it is in; 24 where none loses.
    uint256 jointCore;
    uint256 jointScenario;
    /// @dev kappa, Wad: how much of what underlyings offset is credited.
    uint256 credit;
    /// @dev cores - credit * (cores - jointCore): counted whole for initial margin, for 0.8 for maintenance margin.
    uint256 creditedCore;
    uint256 initialCharges;
    uint256 maintenanceCharges;
    uint256 initialFloor;
    uint256 maintenanceFloor;
    /// @dev Whether the whole book is bounded, and what it could lose at most.
    bool bounded;
    uint256 cap;
    Binding initialBinding;
    Binding maintenanceBinding;
    /// @dev What comes of it.
    uint256 initialMargin;
    uint256 maintenanceMargin;
}

/// @notice Puts together what an account may lose in each underlying. RISK section 3.
library PortfolioRequirements {
    using FixedPoint for uint256;

    uint256 private constant WAD = 1e18;
    uint256 private constant SCENARIOS = 24;
    uint256 private constant MAINTENANCE_CORE = 0.8e18;
    /// @dev The delta-normal floor, in daily deviations.
    uint256 private constant INITIAL_QUANTILE = 3.5e18;
    uint256 private constant MAINTENANCE_QUANTILE = 2.3e18;
    /// @dev No credit across underlyings at this correlation and below, all of it at 0.8.
    uint256 private constant LEAST_CORRELATION = 0.3e18;
    uint256 private constant FULL_CREDIT_OVER = 0.5e18;

    /// @notice What all underlyings held require together.
    /// @param scenarios those in which all are looked at together, bit s for scenario s.
    function addUp(
        Risk[] memory risks,
        Market[] calldata markets,
        uint256 correlation,
        uint256 scenarios
    ) internal pure returns (PortfolioRequirement memory r) {
        _sum(r, risks);
        r.jointScenario = SCENARIOS;
        r.creditedCore = r.cores;
        if (risks.length > 1) {
            // The charges are the same alone and together: the credit is on the cores alone.
            (r.jointScenario, r.jointCore) = worstOf(_together(risks, scenarios));
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

    /// @notice The first scenario that loses most, and what it loses; 24 and nothing where none loses.
    function worstOf(int256[24] memory pnl) internal pure returns (uint256 at, uint256 loss) {
        at = SCENARIOS;
        int256 least;
        for (uint256 s; s < SCENARIOS; ++s) {
            if (pnl[s] < least) (at, least) = (s, pnl[s]);
        }
        loss = uint256(-least);
    }

    function _sum(PortfolioRequirement memory r, Risk[] memory risks) private pure {
        r.bounded = true;
        for (uint256 i; i < risks.length; ++i) {
            Risk memory risk = risks[i];
            r.cores += risk.core;
            r.initialCharges += risk.initialCharges;
            r.maintenanceCharges += risk.maintenanceCharges;
            r.cap += risk.mostLost;
            if (!risk.bounded) r.bounded = false;
        }
        if (!r.bounded) r.cap = 0;
    }

    /// @dev What all gain where they move by the same of these scenarios. In none do they lose more than each by its
    /// own, for each has been worked out in these as well.
    function _together(Risk[] memory risks, uint256 scenarios) private pure returns (int256[24] memory pnl) {
        for (uint256 s; s < SCENARIOS; ++s) {
            if ((scenarios >> s) & 1 == 0) continue;
            for (uint256 i; i < risks.length; ++i) pnl[s] += risks[i].pnl[s];
        }
    }

    /// @dev Less than the credit of the underlyings where they have moved apart. Rounded down.
    function _creditOf(Market[] calldata markets, uint256 correlation) private pure returns (uint256 credit) {
        if (correlation <= LEAST_CORRELATION) return 0;
        credit = WAD;
        for (uint256 i; i < markets.length; ++i) credit = FixedPointMathLib.min(credit, markets[i].credit);
        return (credit * FixedPointMathLib.min(correlation - LEAST_CORRELATION, FULL_CREDIT_OVER)) / FULL_CREDIT_OVER;
    }

    /// @dev One day's standard deviation of the book's value to first order, the larger of what it is if all
    /// underlyings move as one and if each moves alone.
    function _deviationOf(Risk[] memory risks, Market[] calldata markets) private pure returns (uint256) {
        int256 together;
        uint256 squares;
        for (uint256 i; i < risks.length; ++i) {
            int256 one = (risks[i].delta * int256(markets[i].dailyVol)) / int256(WAD);
            together += one;
            squares += uint256(one * one);
        }
        return FixedPointMathLib.sqrt(FixedPointMathLib.max(uint256(together * together), squares)) + 1;
    }

    /// @dev What a book that cannot lose without end is asked for at most is what it can lose.
    function _bind(
        PortfolioRequirement memory r,
        uint256 required,
        uint256 floor
    ) private pure returns (uint256, Binding binding) {
        if (floor > required) (required, binding) = (floor, Binding.Floor);
        if (r.bounded && r.cap < required) (required, binding) = (r.cap, Binding.Cap);
        return (required, binding);
    }
}
