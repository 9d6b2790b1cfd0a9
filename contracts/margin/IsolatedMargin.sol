// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {StandardMargin} from "./StandardMargin.sol";
import {StandardModel} from "./StandardModel.sol";

/// @title Isolated margin: one instrument, and a loss ends there
contract IsolatedMargin is StandardModel {
    constructor(address table_) StandardModel(table_) {}

    function _assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        int256 cash,
        Position[] calldata positions
    ) internal view override returns (Assessment memory a) {
        if (positions.length > 1) revert MarginModel_TooManyPositions(positions.length, 1);
        if (StandardMargin.assessPerps(a, markets, cash, positions)) return a;
        StandardMargin.assessAny(a, table, false, markets, expiries, cash, positions);
    }
}
