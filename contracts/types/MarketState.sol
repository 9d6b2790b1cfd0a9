// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice The state of one perpetual market.
struct MarketState {
    /// @dev Cumulative funding per unit that longs have paid, USD Wad.
    int96 cumulativeFunding;
    uint32 fundedAt;
    /// @dev Sum of all long positions, lots; equals the sum of all shorts.
    uint64 openInterest;
    /// @dev The basis oracle's integral when funding was last accrued.
    int64 basisIntegral;
    /// @dev Cash between losers who have settled and winners who have not, USD Wad. Negative while losers are
    /// unsettled.
    int128 pot;
    /// @dev The last mark price the ledger settled anyone at, USD Wad.
    uint128 lastMark;
}
