// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPoint} from "../math/FixedPoint.sol";
import {Market} from "../types/Market.sol";
import {OptionParams, OptionRamp} from "../types/Parameters.sol";

/// @notice OptionParams and what they ramp from, in one of a market's words in Settings. What raises margin ramps in
/// over 24 hours, as in Ramps, in steps of a thousandth of a basis point:
///
///     255      216 215         192 191     168 167         144 143      80 79       64 63       48 47          0
///     | since      | referenceVol | credit    | priceRange    | oiCap    | makerFee  | takerFee  | the targets |
///     |            |             ramped from (24 each)        |          |           |           | (16 each)   |
///
/// A word of zero is an underlying whose options were never governed: the tightest that may be set is in force.
library OptionTerms {
    using FixedPoint for uint256;

    uint256 internal constant MOST_PRICE_RANGE_BPS = 6_000;
    uint256 internal constant LEAST_REFERENCE_VOL_BPS = 50;
    uint256 private constant DURATION = 24 hours;
    uint256 private constant BPS_STEP = FixedPoint.WAD / FixedPoint.BPS;
    /// @dev Wad in a thousandth of a basis point.
    uint256 private constant STEP = BPS_STEP / 1_000;

    uint256 private constant CREDIT_SHIFT = 16;
    uint256 private constant REFERENCE_SHIFT = 32;
    uint256 private constant TAKER_SHIFT = 48;
    uint256 private constant MAKER_SHIFT = 64;
    uint256 private constant CAP_SHIFT = 80;
    /// @dev From here on the word says what is ramped from.
    uint256 internal constant FROM_SHIFT = 144;
    uint256 private constant FROM_CREDIT_SHIFT = 168;
    uint256 private constant FROM_REFERENCE_SHIFT = 192;
    uint256 private constant SINCE_SHIFT = 216;

    function takerFeeBps(uint256 word) internal pure returns (uint256) {
        return uint16(word >> TAKER_SHIFT);
    }

    function makerFeeBps(uint256 word) internal pure returns (uint256) {
        return uint16(word >> MAKER_SHIFT);
    }

    /// @notice Whole USD.
    function openInterestCap(uint256 word) internal pure returns (uint256) {
        return uint64(word >> CAP_SHIFT);
    }

    /// @notice Puts into `m` what is in force now.
    function setInForce(Market memory m, uint256 word) internal view {
        if (word == 0) {
            (m.priceRange, m.credit, m.referenceVol) = (
                MOST_PRICE_RANGE_BPS * BPS_STEP,
                0,
                LEAST_REFERENCE_VOL_BPS * BPS_STEP
            );
            return;
        }
        unchecked {
            m.priceRange = uint256(uint16(word)) * BPS_STEP;
            m.credit = uint256(uint16(word >> CREDIT_SHIFT)) * BPS_STEP;
            m.referenceVol = uint256(uint16(word >> REFERENCE_SHIFT)) * BPS_STEP;
        }
        uint256 since = word >> SINCE_SHIFT;
        if (since == 0) return;
        uint256 elapsed = block.timestamp - since;
        if (elapsed >= DURATION) return;
        m.priceRange = _risen(_from(word, FROM_SHIFT), m.priceRange, elapsed);
        m.credit = _fallen(_from(word, FROM_CREDIT_SHIFT), m.credit, elapsed);
        m.referenceVol = _fallen(_from(word, FROM_REFERENCE_SHIFT), m.referenceVol, elapsed);
    }

    /// @notice The word once `p` replaces what `word` says. A change that names the same targets leaves a ramp as it
    /// runs.
    function changed(uint256 word, OptionParams memory p) internal view returns (uint256 next) {
        next =
            uint256(p.priceRangeBps) |
            (uint256(p.creditBps) << CREDIT_SHIFT) |
            (uint256(p.referenceVolBps) << REFERENCE_SHIFT) |
            (uint256(p.takerFeeBps) << TAKER_SHIFT) |
            (uint256(p.makerFeeBps) << MAKER_SHIFT) |
            (uint256(p.openInterestCap) << CAP_SHIFT);
        if (word != 0 && uint48(word) == uint48(next)) return next | ((word >> FROM_SHIFT) << FROM_SHIFT);
        Market memory now_;
        setInForce(now_, word);
        Market memory target;
        setInForce(target, next);
        bool raised =
            target.priceRange > now_.priceRange ||
                target.credit < now_.credit ||
                target.referenceVol < now_.referenceVol;
        if (!raised) return next;
        if (now_.priceRange > target.priceRange) now_.priceRange = target.priceRange;
        if (now_.credit < target.credit) now_.credit = target.credit;
        if (now_.referenceVol < target.referenceVol) now_.referenceVol = target.referenceVol;
        next |=
            ((now_.priceRange / STEP) << FROM_SHIFT) |
            ((now_.credit / STEP) << FROM_CREDIT_SHIFT) |
            ((now_.referenceVol / STEP) << FROM_REFERENCE_SHIFT) |
            (block.timestamp << SINCE_SHIFT);
    }

    function unpack(uint256 word) internal pure returns (OptionParams memory p) {
        p.priceRangeBps = uint16(word);
        p.creditBps = uint16(word >> CREDIT_SHIFT);
        p.referenceVolBps = uint16(word >> REFERENCE_SHIFT);
        p.takerFeeBps = uint16(takerFeeBps(word));
        p.makerFeeBps = uint16(makerFeeBps(word));
        p.openInterestCap = uint64(openInterestCap(word));
    }

    function unpackRamp(uint256 word) internal pure returns (OptionRamp memory) {
        return
            OptionRamp({
                priceRange: _from(word, FROM_SHIFT),
                credit: _from(word, FROM_CREDIT_SHIFT),
                referenceVol: _from(word, FROM_REFERENCE_SHIFT),
                since: uint40(word >> SINCE_SHIFT)
            });
    }

    function _from(uint256 word, uint256 shift) private pure returns (uint256) {
        return uint24(word >> shift) * STEP;
    }

    /// @dev Both are whole steps, `to` no less than `from`; rounded up.
    function _risen(uint256 from, uint256 to, uint256 elapsed) private pure returns (uint256) {
        return from + ((to - from) / STEP).mulDivUp(elapsed, DURATION) * STEP;
    }

    /// @dev Both are whole steps, `to` no more than `from`; rounded down.
    function _fallen(uint256 from, uint256 to, uint256 elapsed) private pure returns (uint256) {
        return from - ((from - to) / STEP).mulDivUp(elapsed, DURATION) * STEP;
    }
}
