// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Position} from "../types/Position.sol";
import {FrameLists} from "./FrameLists.sol";

/// @notice Memory lists of positions. A book of a hundred options is walked dozens of times, so nothing is checked
/// that the walk itself sees to: every place is below the list's length, or just behind it in `append`.
library PositionLists {
    using PositionLists for Position[];

    /// @notice The position at a place of the list.
    function get(Position[] memory list, uint256 place) internal pure returns (Position p) {
        assembly ("memory-safe") {
            p := mload(add(add(list, 0x20), shl(5, place)))
        }
    }

    /// @notice Puts a position at a place of the list.
    function set(Position[] memory list, uint256 place, Position p) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(list, 0x20), shl(5, place)), p)
        }
    }

    /// @notice A list of `count` positions that nobody cleared: whoever makes it writes each before one is read. It has
    /// room for `append`: memory that is never written costs nothing.
    function uncleared(uint256 count) internal pure returns (Position[] memory list) {
        uint256[] memory words = FrameLists.uncleared(FrameLists.capacityFor(count));
        assembly ("memory-safe") {
            mstore(words, count)
            list := words
        }
    }

    /// @notice Another list of the same positions.
    function copy(Position[] memory list) internal pure returns (Position[] memory copied) {
        uint256 count = list.length;
        copied = uncleared(count);
        assembly ("memory-safe") {
            mcopy(add(copied, 0x20), add(list, 0x20), shl(5, count))
        }
    }

    /// @notice The list with one more position. Use the result in place of `list`, which may have moved.
    /// @param list made here, or empty.
    function append(Position[] memory list, Position p) internal pure returns (Position[] memory grown) {
        uint256[] memory words;
        assembly ("memory-safe") {
            words := list
        }
        words = FrameLists.append(words, Position.unwrap(p));
        assembly ("memory-safe") {
            grown := words
        }
    }

    /// @notice Takes a position off the list. The last one like it, a perpetual or an option, takes its place: they are
    /// stored apart (PositionStore), and of neither more than one moves. The list only shrinks, so its memory stays.
    function remove(Position[] memory list, uint256 place) internal pure {
        bool option = list.get(place).isOption();
        uint256 last = list.length - 1;
        uint256 at = last;
        while (list.get(at).isOption() != option) --at;
        list.set(place, list.get(at));
        for (; at < last; ++at) list.set(at, list.get(at + 1));
        assembly ("memory-safe") {
            mstore(list, last)
        }
    }
}
