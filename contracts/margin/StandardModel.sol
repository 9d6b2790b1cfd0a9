// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";
import {TabledModel} from "./TabledModel.sol";

/// @title A margin model of the standard rules: no scenarios, so correlations and witnesses say nothing to it
abstract contract StandardModel is TabledModel {
    constructor(address table_) TabledModel(table_) {}

    /// @inheritdoc IMarginModel
    function assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256,
        int256 cash,
        Position[] calldata positions
    ) external view returns (Assessment memory) {
        return _assess(markets, expiries, cash, positions);
    }

    /// @inheritdoc IMarginModel
    function assessBy(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256,
        int256 cash,
        Position[] calldata positions,
        Witness
    ) external view returns (Assessment memory) {
        return _assess(markets, expiries, cash, positions);
    }

    /// @inheritdoc IMarginModel
    function usesCorrelation() external pure returns (bool) {
        return false;
    }

    function _assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        int256 cash,
        Position[] calldata positions
    ) internal view virtual returns (Assessment memory);
}
