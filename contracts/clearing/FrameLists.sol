// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountFrame, MarketFrame, Payout} from "./Frame.sol";

/// @notice Memory lists of structs that grow by doubling. Solidity's own memory arrays cannot grow, and making one of
/// structs allocates every struct in it; underneath, each is a list of pointers, and that is what is copied here.
library FrameLists {
    /// @dev Most frames have fewer accounts than this, and none has to move them.
    uint256 private constant FIRST_CAPACITY = 4;

    /// @notice A list of `count` words that nobody cleared: whoever makes it writes each before one is read.
    function uncleared(uint256 count) internal pure returns (uint256[] memory list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(0x40, add(list, shl(5, add(count, 1))))
            mstore(list, count)
        }
    }

    /// @notice How many elements a list of `count` has room for.
    function capacityFor(uint256 count) internal pure returns (uint256 capacity) {
        capacity = FIRST_CAPACITY;
        while (capacity < count) capacity <<= 1;
    }

    /// @notice The list with one more element. Use the result in place of `list`, which may have moved.
    function append(
        AccountFrame[] memory list,
        AccountFrame memory element
    ) internal pure returns (AccountFrame[] memory grown) {
        uint256[] memory pointers;
        uint256 pointer;
        assembly ("memory-safe") {
            pointers := list
            pointer := element
        }
        pointers = append(pointers, pointer);
        assembly ("memory-safe") {
            grown := pointers
        }
    }

    /// @notice The list with one more element. Use the result in place of `list`, which may have moved.
    function append(
        MarketFrame[] memory list,
        MarketFrame memory element
    ) internal pure returns (MarketFrame[] memory grown) {
        uint256[] memory pointers;
        uint256 pointer;
        assembly ("memory-safe") {
            pointers := list
            pointer := element
        }
        pointers = append(pointers, pointer);
        assembly ("memory-safe") {
            grown := pointers
        }
    }

    /// @notice The list with one more element. Use the result in place of `list`, which may have moved.
    function append(Payout[] memory list, Payout memory element) internal pure returns (Payout[] memory grown) {
        uint256[] memory pointers;
        uint256 pointer;
        assembly ("memory-safe") {
            pointers := list
            pointer := element
        }
        pointers = append(pointers, pointer);
        assembly ("memory-safe") {
            grown := pointers
        }
    }

    /// @notice The list with one more word. Use the result in place of `list`, which may have moved.
    /// @param list with room for `capacityFor` its length, or empty.
    function append(uint256[] memory list, uint256 word) internal pure returns (uint256[] memory grown) {
        uint256 count = list.length;
        grown = list;
        if (count == 0) {
            grown = uncleared(FIRST_CAPACITY);
        } else if (count >= FIRST_CAPACITY && count & (count - 1) == 0) {
            // From there on capacity is the power of two at or above the length: room runs out exactly at one.
            grown = uncleared(2 * count);
            for (uint256 i; i < count; ++i) grown[i] = list[i];
        }
        assembly ("memory-safe") {
            mstore(grown, add(count, 1))
            mstore(add(add(grown, 0x20), shl(5, count)), word)
        }
    }
}
