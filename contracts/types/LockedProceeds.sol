// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What an account gained by reducing positions at the last good mark, while their prices were unusable; and
/// the underlyings whose prices those were, one storage slot.
///
///     255                       144 143     136 135    128 127                              0
///     | underlyings (7 x uint16)  | zero      | count    | amount (uint128, USD Wad)        |
type LockedProceeds is uint256;

using LockedProceedsLibrary for LockedProceeds global;

library LockedProceedsLibrary {
    uint256 internal constant MOST_UNDERLYINGS = 7;
    uint256 private constant COUNT = 128;
    uint256 private constant UNDERLYINGS = 144;
    uint256 private constant WIDTH = 16;

    function amount(LockedProceeds p) internal pure returns (uint256) {
        return uint128(LockedProceeds.unwrap(p));
    }

    /// @notice How many underlyings there are.
    function count(LockedProceeds p) internal pure returns (uint256) {
        return uint8(LockedProceeds.unwrap(p) >> COUNT);
    }

    /// @notice The underlying in place `at`, below `count`.
    function underlying(LockedProceeds p, uint256 at) internal pure returns (uint16) {
        return uint16(LockedProceeds.unwrap(p) >> (UNDERLYINGS + WIDTH * at));
    }

    function withAmount(LockedProceeds p, uint128 amount_) internal pure returns (LockedProceeds) {
        return LockedProceeds.wrap((LockedProceeds.unwrap(p) & ~uint256(type(uint128).max)) | amount_);
    }

    /// @notice With an underlying more, if it is not there already.
    /// @return known false where there is no room for it.
    function withUnderlying(LockedProceeds p, uint16 id) internal pure returns (LockedProceeds, bool known) {
        uint256 there = p.count();
        for (uint256 at; at < there; ++at) if (p.underlying(at) == id) return (p, true);
        if (there == MOST_UNDERLYINGS) return (p, false);
        uint256 word = LockedProceeds.unwrap(p) + (1 << COUNT);
        return (LockedProceeds.wrap(word | (uint256(id) << (UNDERLYINGS + WIDTH * there))), true);
    }
}
