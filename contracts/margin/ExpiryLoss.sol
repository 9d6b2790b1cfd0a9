// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPoint} from "../math/FixedPoint.sol";
import {Position} from "../types/Position.sol";

/// @notice What options of one underlying and expiry lose at most when they are settled.
library ExpiryLoss {
    /// @notice max over x in {0} and the strikes of -sum(size * payoff(x)), USD Wad, rounded up; negative where they
    /// can only win. Where the expiry is not net short of calls nothing beyond the highest strike is worse.
    function worst(
        Position[] calldata positions,
        uint256 underlying,
        uint256 expiresAt
    ) internal pure returns (int256 loss) {
        Position[] memory group = _group(positions, underlying, expiresAt);
        int256 least = _payoff(group, 0);
        for (uint256 i; i < group.length; ++i) {
            int256 payoff = _payoff(group, group[i].strike());
            if (payoff < least) least = payoff;
        }
        return -FixedPoint.divFloor(least, int256(FixedPoint.LOTS));
    }

    function _group(
        Position[] calldata positions,
        uint256 underlying,
        uint256 expiresAt
    ) private pure returns (Position[] memory group) {
        group = new Position[](positions.length);
        uint256 count;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions[i];
            if (p.underlying() == underlying && p.isOption() && p.expiresAt() == expiresAt) {
                group[count++] = p;
            }
        }
        assembly ("memory-safe") {
            mstore(group, count)
        }
    }

    /// @dev What the group pays at the price `x`, USD Wad times 1e8.
    function _payoff(Position[] memory group, uint256 x) private pure returns (int256 sum) {
        for (uint256 i; i < group.length; ++i) {
            Position p = group[i];
            int256 inside = int256(x) - int256(p.strike());
            if (!p.isCall()) inside = -inside;
            if (inside > 0) sum += p.lots() * inside;
        }
    }
}
