// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {LibSort} from "solady/src/utils/LibSort.sol";

import {Kind} from "../instruments/Instrument.sol";
import {Position, PositionLibrary} from "../types/Position.sol";

/// @notice What options of one underlying and expiry lose at most when they are settled.
/// @dev What they pay is linear in the price between strikes. At zero puts alone pay, and less the higher the price; at
/// a strike the slope grows by the lots held there, since a call begins to pay and a put ceases to fall. So one walk
/// over the strikes, sorted, passes every corner.
library ExpiryLoss {
    /// @dev A lot times the unit of a strike is 1e-16 USD.
    int256 private constant PAYOFF_UNIT = 100;
    /// @dev A leg is a strike of 64 bits above lots of 64: sorted by the strike.
    uint256 private constant STRIKE_SHIFT = 64;
    /// @dev What tells a put from a call in a position that is shifted down to its expiry.
    uint256 private constant PUT_BIT = 1 << (PositionLibrary.KIND_SHIFT - PositionLibrary.EXPIRY_SHIFT);

    /// @notice max over x in {0} and the strikes of -sum(size * payoff(x)), USD Wad, exactly; negative where they can
    /// only win. Where the expiry is not net short of calls nothing beyond the highest strike is worse.
    /// @param underlying below 2^16.
    /// @param expiresAt unix seconds, below 2^32.
    function worst(
        Position[] calldata positions,
        uint256 underlying,
        uint256 expiresAt
    ) internal pure returns (int256 loss) {
        (uint256[] memory legs, int256 payoff, int256 slope) = _group(positions, underlying, expiresAt);
        LibSort.sort(legs);
        int256 least = payoff;
        uint256 price;
        // What n options pay is below n * 2^127.
        unchecked {
            for (uint256 i; i < legs.length; ++i) {
                uint256 strike = legs[i] >> STRIKE_SHIFT;
                payoff += slope * int256(strike - price);
                if (payoff < least) least = payoff;
                slope += int64(uint64(legs[i]));
                price = strike;
            }
            return -least * PAYOFF_UNIT;
        }
    }

    /// @return legs strike and lots of the options of that expiry, in no order.
    /// @return payoff what they pay at a price of zero.
    /// @return slope what that grows by with the price just above.
    function _group(
        Position[] calldata positions,
        uint256 underlying,
        uint256 expiresAt
    ) private pure returns (uint256[] memory legs, int256 payoff, int256 slope) {
        legs = new uint256[](positions.length);
        uint256 calls = (((uint256(Kind.Call) << 16) | underlying) << 32) | expiresAt;
        uint256 count;
        unchecked {
            for (uint256 i; i < positions.length; ++i) {
                uint256 word = Position.unwrap(positions[i]);
                uint256 series = word >> PositionLibrary.EXPIRY_SHIFT;
                if (series & ~PUT_BIT != calls) continue;
                uint256 strike = uint64(word >> PositionLibrary.INSTRUMENT_SHIFT);
                legs[count++] = (strike << STRIKE_SHIFT) | uint64(word);
                if (series == calls) continue;
                int256 lots = int64(uint64(word));
                payoff += lots * int256(strike);
                slope -= lots;
            }
        }
        // Nothing was allocated since, so what is left over can be given back.
        assembly ("memory-safe") {
            mstore(legs, count)
            mstore(0x40, add(legs, shl(5, add(count, 1))))
        }
    }
}
