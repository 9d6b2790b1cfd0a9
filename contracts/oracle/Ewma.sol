// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {FixedPoint} from "../math/FixedPoint.sol";

/// @notice Exponentially weighted averages of the variance of one day's log return, from samples at any distance in
/// time. Variances are Wad and rounded up.
library Ewma {
    /// @dev A daily volatility of 200 %; margin rates saturate long before.
    uint256 internal constant MAX_VARIANCE = 4e18;
    /// @dev ln 0.94: the weight of the past after a day, as in RiskMetrics.
    int256 private constant LN_DECAY_A_DAY = -0.061875403718087472e18;
    /// @dev exp(LN_DECAY_A_DAY / 24) as `expWad` has it.
    uint256 private constant DECAY_AN_HOUR = 0.997425178731806957e18;
    /// @dev Hours without a sample that cost nothing, so that a late keeper does not move anyone's margin.
    uint256 private constant FREE_HOURS = 3;
    uint256 private constant WIDENING_AN_HOUR = 1.01e18;
    /// @dev Beyond it time neither widens nor forgets. An hour widens by more than it forgets, so no gap ever narrows.
    uint256 private constant MAX_GAP = 30 days;
    uint256 private constant WAD = FixedPoint.WAD;

    /// @notice The weight of the past after `elapsed` seconds, Wad.
    /// @dev Whoever reads a forecast within the hour of its sample asks for that of an hour.
    function decay(uint256 elapsed) internal pure returns (uint256) {
        if (elapsed == 1 hours) return DECAY_AN_HOUR;
        return uint256(FixedPointMathLib.expWad((LN_DECAY_A_DAY * int256(elapsed)) / 1 days));
    }

    /// @notice ln(to / from), Wad.
    function logReturn(uint256 from, uint256 to) internal pure returns (int256) {
        return FixedPointMathLib.lnWad(int256(to)) - FixedPointMathLib.lnWad(int256(from));
    }

    /// @notice The variance after a log return of `r` over `elapsed` > 0 seconds, from a variance of 64 bits.
    function update(uint256 variance, int256 r, uint256 elapsed) internal pure returns (uint256 updated) {
        uint256 kept = decay(elapsed < MAX_GAP ? elapsed : MAX_GAP);
        // Both terms share one division: kept * variance + (1 - kept) * r^2 * day / elapsed. No logarithm exceeds 2^68,
        // no variance 2^64 and no time 2^40, so neither term reaches 2^225.
        unchecked {
            uint256 numerator = kept * variance * elapsed * WAD + (WAD - kept) * uint256(r * r) * 1 days;
            updated = FixedPoint.divUp(numerator, elapsed * WAD * WAD);
        }
        if (updated > MAX_VARIANCE) updated = MAX_VARIANCE;
    }

    /// @notice The covariance after log returns whose product is `product` (Wad^2), rounded down.
    function updateCovariance(int256 covariance, int256 product, uint256 elapsed) internal pure returns (int256) {
        int256 kept = int256(decay(elapsed < MAX_GAP ? elapsed : MAX_GAP));
        int256 dt = int256(elapsed);
        int256 wad = int256(WAD);
        int256 numerator = kept * covariance * dt * wad + (wad - kept) * product * 1 days;
        int256 updated = FixedPoint.mulDivFloor(numerator, 1, dt * wad * wad);
        return FixedPointMathLib.clamp(updated, -int256(MAX_VARIANCE), int256(MAX_VARIANCE));
    }

    /// @notice The variance once nothing has been sampled for `elapsed` seconds.
    function widen(uint256 variance, uint256 elapsed) internal pure returns (uint256) {
        uint256 missed = (elapsed < MAX_GAP ? elapsed : MAX_GAP) / 1 hours;
        if (missed <= FREE_HOURS) return variance;
        uint256 factor = FixedPointMathLib.rpow(WIDENING_AN_HOUR, missed - FREE_HOURS, WAD);
        uint256 widened = FixedPoint.mulWadUp(variance, factor);
        return widened < MAX_VARIANCE ? widened : MAX_VARIANCE;
    }

    /// @notice The standard deviation of a variance, rounded up.
    function deviation(uint256 variance) internal pure returns (uint256) {
        return sqrtUp(variance * WAD);
    }

    /// @notice The square root, rounded up.
    function sqrtUp(uint256 x) internal pure returns (uint256 root) {
        root = FixedPointMathLib.sqrt(x);
        unchecked {
            if (root * root < x) ++root;
        }
    }
}
