// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalCdf, NormalTable} from "../math/NormalCdf.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {StandardMargin} from "./StandardMargin.sol";
import {TabledModel} from "./TabledModel.sol";
import {Risk, UnderlyingRisk} from "./UnderlyingRisk.sol";

/// @title Portfolio margin: the largest loss of a book over 24 scenarios, and what these cannot see
/// @notice RISK section 3.
contract PortfolioMargin is TabledModel {
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

    constructor(address table_) TabledModel(table_) {}

    /// @inheritdoc IMarginModel
    function assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        int256 cash,
        Position[] calldata positions
    ) external view returns (Assessment memory) {
        return _assess(markets, expiries, correlation, cash, positions, WitnessLibrary.NONE);
    }

    /// @inheritdoc IMarginModel
    function assessBy(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        int256 cash,
        Position[] calldata positions,
        Witness witness
    ) external view returns (Assessment memory) {
        return _assess(markets, expiries, correlation, cash, positions, witness);
    }

    /// @inheritdoc IMarginModel
    function usesCorrelation() external pure returns (bool) {
        return true;
    }

    /// @notice What each market's positions may lose.
    function risksOf(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        Position[] calldata positions
    ) external view returns (Risk[] memory) {
        return _risks(markets, expiries, positions, WitnessLibrary.NONE);
    }

    function _assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        int256 cash,
        Position[] calldata positions,
        Witness witness
    ) private view returns (Assessment memory a) {
        Risk[] memory risks = _risks(markets, expiries, positions, witness);
        uint256 joint = witness.isNone() ? UnderlyingRisk.ALL_SCENARIOS : witness.joint();
        (a.initialMargin, a.maintenanceMargin) = _requirements(risks, markets, correlation, joint);
        for (uint256 i; i < risks.length; ++i) cash += risks[i].value;
        a.equity = a.equityForInitial = a.equityForMaintenance = cash;
    }

    function _risks(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        Position[] calldata positions,
        Witness witness
    ) private view returns (Risk[] memory risks) {
        _requireMarkets(markets, positions);
        NormalTable loaded = NormalCdf.load(table);
        risks = new Risk[](markets.length);
        for (uint256 i; i < markets.length; ++i) {
            uint256 scenarios =
                witness.isNone()
                    ? UnderlyingRisk.ALL_SCENARIOS
                    : witness.scenarioOf(_rankOf(markets, i)) | witness.joint();
            risks[i] = UnderlyingRisk.assess(loaded, markets[i], expiries, positions, scenarios);
        }
    }

    /// @dev How many of the markets are of an underlying with a smaller number.
    function _rankOf(Market[] calldata markets, uint256 at) private pure returns (uint256 rank) {
        for (uint256 i; i < markets.length; ++i) {
            if (markets[i].underlying < markets[at].underlying) ++rank;
        }
    }

    /// @dev Each market looks for its own positions: what none looks for would be held for nothing. Neighbours are
    /// mostly of one underlying.
    function _requireMarkets(Market[] calldata markets, Position[] calldata positions) private pure {
        uint256 known = type(uint256).max;
        for (uint256 i; i < positions.length; ++i) {
            uint16 underlying = positions[i].underlying();
            if (underlying != known) known = StandardMargin.marketOf(markets, underlying).underlying;
        }
    }

    function _requirements(
        Risk[] memory risks,
        Market[] calldata markets,
        uint256 correlation,
        uint256 joint
    ) private pure returns (uint256 initial, uint256 maintenance) {
        uint256 cores;
        uint256 initialCharges;
        uint256 maintenanceCharges;
        for (uint256 i; i < risks.length; ++i) {
            cores += risks[i].core;
            initialCharges += risks[i].initialCharges;
            maintenanceCharges += risks[i].maintenanceCharges;
        }
        if (risks.length > 1) {
            // The charges are the same alone and together: the credit is on the cores alone.
            uint256 together = _jointCore(risks, joint);
            cores -= ((cores - together) * _credit(markets, correlation)) / WAD;
        }
        initial = cores + initialCharges;
        maintenance = cores.mulWadUp(MAINTENANCE_CORE) + maintenanceCharges;
        uint256 deviation = _deviation(risks, markets);
        initial = _max(initial, deviation.mulWadUp(INITIAL_QUANTILE));
        maintenance = _max(maintenance, deviation.mulWadUp(MAINTENANCE_QUANTILE));
        uint256 bound = _bound(risks);
        initial = _min(initial, bound);
        maintenance = _min(maintenance, bound);
    }

    /// @dev The largest loss where all underlyings move by the same of these scenarios. It is no more than what they
    /// lose each by its own, for each has been worked out in these as well.
    function _jointCore(Risk[] memory risks, uint256 scenarios) private pure returns (uint256) {
        int256 worst;
        for (uint256 s; s < SCENARIOS; ++s) {
            if ((scenarios >> s) & 1 == 0) continue;
            int256 pnl;
            for (uint256 i; i < risks.length; ++i) pnl += risks[i].pnl[s];
            if (pnl < worst) worst = pnl;
        }
        return uint256(-worst);
    }

    /// @dev kappa: the least of the underlyings', and less where they have moved apart. Rounded down.
    function _credit(Market[] calldata markets, uint256 correlation) private pure returns (uint256 credit) {
        credit = WAD;
        for (uint256 i; i < markets.length; ++i) credit = _min(credit, markets[i].credit);
        if (correlation <= LEAST_CORRELATION) return 0;
        uint256 over = _min(correlation - LEAST_CORRELATION, FULL_CREDIT_OVER);
        return (credit * over) / FULL_CREDIT_OVER;
    }

    /// @dev One day's standard deviation of the book's value to first order, the larger of what it is if all
    /// underlyings move as one and if each moves alone.
    function _deviation(Risk[] memory risks, Market[] calldata markets) private pure returns (uint256) {
        int256 together;
        uint256 squares;
        for (uint256 i; i < risks.length; ++i) {
            int256 one = (risks[i].delta * int256(markets[i].dailyVol)) / int256(WAD);
            together += one;
            squares += uint256(one * one);
        }
        return FixedPointMathLib.sqrt(_max(uint256(together * together), squares)) + 1;
    }

    /// @dev What a book that cannot lose without end can lose at most.
    function _bound(Risk[] memory risks) private pure returns (uint256 bound) {
        for (uint256 i; i < risks.length; ++i) {
            if (!risks[i].bounded) return type(uint256).max;
            bound += risks[i].mostLost;
        }
    }

    function _max(uint256 x, uint256 y) private pure returns (uint256) {
        return x > y ? x : y;
    }

    function _min(uint256 x, uint256 y) private pure returns (uint256) {
        return x < y ? x : y;
    }
}
