// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ExpiryLoss} from "../margin/ExpiryLoss.sol";
import {Position} from "../types/Position.sol";

/// @notice Gives tests what options of an expiry lose at most.
contract ExpiryLossHarness {
    function worst(
        Position[] calldata positions,
        uint256 underlying,
        uint256 expiresAt
    ) external pure returns (int256) {
        return ExpiryLoss.worst(positions, underlying, expiresAt);
    }
}
