// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What moved within the last hour, as four numbers of 16 bits: the present twenty minutes lowest, the three
/// twenties before above.
/// @dev Any 60 minutes lie within four such twenties, so while the sum of four is kept within a limit, no 60 minutes
/// ever see more than it. A leaky bucket would let nearly twice of it through.
library MoveWindow {
    uint256 internal constant WINDOW = 20 minutes;
    uint256 private constant WIDTH = 16;
    uint256 private constant WINDOWS = 4;
    uint256 private constant MASK = type(uint16).max;

    /// @notice The number of the twenty minutes that `time` lies in.
    function windowOf(uint256 time) internal pure returns (uint24) {
        return uint24(time / WINDOW);
    }

    /// @notice The same moves `elapsed` windows later.
    function aged(uint64 moves, uint256 elapsed) internal pure returns (uint64) {
        return elapsed < WINDOWS ? uint64(uint256(moves) << (WIDTH * elapsed)) : 0;
    }

    function sum(uint64 moves) internal pure returns (uint256 total) {
        for (uint256 rest = moves; rest != 0; rest >>= WIDTH) total += rest & MASK;
    }

    /// @notice The moves with another in the present window; their sum must stay within 16 bits.
    function add(uint64 moves, uint256 move) internal pure returns (uint64) {
        return moves + uint64(move);
    }
}
