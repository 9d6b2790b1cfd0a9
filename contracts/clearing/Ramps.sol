// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPoint} from "../math/FixedPoint.sol";
import {Market} from "../types/Market.sol";
import {MarketRamp} from "../types/Parameters.sol";
import {Settings} from "./Settings.sol";

/// @notice Nobody is liquidated by a decision: what raises margin acts little by little over 24 hours, which is time to
/// add collateral or to reduce. What lowers it acts at once.
/// @dev Each parameter goes its own way, so a requirement, which grows with the rates and falls with the depth, neither
/// goes back nor is ever above what the target asks for. Values are rounded towards the tighter, in steps of a
/// millionth of a basis point or USD. All values in force are such steps, so a change finds each of them exact: one
/// that it rounded up would move margin in the block it lands in.
///
/// Rates go linearly. A requirement grows with 1/depth, so that is what goes linearly for the depth. A depth that did
/// so itself would not overshoot either, but would leave most of a large change to the last moment: from 10 bn to
/// 10,000 USD the last second alone would multiply the slope's part of the rate by twelve.
///
/// What the five values were when the parameters last changed, and when that was, is one word; zero is nothing to ramp.
/// Rates count in millionths of a basis point, the depth in millionths of a USD:
///
///     255      216 215    160 159              120 119     80 79             40 39       0
///     | since      | depth    | maintenanceRatio  | slope    | volMultiplier   | baseRate |
library Ramps {
    using FixedPoint for uint256;

    uint256 internal constant DURATION = 24 hours;
    /// @dev Wad in a millionth of a basis point, and of a USD.
    uint256 private constant RATE_STEP = 1e8;
    uint256 private constant DEPTH_STEP = 1e12;
    uint256 private constant BPS_STEP = FixedPoint.WAD / FixedPoint.BPS;

    uint256 private constant VOL_SHIFT = 40;
    uint256 private constant SLOPE_SHIFT = 80;
    uint256 private constant RATIO_SHIFT = 120;
    uint256 private constant DEPTH_SHIFT = 160;
    uint256 private constant SINCE_SHIFT = 216;

    /// @notice Puts into `m` what is in force now of parameters, as Settings packs them, that ramp from `ramp`.
    function setInForce(Market memory m, uint256 target, uint256 ramp) internal view {
        unchecked {
            m.baseRate = Settings.baseRateBps(target) * BPS_STEP;
            m.volMultiplier = Settings.volMultiplierBps(target) * BPS_STEP;
            m.slope = Settings.slopeBps(target) * BPS_STEP;
            m.maintenanceRatio = Settings.maintenanceRatioBps(target) * BPS_STEP;
            m.depth = Settings.depth(target) * FixedPoint.WAD;
        }
        if (ramp == 0) return;
        uint256 elapsed = block.timestamp - (ramp >> SINCE_SHIFT);
        if (elapsed >= DURATION) return;
        m.baseRate = _risen(_rate(ramp, 0), m.baseRate, elapsed);
        m.volMultiplier = _risen(_rate(ramp, VOL_SHIFT), m.volMultiplier, elapsed);
        m.slope = _risen(_rate(ramp, SLOPE_SHIFT), m.slope, elapsed);
        m.maintenanceRatio = _risen(_rate(ramp, RATIO_SHIFT), m.maintenanceRatio, elapsed);
        m.depth = _fallen(_depth(ramp), m.depth, elapsed);
    }

    /// @notice What to ramp from once `to` replaces `from`, of which what ramps does so from `ramp`.
    function begin(uint256 from, uint256 ramp, uint256 to) internal view returns (uint256) {
        Market memory now_;
        setInForce(now_, from, ramp);
        Market memory target;
        setInForce(target, to, 0);
        bool raised =
            target.baseRate > now_.baseRate ||
                target.volMultiplier > now_.volMultiplier ||
                target.slope > now_.slope ||
                target.maintenanceRatio > now_.maintenanceRatio ||
                target.depth < now_.depth;
        if (!raised) return 0;
        return
            (_min(now_.baseRate, target.baseRate) / RATE_STEP) |
            ((_min(now_.volMultiplier, target.volMultiplier) / RATE_STEP) << VOL_SHIFT) |
            ((_min(now_.slope, target.slope) / RATE_STEP) << SLOPE_SHIFT) |
            ((_min(now_.maintenanceRatio, target.maintenanceRatio) / RATE_STEP) << RATIO_SHIFT) |
            ((_max(now_.depth, target.depth) / DEPTH_STEP) << DEPTH_SHIFT) |
            (block.timestamp << SINCE_SHIFT);
    }

    function unpack(uint256 ramp) internal pure returns (MarketRamp memory) {
        return
            MarketRamp({
                baseRate: _rate(ramp, 0),
                volMultiplier: _rate(ramp, VOL_SHIFT),
                slope: _rate(ramp, SLOPE_SHIFT),
                maintenanceRatio: _rate(ramp, RATIO_SHIFT),
                depth: _depth(ramp),
                since: uint40(ramp >> SINCE_SHIFT)
            });
    }

    function _rate(uint256 ramp, uint256 shift) private pure returns (uint256) {
        return uint40(ramp >> shift) * RATE_STEP;
    }

    function _depth(uint256 ramp) private pure returns (uint256) {
        return uint56(ramp >> DEPTH_SHIFT) * DEPTH_STEP;
    }

    /// @dev Both are whole steps, `to` no less than `from`.
    function _risen(uint256 from, uint256 to, uint256 elapsed) private pure returns (uint256) {
        return from + ((to - from) / RATE_STEP).mulDivUp(elapsed, DURATION) * RATE_STEP;
    }

    /// @dev 1 / ((1 - t) / from + t / to) for t = elapsed / DURATION, rounded down. Both are whole steps, `to` no more
    /// than `from`.
    function _fallen(uint256 from, uint256 to, uint256 elapsed) private pure returns (uint256) {
        (from, to) = (from / DEPTH_STEP, to / DEPTH_STEP);
        return ((from * to * DURATION) / (to * (DURATION - elapsed) + from * elapsed)) * DEPTH_STEP;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
