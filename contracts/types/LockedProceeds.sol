// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What an account gained by reducing positions at the last good mark, while their prices were unusable; and
/// the underlyings whose prices those were, one storage slot.
///
///     255                       128 127                              0
///     | underlyings (8 x uint16)  | amount (uint128, USD Wad)        |
///
/// An underlying of zero is none.
type LockedProceeds is uint256;

using LockedProceedsLibrary for LockedProceeds global;

library LockedProceedsLibrary {
    uint256 internal constant MOST_UNDERLYINGS = 8;
    uint256 private constant UNDERLYINGS = 128;
    uint256 private constant WIDTH = 16;

    function amount(LockedProceeds p) internal pure returns (uint256) {
        return uint128(LockedProceeds.unwrap(p));
    }

    /// @notice The underlying in place `at` of `MOST_UNDERLYINGS`; zero where there is none.
    function underlying(LockedProceeds p, uint256 at) internal pure returns (uint16) {
        return uint16(LockedProceeds.unwrap(p) >> (UNDERLYINGS + WIDTH * at));
    }

    function withAmount(LockedProceeds p, uint128 amount_) internal pure returns (LockedProceeds) {
        return LockedProceeds.wrap((LockedProceeds.unwrap(p) & ~uint256(type(uint128).max)) | amount_);
    }

    /// @notice With an underlying more, if it is not there already.
    /// @return found false where there is no room for it.
    function withUnderlying(LockedProceeds p, uint16 id) internal pure returns (LockedProceeds, bool found) {
        for (uint256 at; at < MOST_UNDERLYINGS; ++at) {
            uint16 there = p.underlying(at);
            if (there == id) return (p, true);
            if (there == 0) {
                return (
                    LockedProceeds.wrap(LockedProceeds.unwrap(p) | (uint256(id) << (UNDERLYINGS + WIDTH * at))),
                    true
                );
            }
        }
        return (p, false);
    }
}
