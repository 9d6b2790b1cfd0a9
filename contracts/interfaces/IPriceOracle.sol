// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PriceStatus} from "../types/Market.sol";

/// @notice The primary source of one underlying's price, one storage slot.
///
///     255               208 207        192 191         168 167        160 159            0
///     | referencePrice8    | confidence   | heartbeat     | decimals     | aggregator    |
///     | (48, 1e-8 USD)     | (16, bps)    | (24, seconds) | (8)          | (160)         |
struct Feed {
    /// @dev A Chainlink push feed quoted in USD.
    address aggregator;
    /// @dev Decimals of its answers, as of registration.
    uint8 decimals;
    /// @dev The feed promises an observation at least this often.
    uint24 heartbeat;
    /// @dev How far the price may stray between two observations: the feed's deviation threshold.
    uint16 confidenceBps;
    /// @dev Answers are usable between a tenth and ten times of this.
    uint48 referencePrice8;
}

/// @title Spot prices of underlyings
/// @notice Answers with a status rather than a revert, so that a sick feed stops what needs a price and nothing else.
interface IPriceOracle {
    event FeedRegistered(uint16 indexed underlying, Feed feed, string description);
    event FeedReplaced(uint16 indexed underlying, Feed from, Feed to, string description);
    /// @param from and to in USD Wad.
    event ReferencePriceChanged(uint16 indexed underlying, uint256 from, uint256 to);

    error PriceOracle_AlreadyRegistered(uint16 underlying, address aggregator);
    error PriceOracle_NotRegistered(uint16 underlying);
    /// @notice The address has no code, so it cannot be a feed.
    error PriceOracle_NotAContract(address aggregator);
    /// @notice A parameter is outside the bounds that are coded here.
    error PriceOracle_ParameterOutOfBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper);
    /// @notice A feed is taken on only while it answers with a fresh price near the reference: `price` (USD Wad) is
    /// zero where the answer was malformed, not positive, from the future or out of bounds.
    error PriceOracle_FeedNotFresh(address aggregator, uint256 price, uint40 updatedAt);
    /// @notice The feed failed on less gas than it is due, so its failure proves nothing: call again with more.
    error PriceOracle_InsufficientGas(uint256 available, uint256 needed);

    /// @notice The price of one unit of `underlying` and how far it may be relied on.
    /// @return price USD Wad, rounded down; zero only where status is Unusable. A price that is merely too old is
    /// returned all the same.
    /// @return confidence relative uncertainty conf_u, Wad: at least the feed's deviation threshold.
    /// @return updatedAt when the source observed it, unix seconds; zero where the price is.
    /// @return status Fresh up to heartbeat + grace, Aged up to two heartbeats, else Unusable.
    /// @dev Reverts only with PriceOracle_InsufficientGas.
    function read(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status);

    /// @notice The underlying's primary source; all zero where there is none.
    function feedOf(uint16 underlying) external view returns (Feed memory);

    /// @notice Gives an underlying without a feed its first. Restricted.
    /// @param heartbeat seconds, as the feed's publisher states it.
    /// @param confidenceBps the feed's deviation threshold.
    /// @param referencePrice USD Wad, rounded down to 1e-8 USD.
    function registerFeed(
        uint16 underlying,
        address aggregator,
        uint24 heartbeat,
        uint16 confidenceBps,
        uint256 referencePrice
    ) external;

    /// @notice Moves an underlying to another feed, or restates the terms of the one it has. Restricted.
    /// @dev The reference price stays, so the new feed must agree with it.
    function replaceFeed(uint16 underlying, address aggregator, uint24 heartbeat, uint16 confidenceBps) external;

    /// @notice Moves the reference price, at most by half or to twice at once. Restricted.
    /// @param referencePrice USD Wad, rounded down to 1e-8 USD.
    function setReferencePrice(uint16 underlying, uint256 referencePrice) external;
}
