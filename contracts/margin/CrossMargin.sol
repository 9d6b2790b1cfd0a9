// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {StandardMargin} from "./StandardMargin.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";

/// @title Cross margin: one pool of equity behind every position, requirements added up
contract CrossMargin is IMarginModel {
    /// @inheritdoc IMarginModel
    function assess(
        Market[] calldata markets,
        Expiry[] calldata,
        uint256,
        int256 cash,
        Position[] calldata positions
    ) external pure returns (Assessment memory a) {
        StandardMargin.assess(a, markets, cash, positions);
    }

    /// @inheritdoc IMarginModel
    function usesCorrelation() external pure returns (bool) {
        return false;
    }
}
