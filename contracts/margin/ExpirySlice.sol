// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Black76} from "../math/Black76.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Svi} from "../math/Svi.sol";
import {Expiry} from "../types/Expiry.sol";
import {Position} from "../types/Position.sol";
import {CallTerms, ScenarioKernel} from "./ScenarioKernel.sol";

/// @dev Of the struct below in memory, for who lets nobody clear it.
uint256 constant SLICE_BYTES = 20 * 0x20;

/// @notice An expiry of which options are held: what all of them share, prepared once, and what adds up over them.
/// Wad; USD for the sums.
struct Slice {
    uint256 expiresAt;
    /// @dev T and its root, years.
    uint256 time;
    uint256 sqrtTime;
    uint256 forward;
    uint256 discount;
    /// @dev What the forward is worth now: df * F.
    uint256 presentForward;
    int256 a;
    uint256 b;
    int256 rho;
    int256 m;
    uint256 s;
    uint256 tenor;
    /// @dev Beyond this log-moneyness, either way, volatility is what it is there.
    uint256 reach;
    /// @dev What volatility is multiplied by in the scenarios.
    uint256 up;
    uint256 down;
    /// @dev Whether it is more than 30 days away.
    bool far;
    /// @dev Sums over the options held: net delta in USD, vega * sigma, value, and lots of calls.
    int256 delta;
    int256 vega;
    int256 value;
    int256 callLots;
}

/// @notice Prepares what the scenario kernel needs of an expiry and its options: RISK sections 1 and 3.
library ExpirySlice {
    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;
    /// @dev The volatility states: up by a half and down by three tenths at thirty days, more before and less beyond by
    /// these powers, and never below these volatilities.
    uint256 private constant RISE = 0.5e18;
    uint256 private constant FALL = 0.3e18;
    int256 private constant NEAR_POWER = 0.3e18;
    int256 private constant FAR_POWER = 0.13e18;
    uint256 private constant LEAST_UP = 0.5e18;
    uint256 private constant LEAST_DOWN = 0.05e18;
    /// @dev Below these the legs of any option keep within 256 bits.
    uint256 private constant MOST_FORWARD = 1 << 120;
    uint256 private constant MOST_DISCOUNT = 1 << 64;

    /// @notice What the options of an expiry share, for an underlying that costs `spot`.
    /// @param x takes it, whatever was in it.
    function prepare(Slice memory x, Expiry calldata e, uint256 spot) internal pure {
        uint256 left = e.timeLeft;
        x.expiresAt = e.expiresAt;
        x.time = (left * WAD) / YEAR;
        x.sqrtTime = FixedPointMathLib.sqrt((left * (WAD * WAD)) / YEAR);
        // Of an expiry that nobody reported nothing is known: its options count as what they would pay now, like those
        // of one that is past. And there is no logarithm of a forward that rounds to nothing.
        x.forward = e.forwardRatio == 0 ? spot : (spot * e.forwardRatio) / WAD;
        if (x.forward == 0) x.forward = 1;
        x.discount = WAD;
        if (e.rate != 0) x.discount = uint256(FixedPointMathLib.expWad(-(e.rate * int256(left)) / int256(YEAR)));
        x.presentForward = (x.forward * x.discount) / WAD;
        (x.a, x.b, x.rho, x.m, x.s, x.tenor) = (e.a, e.b, e.rho, e.m, e.s, e.tenor == 0 ? 1 : e.tenor);
        x.reach = Svi.reach(e.a, e.b, e.s);
        x.far = left > 30 days;
        (x.delta, x.vega, x.value, x.callLots) = (0, 0, 0, 0);
        uint256 shock = uint256(
            FixedPointMathLib.powWad(
                int256((30 days * WAD) / (left > 1 days ? left : 1 days)),
                x.far ? FAR_POWER : NEAR_POWER
            )
        );
        x.up = ((WAD + (RISE * shock) / WAD) * (WAD + e.widening)) / WAD;
        x.down = ((WAD - (FALL * shock) / WAD) * WAD) / (WAD + e.widening);
        if (x.forward >= MOST_FORWARD || x.discount >= MOST_DISCOUNT) {
            revert IMarginModel.MarginModel_ExpiryOutOfRange(x.expiresAt, x.forward, x.discount);
        }
    }

    /// @notice Puts an option of the expiry into `c` as the kernel takes it; refused where it is too large for that.
    function setTerms(Slice memory x, CallTerms memory c, Position p) internal pure {
        unchecked {
            uint256 strike = p.strike();
            int256 lots = p.lots();
            int256 k = logMoneyness(x, strike);
            uint256 volatility = volatilityAt(x, k);
            uint256 sqrtTime = x.sqrtTime;
            c.moneyness = -k;
            c.spotLeg = lots * int256(x.presentForward);
            c.strikeLeg = lots * int256(strike * x.discount);
            c.flat = Black76.width(volatility, sqrtTime);
            uint256 shocked = (volatility * x.up) / WAD;
            c.up = Black76.width(shocked < LEAST_UP ? LEAST_UP : shocked, sqrtTime);
            shocked = (volatility * x.down) / WAD;
            c.down = Black76.width(shocked < LEAST_DOWN ? LEAST_DOWN : shocked, sqrtTime);
        }
        if (
            FixedPoint.abs(c.spotLeg) >= ScenarioKernel.MAX_SPOT_LEG ||
            FixedPoint.abs(c.strikeLeg) >= ScenarioKernel.MAX_STRIKE_LEG
        ) revert IMarginModel.MarginModel_TooLarge(p);
    }

    /// @notice ln(K / F), Wad. A strike that rounds to nothing beside the forward has no logarithm, and is as far as
    /// one can be.
    function logMoneyness(Slice memory x, uint256 strike) internal pure returns (int256) {
        unchecked {
            uint256 ratio = (strike * WAD) / x.forward;
            return FixedPointMathLib.lnWad(int256(ratio == 0 ? 1 : ratio));
        }
    }

    /// @notice sigma at log-moneyness `k`, a year.
    function volatilityAt(Slice memory x, int256 k) internal pure returns (uint256) {
        uint256 variance = Svi.totalVariance(Svi.clamp(k, x.reach), x.a, x.b, x.rho, x.m, x.s);
        return Svi.volatility(variance, x.tenor);
    }
}
