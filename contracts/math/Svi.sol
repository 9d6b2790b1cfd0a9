// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice Gatheral's raw SVI: the total variance of one expiry as a function of log-moneyness k = ln(K / F),
/// w(k) = a + b * (rho * (k - m) + sqrt((k - m)^2 + s^2)).
/// @dev Everything is Wad. `a` alone may be below zero: the least variance is a + b * s * sqrt(1 - rho^2).
/// Domain: |k|, |m|, s and b at most 1e21, |a| at most 1e39, |rho| at most 1e18. There nothing overflows.
library Svi {
    int256 private constant WAD = 1e18;
    uint256 private constant YEAR = 31_536_000;

    /// @dev RISK section 1: smiles are read as far as this many times sqrt(a + b * s) from the forward.
    uint256 private constant REACH = 4;

    /// @notice w(k), never above the exact value and less than 1 + b wei (b as a number) below it; zero where the exact
    /// value is below zero.
    function totalVariance(
        int256 k,
        int256 a,
        uint256 b,
        int256 rho,
        int256 m,
        uint256 s
    ) internal pure returns (uint256) {
        unchecked {
            int256 d = k - m;
            return varianceAt(d, FixedPointMathLib.sqrt(uint256(d * d) + s * s), a, b, rho);
        }
    }

    /// @notice w where k - m is `d` and sqrt(d^2 + s^2) is `root`.
    function varianceAt(int256 d, uint256 root, int256 a, uint256 b, int256 rho) internal pure returns (uint256) {
        unchecked {
            int256 w = a + (int256(b) * (rho * d + int256(root) * WAD)) / (WAD * WAD);
            return w > 0 ? uint256(w) : 0;
        }
    }

    /// @notice How far from the forward the smile is read, 4 * sqrt(a + b * s), rounded down: beyond it vol is flat.
    /// @dev a + b * s is positive where the least variance is.
    function reach(int256 a, uint256 b, uint256 s) internal pure returns (uint256) {
        unchecked {
            int256 level = a * WAD + int256(b * s);
            return level > 0 ? REACH * FixedPointMathLib.sqrt(uint256(level)) : 0;
        }
    }

    /// @notice `k` brought within `limit` of the forward.
    function clamp(int256 k, uint256 limit) internal pure returns (int256) {
        return FixedPointMathLib.clamp(k, -int256(limit), int256(limit));
    }

    /// @notice Annual volatility of a total variance over `tenor` seconds, sqrt(w * 31,536,000 / tenor), rounded down:
    /// within sqrt(1e-18) wei of it, relative, and 1 wei.
    /// @param tenor must not be zero.
    function volatility(uint256 w, uint256 tenor) internal pure returns (uint256) {
        unchecked {
            return FixedPointMathLib.sqrt((w * YEAR * uint256(WAD)) / tenor);
        }
    }

    /// @notice Gatheral's g where k - m is `d` and sqrt(d^2 + s^2) is `root`, Wad: the density of the price at expiry
    /// has its sign. Zero variance gives the least number.
    /// @dev g = (1 - k w' / 2w)^2 - (w'^2 / 4) * (1/w + 1/4) + w'' / 2, with w' = b * (rho + d / root) and
    /// w'' = b * s^2 / root^3. For s and w of at least 1e6 wei nothing overflows; the error is below 1e-9 where w is at
    /// least 1e9 wei and |k| at most 100 * sqrt(w).
    function density(
        int256 d,
        uint256 root,
        int256 a,
        uint256 b,
        int256 rho,
        int256 m,
        uint256 s
    ) internal pure returns (int256) {
        unchecked {
            int256 w = int256(varianceAt(d, root, a, b, rho));
            if (w == 0) return type(int256).min;
            int256 slope = (int256(b) * (rho * int256(root) + d * WAD)) / (int256(root) * WAD);
            int256 ratio = int256((s * uint256(WAD)) / root);
            int256 curvature = (((int256(b) * ratio) / WAD) * ratio) / int256(root);
            int256 t = WAD - ((d + m) * slope) / (2 * w);
            int256 squared = (slope * slope) / WAD;
            return (t * t) / WAD - (squared * WAD) / (4 * w) - squared / 16 + curvature / 2;
        }
    }
}
