// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PriceStatus} from "../types/Market.sol";

/// @title Spot prices of underlyings
/// @notice Answers with a status rather than a revert, so that a sick feed stops what needs a price and nothing else.
interface IPriceOracle {
    /// @notice The price of one unit of `underlying` and how far it may be relied on.
    /// @return price USD Wad; zero only where status is Unusable.
    /// @return confidence relative uncertainty conf_u, Wad: at least the feed's deviation threshold.
    /// @return updatedAt when the source observed it, unix seconds.
    /// @return status Fresh up to heartbeat + grace, Aged up to two heartbeats, else Unusable.
    function read(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status);
}
