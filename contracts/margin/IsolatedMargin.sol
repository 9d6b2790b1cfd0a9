// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";
import {StandardMargin} from "./StandardMargin.sol";
import {TabledModel} from "./TabledModel.sol";

/// @title Isolated margin: one instrument, and a loss ends there
contract IsolatedMargin is TabledModel {
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
    ) private view returns (Assessment memory a) {
        if (positions.length > 1) revert MarginModel_TooManyPositions(positions.length, 1);
        if (StandardMargin.assessPerps(a, markets, cash, positions)) return a;
        StandardMargin.assessAny(a, table, false, markets, expiries, cash, positions);
    }
}
