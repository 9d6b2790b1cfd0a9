// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {ISurfaceOracle, MoveLimits} from "../interfaces/ISurfaceOracle.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Svi} from "../math/Svi.sol";
import {SurfaceHead, SurfaceSlice, SurfaceSmile} from "../types/Surface.sol";
import {MoveWindow} from "./MoveWindow.sol";

/// @notice A smile laid open, Wad, with what every check needs of it.
struct Smile {
    uint40 expiry;
    /// @dev Seconds to expiry at which it was fitted.
    uint256 tenor;
    int256 a;
    uint256 b;
    int256 rho;
    int256 m;
    uint256 s;
    uint256 reach;
}

/// @notice What a surface must satisfy, slice by slice and between neighbours.
library SurfaceRules {
    using MoveWindow for uint64;

    int256 private constant WAD = 1e18;
    int256 private constant MIN_FORWARD_RATIO = 0.5e18;
    int256 private constant MAX_FORWARD_RATIO = 2e18;
    int256 private constant MAX_RATE = 1e18;
    int256 private constant MAX_RHO = 1e18 - 1e6;
    /// @dev Lee's moment formula: total variance grows no faster than 2|k|.
    int256 private constant MAX_WING_SLOPE = 2e18;
    int256 private constant MIN_VOL = 0.01e18;
    int256 private constant MAX_VOL = 10e18;
    /// @dev s is at least this part of |m| and reach together, so the grid below ends.
    uint256 private constant MAX_SHARPNESS = 512;
    /// @dev What its 48 bits hold.
    int256 private constant MAX_WIDTH = int256(uint256(type(uint48).max)) * 1e6;

    /// @dev What g keeps above zero on the grid, it keeps to zero between: over 4e4 random smiles that met it on the
    /// grid with 0 in its place, the least g anywhere was -0.0013.
    int256 internal constant MIN_DENSITY = 0.01e18;
    int256 private constant SQRT_2 = 1_414_213_562_373_095_048;
    int256 private constant CALENDAR_STEPS = 5;

    /// @dev A basis point of the forward ratio in millionths, and of vol in thousandths of a point.
    uint256 private constant FORWARD6_PER_BPS = 100;
    uint256 private constant VOL5_PER_BPS = 10;
    uint256 private constant WAD_PER_VOL5 = 1e13;
    uint256 private constant MILLION = 1e6;

    function smileOf(uint40 expiry, uint40 observedAt, SurfaceSmile stored) internal pure returns (Smile memory v) {
        v.expiry = expiry;
        v.tenor = expiry - observedAt;
        (v.a, v.b, v.rho, v.m, v.s) = stored.unpack();
        v.reach = Svi.reach(v.a, v.b, v.s);
    }

    /// @notice Total variance at `k`, which is brought within reach first.
    function varianceAt(Smile memory v, int256 k) internal pure returns (uint256) {
        return Svi.totalVariance(Svi.clamp(k, v.reach), v.a, v.b, v.rho, v.m, v.s);
    }

    // ---------------------------------------------------------------- one slice

    /// @notice Reverts unless the slice's parameters are within their bounds.
    function checkDomain(SurfaceSlice memory slice, Smile memory v) internal pure {
        uint40 expiry = slice.expiry;
        int256 ratio = int256(uint256(slice.forwardRatio9)) * 1e9;
        _requireWithin(expiry, "forwardRatio", ratio, MIN_FORWARD_RATIO, MAX_FORWARD_RATIO);
        _requireWithin(expiry, "rate", int256(slice.rate9) * 1e9, -MAX_RATE, MAX_RATE);
        _requireWithin(expiry, "rho", v.rho, -MAX_RHO, MAX_RHO);
        int256 wing = (int256(v.b) * (WAD + int256(FixedPoint.abs(v.rho)))) / WAD;
        _requireWithin(expiry, "wingSlope", wing, 0, MAX_WING_SLOPE);
        _requireWithin(expiry, "leastVol", _leastVol(v), MIN_VOL, MAX_VOL);
        int256 leastWidth = int256((v.reach + FixedPoint.abs(v.m)) / MAX_SHARPNESS + 1);
        _requireWithin(expiry, "s", int256(v.s), leastWidth, MAX_WIDTH);
        int256 reach = int256(v.reach);
        uint256 left = varianceAt(v, -reach);
        uint256 right = varianceAt(v, reach);
        uint256 largest = Svi.volatility(left > right ? left : right, v.tenor);
        _requireWithin(expiry, "largestVol", int256(largest), MIN_VOL, MAX_VOL);
    }

    /// @dev Vol where total variance is least, a + b * s * sqrt(1 - rho^2); negative where that is.
    function _leastVol(Smile memory v) private pure returns (int256) {
        uint256 sine = FixedPointMathLib.sqrt(uint256(WAD * WAD - v.rho * v.rho));
        int256 least = v.a + int256((v.b * v.s * sine) / uint256(WAD * WAD));
        return least < 0 ? least : int256(Svi.volatility(uint256(least), v.tenor));
    }

    /// @notice Reverts unless g is at least MIN_DENSITY at the forward, at both ends of the smile, and on the grid
    /// k = m +- s * sinh(u), u = 0, ln(2)/2, ln(2), ... between them.
    /// @dev In u a smile bends as fast everywhere, however sharp it is: a uniform grid in k would miss what a small s
    /// hides between two points. On it the root is s * cosh(u), so that no square root is taken.
    function checkButterfly(Smile memory v) internal pure {
        int256 reach = int256(v.reach);
        for (int256 k = -reach; k <= reach; k += reach) {
            int256 d = k - v.m;
            _requireDensity(v, d, FixedPointMathLib.sqrt(uint256(d * d) + v.s * v.s));
        }
        int256 s = int256(v.s);
        int256 e = WAD;
        while (true) {
            int256 inverse = (WAD * WAD) / e;
            int256 d = (s * (e - inverse)) / (2 * WAD);
            uint256 root = uint256((s * (e + inverse)) / (2 * WAD));
            if (v.m + d > reach && v.m - d < -reach) return;
            if (v.m + d <= reach && v.m + d >= -reach) _requireDensity(v, d, root);
            if (v.m - d <= reach && v.m - d >= -reach) _requireDensity(v, -d, root);
            e = (e * SQRT_2) / WAD;
        }
    }

    function _requireDensity(Smile memory v, int256 d, uint256 root) private pure {
        int256 g = Svi.density(d, root, v.a, v.b, v.rho, v.m, v.s);
        if (g >= MIN_DENSITY) return;
        revert ISurfaceOracle.SurfaceOracle_ButterflyArbitrage(v.expiry, v.m + d, g, MIN_DENSITY);
    }

    // ---------------------------------------------------------------- neighbours

    /// @notice Reverts unless at equal k the variance left to `near` is nowhere above that left to `far`: on 11 points
    /// over the wider of both reaches, where either turns flat, and on the grid of `checkButterfly` around the bend of
    /// `far`.
    /// @dev Variance left at time t is w * (expiry - t) / tenor: linear in t, not above at `near`'s expiry where it is
    /// zero, so what holds now holds until then. Between even points alone a sharp bend of `far` could dip out of
    /// sight: of 28,000 random pairs of smiles free of butterflies and alike in size, 20 points that were even but for
    /// seven around it let an excess of 11 % through, these at most 0.7 %.
    function checkCalendar(Smile memory near, Smile memory far, uint256 time) internal pure {
        int256 reach = int256(near.reach > far.reach ? near.reach : far.reach);
        for (int256 i = -CALENDAR_STEPS; i <= CALENDAR_STEPS; ++i) {
            _requireRising(near, far, time, (reach * i) / CALENDAR_STEPS);
        }
        _requireRising(near, far, time, -int256(near.reach));
        _requireRising(near, far, time, int256(near.reach));
        _requireRising(near, far, time, -int256(far.reach));
        _requireRising(near, far, time, int256(far.reach));
        int256 e = WAD;
        while (true) {
            int256 d = (int256(far.s) * (e - (WAD * WAD) / e)) / (2 * WAD);
            if (far.m + d > reach && far.m - d < -reach) return;
            if (far.m + d <= reach && far.m + d >= -reach) _requireRising(near, far, time, far.m + d);
            if (far.m - d <= reach && far.m - d >= -reach) _requireRising(near, far, time, far.m - d);
            e = (e * SQRT_2) / WAD;
        }
    }

    function _requireRising(Smile memory near, Smile memory far, uint256 time, int256 k) private pure {
        uint256 nearVariance = varianceAt(near, k);
        uint256 farVariance = varianceAt(far, k);
        unchecked {
            // Times are 40 bits, variances far below 2^100.
            uint256 nearTime = near.expiry - time;
            uint256 farTime = far.expiry - time;
            if (nearVariance * nearTime * far.tenor <= farVariance * farTime * near.tenor) return;
            nearVariance = (nearVariance * nearTime) / near.tenor;
            farVariance = (farVariance * farTime) / far.tenor;
        }
        revert ISurfaceOracle.SurfaceOracle_CalendarArbitrage(near.expiry, far.expiry, k, nearVariance, farVariance);
    }

    // ---------------------------------------------------------------- moves

    /// @notice The moves of the last hour with those from the stored surface to the new one. Reverts where they come to
    /// more than the limits.
    function movesWith(
        SurfaceHead head,
        Smile memory from,
        Smile memory to,
        uint32 forwardRatio9,
        MoveLimits memory limits
    ) internal view returns (uint64 forwardMoves, uint64 volMoves) {
        (forwardMoves, volMoves) = _movesNow(head);
        uint256 before = head.forwardRatio9();
        uint256 distance = FixedPointMathLib.dist(before, uint256(forwardRatio9));
        uint256 move = FixedPoint.mulDivUp(distance, MILLION, before);
        forwardMoves = _add(to.expiry, "forwardRatio", forwardMoves, move, limits.forwardBps * FORWARD6_PER_BPS);
        move = FixedPoint.divUp(_volMove(from, to), WAD_PER_VOL5);
        volMoves = _add(to.expiry, "vol", volMoves, move, limits.volBps * VOL5_PER_BPS);
    }

    /// @notice What the limits leave of the last hour.
    function movesLeft(
        SurfaceHead head,
        MoveLimits memory limits
    ) internal view returns (uint256 forward6, uint256 vol5) {
        (uint64 forwardMoves, uint64 volMoves) = _movesNow(head);
        forward6 = _left(forwardMoves, limits.forwardBps * FORWARD6_PER_BPS);
        vol5 = _left(volMoves, limits.volBps * VOL5_PER_BPS);
    }

    function _movesNow(SurfaceHead head) private view returns (uint64 forwardMoves, uint64 volMoves) {
        uint256 elapsed = MoveWindow.windowOf(block.timestamp) - head.window();
        return (head.forwardMoves().aged(elapsed), head.volMoves().aged(elapsed));
    }

    function _left(uint64 moves, uint256 limit) private pure returns (uint256) {
        return FixedPointMathLib.zeroFloorSub(limit, moves.sum());
    }

    function _add(
        uint40 expiry,
        bytes32 parameter,
        uint64 moves,
        uint256 move,
        uint256 limit
    ) private pure returns (uint64) {
        uint256 left = _left(moves, limit);
        // Nothing moved is always allowed, though limits may have been lowered since.
        if (move > left) revert ISurfaceOracle.SurfaceOracle_MoveOutOfBounds(expiry, parameter, move, left);
        return moves.add(move);
    }

    /// @dev At the money alone a smile could turn about it freely; its wings are looked at as well, at half weight.
    function _volMove(Smile memory from, Smile memory to) private pure returns (uint256 move) {
        int256 half = int256(to.reach / 2);
        move = _volDistance(from, to, 0);
        move = FixedPointMathLib.max(move, _volDistance(from, to, -half) / 2);
        move = FixedPointMathLib.max(move, _volDistance(from, to, half) / 2);
    }

    function _volDistance(Smile memory from, Smile memory to, int256 k) private pure returns (uint256) {
        uint256 before = Svi.volatility(varianceAt(from, k), from.tenor);
        return FixedPointMathLib.dist(before, Svi.volatility(varianceAt(to, k), to.tenor));
    }

    function _requireWithin(uint40 expiry, bytes32 parameter, int256 value, int256 lower, int256 upper) private pure {
        if (value >= lower && value <= upper) return;
        revert ISurfaceOracle.SurfaceOracle_ParameterOutOfBounds(expiry, parameter, value, lower, upper);
    }
}
