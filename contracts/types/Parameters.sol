// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Governed parameters of one perpetual market, one storage slot.
struct MarketParams {
    /// @dev im0: initial margin rate at low volatility and size zero.
    uint16 baseRateBps;
    /// @dev Initial margin rate per unit of daily volatility, in basis points (28,000 is 2.8).
    uint16 volMultiplierBps;
    /// @dev What the rate grows by when the notional equals the depth.
    uint16 slopeBps;
    /// @dev Maintenance margin as a part of initial margin.
    uint16 maintenanceRatioBps;
    uint16 takerFeeBps;
    uint16 makerFeeBps;
    /// @dev Whole USD.
    uint64 depth;
    /// @dev Open interest, whole USD, over all accounts; one account may hold a quarter.
    uint64 openInterestCap;
}

/// @notice Where the parameters that are on their way to `MarketParams` set out: the values in force when these were
/// set, in the units of `Market`. What raises margin acts little by little over 24 hours from `since`; what lowers it
/// acts at once, and stands here as it was set.
struct MarketRamp {
    uint256 baseRate;
    uint256 volMultiplier;
    uint256 slope;
    uint256 maintenanceRatio;
    uint256 depth;
    /// @dev Unix seconds; zero, as all of it, where the last change raised nothing.
    uint40 since;
}

/// @notice Governed parameters of one underlying's options, and of what portfolio margin asks of it.
struct OptionParams {
    /// @dev PR0: the least price move that the core scenarios of portfolio margin reach.
    uint16 priceRangeBps;
    /// @dev kappa: how much of what other underlyings offset portfolio margin credits.
    uint16 creditBps;
    /// @dev sigma_ref: beyond this daily volatility the standard margin of short options grows with it.
    uint16 referenceVolBps;
    /// @dev Of the underlying's notional, and at most an eighth of the premium.
    uint16 takerFeeBps;
    uint16 makerFeeBps;
    /// @dev Options bought and not sold again, whole USD of the underlying, over all accounts; one account may hold a
    /// quarter, bought and sold together.
    uint64 openInterestCap;
}

/// @notice Where the parameters that are on their way to `OptionParams` set out, as in `MarketRamp`.
struct OptionRamp {
    uint256 priceRange;
    uint256 credit;
    uint256 referenceVol;
    uint40 since;
}

/// @notice Which strikes of an expiry may be opened: lowest, lowest + step, ... highest. USD with 8 decimals, as in
/// the ids of options.
struct StrikeRule {
    uint64 lowest;
    uint64 highest;
    uint64 step;
}

/// @notice The external parts the ledger consults. Replaced only after an announcement.
struct Modules {
    address priceOracle;
    address basisOracle;
    address volatilityOracle;
    address surfaceOracle;
    address expirySettlement;
    address auction;
    address vault;
}
