// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {PriceStatus} from "../types/Market.sol";

/// @notice How far a price may be relied on, given what is known of its sources. Prices and deviations are Wad, times
/// and ages seconds.
library PriceRules {
    using FixedPoint for uint256;

    /// @dev What an observation may be late by before it is too old for new risk.
    uint256 internal constant GRACE = 10 minutes;
    /// @dev How long the sequencer must have been up for anything at all, and for new risk.
    uint256 internal constant SEQUENCER_GRACE = 5 minutes;
    uint256 internal constant SEQUENCER_GRACE_FOR_RISK = 30 minutes;

    /// @notice The status of an observation of that age.
    /// @dev Liquidation may never need a fresher price than new risk does, or nobody could act on what was just opened:
    /// a feed whose heartbeat is shorter than the grace is usable exactly as long as it is fresh, and never Aged.
    function statusAt(uint256 age, uint24 heartbeat) internal pure returns (PriceStatus) {
        unchecked {
            if (age <= heartbeat + GRACE) return PriceStatus.Fresh;
            return age <= uint256(heartbeat) * 2 ? PriceStatus.Aged : PriceStatus.Unusable;
        }
    }

    /// @notice The age, seconds, up to which `statusAt` calls an observation usable.
    function usableFor(uint24 heartbeat) internal pure returns (uint256) {
        return FixedPointMathLib.max(heartbeat + GRACE, uint256(heartbeat) * 2);
    }

    /// @notice The most that prices may be relied on while the sequencer has been up since `upSince`, zero where it is
    /// not known to be.
    /// @dev After an outage the feeds tell prices that owners could not yet act on. First they can top up; then those
    /// who did not can be liquidated; and only then may anybody trade against whom the outage surprised.
    function sequencerLimit(uint256 upSince) internal view returns (PriceStatus) {
        uint256 upFor = upSince == 0 ? 0 : block.timestamp - upSince;
        if (upFor < SEQUENCER_GRACE) return PriceStatus.Unusable;
        return upFor < SEQUENCER_GRACE_FOR_RISK ? PriceStatus.Aged : PriceStatus.Fresh;
    }

    /// @notice What a usable second source makes of the primary's status, and how far the price is then in doubt.
    /// @param price the primary's, of any value where `primary` is Unusable: then the second stands in.
    /// @dev Who might gain by it:
    ///
    /// The distance between the sources adds margin. It stops counting at the maximum deviation: whoever holds the
    /// weaker feed could otherwise answer ten times the price and have everybody liquidated at once.
    ///
    /// Sources further apart stop new risk and withdrawals beside positions. So whoever holds the primary can neither
    /// trade against the venue at a price of their own nor take out what that price gave them. Whoever holds the second
    /// can stop the market while it lasts, and earns nothing. Liquidation goes on, at the primary: to stop it would let
    /// either feed's holder keep the insolvent, and to move it to the second would put it into the weaker hands.
    ///
    /// A second source that stands in makes nothing possible but reducing and liquidating. If it did, whoever can
    /// silence the primary would choose which feed to trade at; and if it did not stand in, the death of a feed in a
    /// crash would leave every loss of that crash to the venue.
    ///
    /// A second source that is itself of no use changes nothing: this is not asked. The underlying is then as one that
    /// never had any. If it counted, to break the weaker of two feeds would be enough to stop a market or to raise its
    /// margins, and two feeds would be less reliable than one.
    function heldAgainst(
        PriceStatus primary,
        uint256 price,
        uint256 secondary,
        uint256 maxDeviation
    ) internal pure returns (PriceStatus status, uint256 doubt) {
        if (primary == PriceStatus.Unusable) return (PriceStatus.Aged, maxDeviation);
        doubt = deviation(price, secondary);
        if (doubt > maxDeviation) return (atMost(primary, PriceStatus.Aged), maxDeviation);
        status = primary;
    }

    /// @notice How far apart two prices are, in parts of the primary's, rounded up.
    function deviation(uint256 price, uint256 secondary) internal pure returns (uint256) {
        return FixedPointMathLib.dist(price, secondary).mulDivUp(FixedPoint.WAD, price);
    }

    /// @notice The lower of the two.
    function atMost(PriceStatus status, PriceStatus limit) internal pure returns (PriceStatus) {
        return status < limit ? status : limit;
    }
}
