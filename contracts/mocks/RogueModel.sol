// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";

/// @notice For tests alone: a margin model that finds whoever holds anything as rich as can be, and asks for nothing.
contract RogueModel is IMarginModel {
    /// @inheritdoc IMarginModel
    function assess(
        Market[] calldata,
        Expiry[] calldata,
        uint256,
        int256,
        Position[] calldata
    ) external pure returns (Assessment memory) {
        return _asRichAsCanBe();
    }

    /// @inheritdoc IMarginModel
    function assessBy(
        Market[] calldata,
        Expiry[] calldata,
        uint256,
        int256,
        Position[] calldata,
        Witness
    ) external pure returns (Assessment memory) {
        return _asRichAsCanBe();
    }

    /// @inheritdoc IMarginModel
    function usesCorrelation() external pure returns (bool) {
        return false;
    }

    function _asRichAsCanBe() private pure returns (Assessment memory a) {
        a.equity = a.equityForInitial = a.equityForMaintenance = type(int128).max;
    }
}
