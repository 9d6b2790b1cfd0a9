// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {NormalCdf, NormalTable} from "../math/NormalCdf.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {PortfolioRequirement, PortfolioRequirements} from "./PortfolioRequirements.sol";
import {StandardMargin} from "./StandardMargin.sol";
import {TabledModel} from "./TabledModel.sol";
import {Risk, UnderlyingRisk} from "./UnderlyingRisk.sol";

/// @title Portfolio margin: the largest loss of a book over 24 scenarios, and what these cannot see
/// @notice RISK section 3.
contract PortfolioMargin is TabledModel {
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

    /// @notice What all of them require together, taken apart: what `assess` asks for.
    function requirementOf(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        Position[] calldata positions
    ) external view returns (PortfolioRequirement memory r) {
        Risk[] memory risks = _risks(markets, expiries, positions, WitnessLibrary.NONE);
        r = PortfolioRequirements.addUp(risks, markets, correlation, UnderlyingRisk.ALL_SCENARIOS);
        // A single underlying's own scenarios are those of all together, and nothing is credited for it.
        if (risks.length == 1) (r.jointScenario, r.jointCore) = PortfolioRequirements.worstOf(risks[0].pnl);
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
        PortfolioRequirement memory r = PortfolioRequirements.addUp(risks, markets, correlation, joint);
        (a.initialMargin, a.maintenanceMargin) = (r.initialMargin, r.maintenanceMargin);
        for (uint256 i; i < risks.length; ++i) cash += risks[i].value;
        a.equity = a.equityForInitial = a.equityForMaintenance = cash;
    }

    function _risks(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        Position[] calldata positions,
        Witness witness
    ) private view returns (Risk[] memory risks) {
        NormalTable loaded = NormalCdf.load(table);
        risks = new Risk[](markets.length);
        uint256 found;
        for (uint256 i; i < markets.length; ++i) {
            uint256 scenarios =
                witness.isNone()
                    ? UnderlyingRisk.ALL_SCENARIOS
                    : witness.scenarioOf(_rankOf(markets, i)) | witness.joint();
            found += UnderlyingRisk.assess(risks[i], loaded, markets[i], expiries, positions, scenarios);
        }
        // Of several, one might be named twice and another not at all.
        if (found != positions.length || markets.length != 1) _requireMarkets(markets, positions);
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
}
