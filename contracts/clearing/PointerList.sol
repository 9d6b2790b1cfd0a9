// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountFrame, MarketFrame, Payout} from "./Frame.sol";

/// @notice A memory list that grows by doubling, of pointers to structs. Solidity's own memory arrays cannot grow, and
/// making one of structs allocates every struct in it.
library PointerList {
    /// @notice The list with one more element. Use the result in place of `list`, which may have moved.
    function append(uint256[] memory list, uint256 pointer) internal pure returns (uint256[] memory grown) {
        uint256 count = list.length;
        grown = list;
        unchecked {
            // Capacity is the power of two at or above the length, so room runs out exactly at powers of two.
            if (count & (count - 1) == 0) {
                grown = new uint256[](count == 0 ? 1 : 2 * count);
                for (uint256 i; i < count; ++i) grown[i] = list[i];
            }
        }
        assembly ("memory-safe") {
            mstore(grown, add(count, 1))
            mstore(add(add(grown, 0x20), shl(5, count)), pointer)
        }
    }

    function pointerTo(AccountFrame memory a) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := a
        }
    }

    function pointerTo(MarketFrame memory m) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := m
        }
    }

    function pointerTo(Payout memory p) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := p
        }
    }

    function toAccount(uint256 pointer) internal pure returns (AccountFrame memory a) {
        assembly ("memory-safe") {
            a := pointer
        }
    }

    function toMarket(uint256 pointer) internal pure returns (MarketFrame memory m) {
        assembly ("memory-safe") {
            m := pointer
        }
    }

    function toPayout(uint256 pointer) internal pure returns (Payout memory p) {
        assembly ("memory-safe") {
            p := pointer
        }
    }
}
