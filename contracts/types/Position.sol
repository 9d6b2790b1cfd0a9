// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Instrument, Kind} from "../instruments/Instrument.sol";

/// @notice One position in one word: the instrument's id above, the balance below. A perpetual, whose id ends with its
/// underlying, keeps its index where an option has expiry and strike. Most options are stored in less (PackedOption).
///
///     255      248 247         232 231     192 191                    64 63              0
///     | kind (8)  | underlying (16) | zero (40) |  index (int128, Wad)   |  lots (int64)   |
///
///     255      248 247         232 231         200 199          136 135       64 63              0
///     | kind (8)  | underlying (16) | expiry (32)  |  strike (64)   | zero (72) |  lots (int64)   |
///
/// `lots` are signed units of 1e-8 of the underlying. `index` is the market's index (mark price minus cumulative
/// funding per unit) at which a perpetual was last settled: between then and now the position is worth
/// lots * (index now - index), and nothing at the moment it is settled.
/// Kind and underlying stand where `Instrument` has them, 136 bits higher.
type Position is uint256;

using PositionLibrary for Position global;

library PositionLibrary {
    uint256 internal constant INSTRUMENT_SHIFT = 136;
    uint256 internal constant EXPIRY_SHIFT = 200;
    uint256 internal constant UNDERLYING_SHIFT = 232;
    uint256 internal constant KIND_SHIFT = 248;
    uint256 internal constant INDEX_SHIFT = 64;
    uint256 internal constant LOTS_MASK = type(uint64).max;
    /// @dev Kind and underlying: all that identifies a perpetual.
    uint256 internal constant PERP_ID_MASK = uint256(type(uint24).max) << UNDERLYING_SHIFT;

    /// @notice A perpetual position of `lots_` last settled at `index_`.
    function perp(Instrument id, int64 lots_, int128 index_) internal pure returns (Position) {
        return
            Position.wrap(
                (uint256(Instrument.unwrap(id)) << INSTRUMENT_SHIFT) |
                    (uint256(uint128(index_)) << INDEX_SHIFT) |
                    uint64(lots_)
            );
    }

    /// @notice An option of `lots_`.
    function option(Instrument id, int64 lots_) internal pure returns (Position) {
        return Position.wrap((uint256(Instrument.unwrap(id)) << INSTRUMENT_SHIFT) | uint64(lots_));
    }

    /// @notice Signed size in units of 1e-8 of the underlying.
    function lots(Position p) internal pure returns (int64) {
        return int64(uint64(Position.unwrap(p)));
    }

    /// @notice A perpetual's market index (Wad USD per unit) at the last settlement.
    function index(Position p) internal pure returns (int128) {
        return int128(uint128(Position.unwrap(p) >> INDEX_SHIFT));
    }

    /// @notice The index of the underlying whose price drives the position.
    function underlying(Position p) internal pure returns (uint16) {
        return uint16(Position.unwrap(p) >> UNDERLYING_SHIFT);
    }

    /// @notice What is held.
    function instrument(Position p) internal pure returns (Instrument) {
        uint256 id = p.isOption() ? Position.unwrap(p) : Position.unwrap(p) & PERP_ID_MASK;
        return Instrument.wrap(uint120(id >> INSTRUMENT_SHIFT));
    }

    /// @notice Whether that is what is held.
    function isOf(Position p, Instrument id) internal pure returns (bool) {
        (uint256 shift, uint256 wanted) = key(id);
        return Position.unwrap(p) >> shift == wanted;
    }

    /// @notice A position of `id` is one that, shifted right by `shift`, is `wanted`: asked once before a search.
    function key(Instrument id) internal pure returns (uint256 shift, uint256 wanted) {
        shift = id.isOption() ? INSTRUMENT_SHIFT : UNDERLYING_SHIFT;
        wanted = uint256(Instrument.unwrap(id)) >> (shift - INSTRUMENT_SHIFT);
    }

    /// @notice The underlying and, of an option, the expiry: the same for all positions valued by the same.
    function group(Position p) internal pure returns (uint256) {
        return uint48(Position.unwrap(p) >> EXPIRY_SHIFT);
    }

    /// @notice Whether a call or a put is held: the two kinds differ in their last bit alone.
    function isOption(Position p) internal pure returns (bool) {
        return Position.unwrap(p) >> (KIND_SHIFT + 1) == uint256(Kind.Call) >> 1;
    }

    /// @notice When an option expires, unix seconds.
    function expiresAt(Position p) internal pure returns (uint256) {
        return uint32(Position.unwrap(p) >> EXPIRY_SHIFT);
    }

    /// @notice An option's strike, USD with 8 decimals.
    function strike8(Position p) internal pure returns (uint64) {
        return uint64(Position.unwrap(p) >> INSTRUMENT_SHIFT);
    }

    /// @notice An option's strike, Wad.
    function strike(Position p) internal pure returns (uint256) {
        // 64 bits times 34.
        unchecked {
            return uint256(p.strike8()) * 1e10;
        }
    }

    /// @notice Whether an option is a call.
    function isCall(Position p) internal pure returns (bool) {
        return Position.unwrap(p) >> KIND_SHIFT == uint256(Kind.Call);
    }

    /// @notice The same position with another size.
    function withLots(Position p, int64 lots_) internal pure returns (Position) {
        return Position.wrap((Position.unwrap(p) & ~LOTS_MASK) | uint64(lots_));
    }

    /// @notice The same position settled at another index.
    function withIndex(Position p, int128 index_) internal pure returns (Position) {
        return
            Position.wrap(
                (Position.unwrap(p) & ~(uint256(type(uint128).max) << INDEX_SHIFT)) |
                    (uint256(uint128(index_)) << INDEX_SHIFT)
            );
    }
}
