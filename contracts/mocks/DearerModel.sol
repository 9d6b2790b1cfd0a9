// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {PortfolioMargin} from "../margin/PortfolioMargin.sol";
import {Risk} from "../margin/UnderlyingRisk.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";

/// @notice For tests alone: portfolio margin that asks for a wei more than its parts make.
contract DearerModel is IMarginModel {
    PortfolioMargin private immutable original;

    constructor(PortfolioMargin original_) {
        original = original_;
    }

    /// @inheritdoc IMarginModel
    function assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        int256 cash,
        Position[] calldata positions
    ) external view returns (Assessment memory a) {
        a = original.assess(markets, expiries, correlation, cash, positions);
        a.initialMargin += 1;
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
        return original.assessBy(markets, expiries, correlation, cash, positions, witness);
    }

    /// @inheritdoc IMarginModel
    function usesCorrelation() external pure returns (bool) {
        return true;
    }

    function risksOf(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        Position[] calldata positions
    ) external view returns (Risk[] memory) {
        return original.risksOf(markets, expiries, positions);
    }
}
