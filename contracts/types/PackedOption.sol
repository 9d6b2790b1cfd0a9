// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Kind} from "../instruments/Instrument.sol";
import {Position, PositionLibrary} from "./Position.sol";

/// @notice An option in half a storage slot, as all options are stored that fit: reading and writing slots is most of
/// what a large book costs. The strike is mantissa * 10^exponent, in USD with 8 decimals.
///
///     127       126        117 116        85 84           81 80            56 55          0
///     | put (1) | underlying   | expiry (32) | exponent (4) | mantissa (25) | lots (int56) |
///     |         | (10)         |             |              |               |              |
type PackedOption is uint128;

using PackedOptionLibrary for PackedOption global;

library PackedOptionLibrary {
    uint256 private constant MANTISSA_SHIFT = 56;
    uint256 private constant EXPONENT_SHIFT = 81;
    uint256 private constant EXPIRY_SHIFT = 85;
    uint256 private constant UNDERLYING_SHIFT = 117;
    uint256 private constant PUT_SHIFT = 127;
    uint256 private constant MOST_MANTISSA = (1 << 25) - 1;
    uint256 private constant MOST_UNDERLYING = (1 << 10) - 1;

    /// @notice The option `p` in half a slot, where it fits: a strike of at most seven digits, and fewer than 3.6e8 of
    /// the underlying.
    function pack(Position p) internal pure returns (PackedOption packed, bool fits) {
        unchecked {
            // No strike has as many digits as an exponent can say.
            uint256 mantissa = p.strike8();
            uint256 exponent;
            while (mantissa > MOST_MANTISSA && mantissa % 10 == 0) {
                mantissa /= 10;
                ++exponent;
            }
            int64 lots = p.lots();
            fits = mantissa <= MOST_MANTISSA && p.underlying() <= MOST_UNDERLYING && int56(lots) == lots;
            uint256 word = (p.isCall() ? 0 : 1 << PUT_SHIFT) | (uint256(p.underlying()) << UNDERLYING_SHIFT);
            word |= (p.expiresAt() << EXPIRY_SHIFT) | (exponent << EXPONENT_SHIFT) | (mantissa << MANTISSA_SHIFT);
            packed = PackedOption.wrap(uint128(word | uint56(int56(lots))));
        }
    }

    /// @notice The same option as a position.
    function unpack(PackedOption packed) internal pure returns (Position) {
        unchecked {
            uint256 word = PackedOption.unwrap(packed);
            uint256 strike8 = ((word >> MANTISSA_SHIFT) & MOST_MANTISSA) * 10 ** ((word >> EXPONENT_SHIFT) & 0xf);
            // Puts follow calls.
            uint256 id = (uint256(Kind.Call) + (word >> PUT_SHIFT)) << PositionLibrary.KIND_SHIFT;
            id |= ((word >> UNDERLYING_SHIFT) & MOST_UNDERLYING) << PositionLibrary.UNDERLYING_SHIFT;
            id |= uint256(uint32(word >> EXPIRY_SHIFT)) << PositionLibrary.EXPIRY_SHIFT;
            id |= strike8 << PositionLibrary.INSTRUMENT_SHIFT;
            return Position.wrap(id | uint64(int64(int56(uint56(word)))));
        }
    }
}
