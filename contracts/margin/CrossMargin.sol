// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {StandardMargin} from "./StandardMargin.sol";
import {StandardModel} from "./StandardModel.sol";

/// @title Cross margin: one pool of equity behind every position, requirements added up; options of one expiry together
contract CrossMargin is StandardModel {
    constructor(address table_) StandardModel(table_) {}

    function _assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        int256 cash,
        Position[] calldata positions
    ) internal view override returns (Assessment memory a) {
        if (StandardMargin.assessPerps(a, markets, cash, positions)) return a;
        StandardMargin.assessAny(a, table, true, markets, expiries, cash, positions);
    }
}
