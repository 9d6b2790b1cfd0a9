// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice How far a price may be relied on. The order matters: higher may do more.
enum PriceStatus {
    Unusable, // nothing may be judged by it: absent, out of bounds, from the future, or older than two heartbeats
    Aged, // liquidation and reduction of risk only
    Fresh // everything
}

/// @dev Of the structs below in memory and in ABI encoding, for those who copy them whole: a word for each field.
uint256 constant MARKET_BYTES = 15 * 0x20;
uint256 constant ASSESSMENT_BYTES = 5 * 0x20;

/// @notice What a frame knows of one underlying: read once, shared by every account the frame touches, and all that a
/// margin model needs. Prices, vols and rates are Wad; USD amounts are Wad.
struct Market {
    uint256 underlying;
    PriceStatus status;
    /// @dev S, the oracle's price of one unit.
    uint256 spot;
    /// @dev P, the perpetual's mark price: spot * (1 + basis).
    uint256 mark;
    /// @dev Mark price minus cumulative funding per unit; what perpetuals are settled against.
    int256 index;
    /// @dev conf_u, the oracle's relative confidence.
    uint256 confidence;
    /// @dev sigma_d, the forecast volatility of one day, not annualised.
    uint256 dailyVol;
    /// @dev Standard margin: IM% = min(1, max(baseRate, volMultiplier * dailyVol) + slope * notional / depth).
    uint256 baseRate;
    uint256 volMultiplier;
    uint256 slope;
    uint256 depth;
    /// @dev MM% = maintenanceRatio * IM%.
    uint256 maintenanceRatio;
    /// @dev sigma_ref: the standard margin of short options grows as dailyVol does beyond it.
    uint256 referenceVol;
    /// @dev Portfolio margin: PR0, the least price move the core scenarios reach.
    uint256 priceRange;
    /// @dev kappa_u, how much of what other underlyings offset is credited.
    uint256 credit;
}

/// @notice What a margin model says of an account. USD, Wad. Equity counts losses rounded up, requirements are rounded
/// up.
struct Assessment {
    /// @dev E*, with collateral at full price.
    int256 equity;
    /// @dev E_IM and E_MM, with collateral after its haircut for each requirement.
    int256 equityForInitial;
    int256 equityForMaintenance;
    uint256 initialMargin;
    uint256 maintenanceMargin;
}
