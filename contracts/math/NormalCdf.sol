// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @dev Where in memory the table lies.
type NormalTable is uint256;

using NormalCdf for NormalTable global;

/// @title The standard normal distribution from a table
/// @notice An argument is given as its **place**, its distance from -8, in units of 2^-53; a value is in the same
/// units: 1 is 2^53. Error at most 8e-13. Below -8 the value is 0 and from 8 on it is 1, which is off by 7e-16.
///
/// The table cuts [-8, 8) into 512 intervals of 1/32, a word each. With t the place within the interval, a fraction of
/// 48 bits, the value is the polynomial c0 + t (c1 + t (c2 + t (c3 + t c4))), its coefficients signed and packed as
///
///     255      192 191      144 143       96 95        48 47         0
///     | c0 (64)   | c1 (48)    | c2 (48)    | c3 (48)    | c4 (48)   |
///
/// Horner's rule needs each coefficient shifted by as many bits as t has been multiplied in, which is where it lies in
/// the word. So nothing is shifted: what lies above is cut off with the sign extended, and what lies below is a
/// fraction of the coefficient's last unit that the table has been rounded for.
/// @dev sdk/math/normalTable.ts computes the table and explains it.
library NormalCdf {
    /// @dev Of the contract that carries the table: a byte that stops whoever calls it, and 512 words.
    bytes32 internal constant TABLE_CODEHASH = 0x3513c2628d0f38bb1c07c6a8475c174090962604ac7fb47724ce1194ec74a997;
    uint256 internal constant TABLE_BYTES = 512 * 32;

    uint256 internal constant ONE = 1 << 53;
    /// @dev The place of zero.
    uint256 internal constant MIDDLE = 8 << 53;
    /// @dev Intervals to one, times 1e18: what makes a slope a density in Wad.
    uint256 private constant INTERVALS = 32e18;
    /// @dev The place where the value is 1: what is not below it as an unsigned number is outside the table.
    uint256 internal constant END = 16 << 53;

    /// @notice Whether `carrier` is a contract with the table.
    function carriedBy(address carrier) internal view returns (bool) {
        return carrier.codehash == TABLE_CODEHASH;
    }

    /// @notice Brings the table into memory from a contract that carries it, to a multiple of 32 below 2^24: that is
    /// how Solidity allocates, and more memory than that nobody can pay for.
    function load(address carrier) internal view returns (NormalTable table) {
        assembly ("memory-safe") {
            table := mload(0x40)
            mstore(0x40, add(table, TABLE_BYTES))
            extcodecopy(carrier, table, 1, TABLE_BYTES)
        }
    }

    /// @notice The distribution at `place`, which may be anywhere, also below zero.
    function at(NormalTable table, int256 place) internal pure returns (uint256 value) {
        if (place < 0) return 0;
        if (place >= int256(END)) return ONE;
        return table.inside(uint256(place));
    }

    /// @notice The distribution at `place`, and its density there, Wad, as the slope of the table's polynomial: off by
    /// at most 8e-10, and zero beyond the table. `Density` is exact, and costs ten times as much.
    function withSlope(NormalTable table, int256 place) internal pure returns (uint256 value, uint256 density) {
        if (place < 0) return (0, 0);
        if (place >= int256(END)) return (ONE, 0);
        assembly ("memory-safe") {
            let word := mload(add(table, and(shr(43, place), 0x3fe0)))
            let t := and(place, 0xffffffffffff)
            // Horner's rule, and once more on what it comes by: that is the derivative.
            let slope := mul(signextend(5, word), t)
            value := add(slope, signextend(11, word))
            slope := add(slope, value)
            value := add(mul(value, t), signextend(17, word))
            slope := add(mul(slope, t), value)
            value := add(mul(value, t), signextend(23, word))
            slope := add(mul(slope, t), value)
            value := shr(192, add(mul(value, t), word))
            slope := sar(97, mul(sar(100, slope), INTERVALS))
            density := mul(slope, sgt(slope, 0))
        }
    }

    /// @notice The distribution at `place`, which must be below `END`.
    function inside(NormalTable table, uint256 place) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            let word := mload(add(table, and(shr(43, place), 0x3fe0)))
            let t := and(place, 0xffffffffffff)
            value := add(mul(signextend(5, word), t), signextend(11, word))
            value := add(mul(value, t), signextend(17, word))
            value := add(mul(value, t), signextend(23, word))
            value := shr(192, add(mul(value, t), word))
        }
    }
}
