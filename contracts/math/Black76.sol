// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Density} from "./Density.sol";
import {NormalCdf, NormalTable} from "./NormalCdf.sol";

/// @notice An option to be valued, for one unit of the underlying. Wad.
struct OptionTerms {
    bool call;
    /// @dev Above zero.
    uint256 spot;
    /// @dev phi: the forward is spot * phi.
    uint256 forwardRatio;
    uint256 strike;
    /// @dev ln(F / K).
    int256 moneyness;
    /// @dev sigma, a year.
    uint256 volatility;
    /// @dev T and its root, years.
    uint256 time;
    uint256 sqrtTime;
    /// @dev r, and the discount factor e^(-rT).
    int256 rate;
    uint256 discount;
}

/// @notice What an option's value changes with: RISK section 4. Wad, for one unit of the underlying.
struct Greeks {
    int256 delta;
    int256 gamma;
    int256 vega;
    int256 theta;
    int256 rho;
}

/// @notice Black's formula of 1976 for European options on a forward.
/// @dev With d1 = ln(F / K) / v + v / 2, d2 = d1 - v and v = sigma * sqrt(T), a call is worth
/// df * (F * N(d1) - K * N(d2)).
library Black76 {
    /// @dev The least v that is told from none: a fraction of a basis point over a minute.
    uint256 private constant LEAST_WIDTH = 1e9;
    int256 private constant WAD = 1e18;
    int256 private constant ONE = int256(NormalCdf.ONE);

    /// @notice sigma * sqrt(T), Wad, and never quite zero. The product must be below 2^256.
    function width(uint256 volatility, uint256 sqrtTime) internal pure returns (uint256 v) {
        unchecked {
            v = (volatility * sqrtTime) / uint256(WAD);
            if (v < LEAST_WIDTH) v = LEAST_WIDTH;
        }
    }

    /// @notice What turns a moneyness into places of the normal table: d1 is at `moneyness * inverse / 2^64 + start`,
    /// and d2 is `between` below.
    /// @param v what `width` gave.
    function lane(uint256 v) internal pure returns (uint256 inverse, uint256 start, uint256 between) {
        unchecked {
            // Nothing asks whether it is zero: `width` never is.
            inverse = FixedPointMathLib.rawDiv(1 << 117, v);
            start = NormalCdf.MIDDLE + (v << 52) / uint256(WAD);
            between = (v << 53) / uint256(WAD);
        }
    }

    /// @notice The places of d1 and d2.
    function places(int256 moneyness, uint256 v) internal pure returns (int256 place1, int256 place2) {
        (uint256 inverse, uint256 start, uint256 between) = lane(v);
        unchecked {
            place1 = ((moneyness * int256(inverse)) >> 64) + int256(start);
            place2 = place1 - int256(between);
        }
    }

    /// @notice Value of one unit, Wad, rounded down: off by at most 8e-13 of forward and strike together, never below
    /// what it would pay if the forward stayed where it is, and never above what it can pay at most, both discounted.
    function value(NormalTable table, OptionTerms memory o) internal pure returns (uint256) {
        uint256 forward = (o.spot * o.forwardRatio) / uint256(WAD);
        (int256 place1, int256 place2) = places(o.moneyness, width(o.volatility, o.sqrtTime));
        int256 line = int256(forward) - int256(o.strike);
        int256 paid = (int256(forward) * int256(table.at(place1)) - int256(o.strike) * int256(table.at(place2))) / ONE;
        int256 most = int256(o.call ? forward : o.strike);
        if (!o.call) (paid, line) = (paid - line, -line);
        int256 least = line > 0 ? line : int256(0);
        if (paid < least) paid = least;
        else if (paid > most) paid = most;
        return (uint256(paid) * o.discount) / uint256(WAD);
    }

    /// @notice The Greeks: delta dV/dS, gamma d2V/dS2, vega dV/dsigma (for 1.00 of volatility, that of the strike),
    /// theta dV/dt and rho dV/dr, a year; the forward ratio stays. Vega and theta of what expires now are zero.
    function greeks(NormalTable table, OptionTerms memory o) internal pure returns (Greeks memory g) {
        uint256 v = width(o.volatility, o.sqrtTime);
        (int256 place1, ) = places(o.moneyness, v);
        int256 density = int256(Density.at(place1));
        int256 weight = int256(table.at(place1)) - (o.call ? int256(0) : ONE);
        int256 presentRatio = int256((o.forwardRatio * o.discount) / uint256(WAD));
        int256 presentForward = (int256(o.spot) * presentRatio) / WAD;
        g.delta = (presentRatio * weight) / ONE;
        g.gamma = (((presentRatio * density) / int256(o.spot)) * WAD) / int256(v);
        int256 worth = int256(value(table, o));
        g.rho = -(int256(o.time) * worth) / WAD;
        g.theta = (o.rate * worth) / WAD;
        if (o.time != 0) {
            int256 scaled = (presentForward * density) / WAD;
            g.vega = (scaled * int256(o.sqrtTime)) / WAD;
            g.theta -= (scaled * int256(o.volatility)) / (2 * int256(o.sqrtTime));
        }
    }
}
