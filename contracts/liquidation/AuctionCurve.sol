// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Distress} from "../interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AuctionClockLibrary} from "./AuctionClock.sol";

/// @title The price curve of liquidations: what a slice of an account below maintenance costs, and how large it may be
/// @notice USD and ratios are Wad. Letters are those of the margin mathematics, section 7: E equity for maintenance,
/// E* equity at full price, M maintenance margin, d discount, f fraction sold, pi payment into the account.
/// @dev The constants are no parameters: they are the curve that was reviewed, and another curve is another module,
/// registered through the timelock. Fractions and payments are computed exactly, at 1e36 a USD, and rounded once.
/// Products fit in 256 bits while E and M stay below 1e22 USD: the ledger's widths keep them there, and beyond it they
/// revert.
library AuctionCurve {
    using SafeCast for uint256;

    int256 private constant WAD = int256(FixedPoint.WAD);

    /// @dev Auction seconds, Wad: half the discount at 15 minutes, all of it at 60 (section 7).
    uint256 internal constant HALF_DISCOUNT_AT = 15 minutes * 1e18;
    uint256 internal constant FULL_DISCOUNT_AT = AuctionClockLibrary.END;
    uint256 internal constant HALF_DISCOUNT = 0.5e18;
    uint256 internal constant FULL_DISCOUNT = 1e18;

    /// @dev Auction seconds a second: 1, and up to 2 more as the account loses its margin (section 7).
    uint256 internal constant BASE_RATE = 1e18;
    uint256 internal constant RATE_SPAN = 2e18;

    /// @dev Below 200 USD of margin a rest would not be worth another liquidation (section 7).
    uint256 internal constant SMALL_ACCOUNT = 200e18;
    /// @dev Below a quarter of its margin an account may be sold whole (section 7).
    int256 internal constant NEAR_BANKRUPTCY = 0.25e18;
    /// @dev E'/M' that a sale in part aims at (section 7).
    int256 internal constant TARGET_HEALTH = 1.1e18;
    /// @dev The part of M that the vault adds to a deficit, as the bidder's reward (section 7).
    uint256 internal constant MAX_COVERED_DISCOUNT = 0.2e18;

    /// @notice d after `clock` Wad auction seconds, rounded down: in favour of the account.
    function discountDown(uint256 clock) internal pure returns (uint256) {
        if (clock >= FULL_DISCOUNT_AT) return FULL_DISCOUNT;
        if (clock < HALF_DISCOUNT_AT) return (HALF_DISCOUNT * clock) / HALF_DISCOUNT_AT;
        return
            HALF_DISCOUNT +
            ((FULL_DISCOUNT - HALF_DISCOUNT) * (clock - HALF_DISCOUNT_AT)) / (FULL_DISCOUNT_AT - HALF_DISCOUNT_AT);
    }

    /// @notice How many auction seconds a second is worth, 1 + 2 * clamp((M - E) / M, 0, 1), rounded down: a slower
    /// auction favours the account.
    /// @dev Without equity the rate is the highest, which also settles M = 0.
    function rateDown(Distress memory x) internal pure returns (uint256) {
        if (x.equityForMaintenance <= 0) return BASE_RATE + RATE_SPAN;
        uint256 equity = uint256(x.equityForMaintenance);
        if (equity >= x.maintenanceMargin) return BASE_RATE;
        return BASE_RATE + (RATE_SPAN * (x.maintenanceMargin - equity)) / x.maintenanceMargin;
    }

    /// @notice The largest f a bid may take, at most 1e18. Rounded up, so that the account then stands at E' >= 1.10 M'
    /// exactly (where M is linear in size, higher where it grows faster) and not a wei below it.
    /// @dev Zero for an account that already stands there.
    function largestFractionUp(Distress memory x, uint256 d) internal pure returns (uint256) {
        uint256 m = x.maintenanceMargin;
        if (m < SMALL_ACCOUNT) return FixedPoint.WAD; // M = 0 among them
        int256 margin = m.toInt256();
        int256 equity = x.equityForMaintenance * WAD;
        if (equity < NEAR_BANKRUPTCY * margin) return FixedPoint.WAD;
        int256 left = x.equity * WAD - (d * m).toInt256();
        if (left < 0) return FixedPoint.WAD;
        int256 missing = TARGET_HEALTH * margin - equity;
        if (missing <= 0) return 0;
        return FixedPoint.mulDivUp(uint256(missing), FixedPoint.WAD, uint256(missing + left));
    }

    /// @notice pi = f * max(0, E* - d * M), rounded up: the bidder pays the account.
    function paymentUp(Distress memory x, uint256 d, uint256 fraction) internal pure returns (uint256) {
        int256 left = x.equity * WAD - (d * x.maintenanceMargin).toInt256();
        if (left <= 0) return 0;
        return FixedPoint.mulDivUp(fraction, uint256(left), FixedPoint.WAD * FixedPoint.WAD);
    }

    /// @notice What the vault is asked for, f * (-E* + min(d, 0.2) * M) while E* < 0 and nothing otherwise, rounded
    /// down: the vault pays the bidder.
    /// @dev The reward is first rounded down to a wei: the ledger's own bound is, and must not refuse this for less.
    function coverDown(Distress memory x, uint256 d, uint256 fraction) internal pure returns (uint256) {
        if (x.equity >= 0) return 0;
        uint256 reward = ((d < MAX_COVERED_DISCOUNT ? d : MAX_COVERED_DISCOUNT) * x.maintenanceMargin) / FixedPoint.WAD;
        return (fraction * (FixedPoint.abs(x.equity) + reward)) / FixedPoint.WAD;
    }
}
