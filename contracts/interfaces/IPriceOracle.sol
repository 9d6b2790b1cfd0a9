// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PriceStatus} from "../types/Market.sol";

/// @notice The primary source of one underlying's price.
struct Feed {
    /// @dev A Chainlink push feed quoted in USD.
    address aggregator;
    /// @dev Decimals of its answers, as of registration.
    uint8 decimals;
    /// @dev The feed promises an observation at least this often, seconds.
    uint24 heartbeat;
    /// @dev How far the price may stray between two observations: the feed's deviation threshold.
    uint16 confidenceBps;
    /// @dev Answers are usable between a tenth and ten times of this, 1e-8 USD.
    uint48 referencePrice8;
}

/// @notice A source of its own that the primary is held against. Its answers have the primary's bounds.
struct SecondFeed {
    /// @dev Zero where there is none.
    address aggregator;
    uint8 decimals;
    uint24 heartbeat;
    /// @dev Beyond this distance from the primary, in parts of the primary, new risk is refused.
    uint16 maxDeviationBps;
}

/// @notice What one source says by itself.
struct Observation {
    /// @dev USD Wad; zero where the source failed, is malformed, from the future or out of bounds.
    uint256 price;
    /// @dev Zero where the price is.
    uint40 updatedAt;
    /// @dev By the source's own heartbeat and nothing else.
    PriceStatus status;
}

/// @title Spot prices of underlyings
/// @notice Answers with a status rather than a revert, so that a sick feed stops what needs a price and nothing else.
///
/// The price is the primary's. What else is known of it lowers the status, and never raises it:
/// - sources further apart than their maximum deviation, or a guardian's stop: at most Aged;
/// - the sequencer up for less than 30 minutes: at most Aged; down, unknown, or up for less than 5: Unusable.
/// While the primary is Unusable a usable second source stands in for it, at most Aged.
interface IPriceOracle {
    event FeedRegistered(uint16 indexed underlying, Feed feed, string description);
    event FeedReplaced(uint16 indexed underlying, Feed from, Feed to, string description);
    /// @notice All zero in `from` or `to`: there was none before, or is none any more.
    event SecondFeedChanged(uint16 indexed underlying, SecondFeed from, SecondFeed to, string description);
    /// @param from and to in USD Wad.
    event ReferencePriceChanged(uint16 indexed underlying, uint256 from, uint256 to);
    /// @notice Nothing that needs a fresh price of `underlying` is possible before `until`, unless lifted.
    event Stopped(uint16 indexed underlying, uint256 until);
    /// @param until when the stop would have run out.
    event StopLifted(uint16 indexed underlying, uint256 until);

    error PriceOracle_AlreadyRegistered(uint16 underlying, address aggregator);
    error PriceOracle_NotRegistered(uint16 underlying);
    /// @notice The underlying has no second source.
    error PriceOracle_NoSecondFeed(uint16 underlying);
    /// @notice The address has no code, so it cannot be a feed.
    error PriceOracle_NotAContract(address aggregator);
    /// @notice It answers nothing that a sequencer uptime feed can answer.
    error PriceOracle_NotASequencerFeed(address aggregator);
    /// @notice A parameter is outside the bounds that are coded here.
    error PriceOracle_ParameterOutOfBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper);
    /// @notice A feed is taken on only while it answers with a fresh price near the reference: `price` (USD Wad) is
    /// zero where the answer was malformed, not positive, from the future or out of bounds.
    error PriceOracle_FeedNotFresh(address aggregator, uint256 price, uint40 updatedAt);
    /// @notice No source is taken on that contradicts the other. `price` is its own, `other` the other's, USD Wad.
    error PriceOracle_SourcesDisagree(address aggregator, uint256 price, uint256 other, uint256 maxDeviationBps);
    /// @notice The underlying was stopped before, and may be again from `from` on.
    error PriceOracle_StopTooSoon(uint16 underlying, uint256 from);
    error PriceOracle_NotStopped(uint16 underlying);
    /// @notice The feed failed on less gas than it is due, so its failure proves nothing: call again with more.
    error PriceOracle_InsufficientGas(uint256 available, uint256 needed);

    /// @notice The price of one unit of `underlying` and how far it may be relied on.
    /// @return price USD Wad, rounded down; zero only where status is Unusable. A price that is merely too old is
    /// returned all the same.
    /// @return confidence relative uncertainty conf_u, Wad, rounded up: the distance between the sources while both are
    /// usable, at most the maximum deviation, which it is while the second stands in; at least the primary's threshold.
    /// @return updatedAt when the source of `price` observed it, unix seconds; zero where the price is.
    /// @return status Fresh up to heartbeat + grace, Aged up to two heartbeats, else Unusable; lowered as above.
    /// @dev Reverts only with PriceOracle_InsufficientGas.
    function read(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status);

    /// @notice The same but for a guardian's stop: for what only measures the market, and so can do no harm meanwhile.
    /// @dev Were volatility not sampled during a stop it would widen, and a stop must not raise anybody's margin.
    function readDespiteStop(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status);

    /// @notice The lowest and the highest answer that is usable, USD Wad: a tenth and ten times of the reference price.
    /// Both zero where the underlying has no feed.
    function boundsOf(uint16 underlying) external view returns (uint256 lower, uint256 upper);

    /// @notice The underlying's primary source; all zero where there is none.
    function feedOf(uint16 underlying) external view returns (Feed memory);

    /// @notice The underlying's second source; all zero where there is none.
    function secondFeedOf(uint16 underlying) external view returns (SecondFeed memory);

    /// @notice What each source says by itself; all zero where there is none.
    /// @dev Reverts only with PriceOracle_InsufficientGas.
    function observe(
        uint16 underlying
    ) external view returns (Observation memory primary, Observation memory secondary);

    /// @notice The guardian's stop of an underlying.
    /// @return until when it runs out, unix seconds; zero where it is not stopped.
    /// @return stoppableFrom when it may be stopped again; zero where it never was.
    function stopOf(uint16 underlying) external view returns (uint256 until, uint256 stoppableFrom);

    /// @notice The chain's sequencer uptime feed; zero where the chain has no sequencer.
    function sequencerFeed() external view returns (address);

    /// @notice The most that any price may be relied on because of the sequencer, Fresh where there is none, and since
    /// when it has been up, unix seconds; zero where it is down, unknown or absent.
    /// @dev Reverts only with PriceOracle_InsufficientGas.
    function sequencer() external view returns (PriceStatus limit, uint256 upSince);

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
    /// @dev The reference price stays, so the new feed must agree with it; and with the second source, where that is
    /// usable.
    function replaceFeed(uint16 underlying, address aggregator, uint24 heartbeat, uint16 confidenceBps) external;

    /// @notice Gives an underlying a second source, or another one, or restates its terms. Restricted.
    /// @param heartbeat seconds, as the feed's publisher states it.
    /// @dev It must be fresh, within the primary's bounds, and agree with the primary where that is fresh.
    function setSecondFeed(uint16 underlying, address aggregator, uint24 heartbeat, uint16 maxDeviationBps) external;

    /// @notice Leaves an underlying with its primary source alone. Restricted.
    function removeSecondFeed(uint16 underlying) external;

    /// @notice Moves the reference price, at most by half or to twice at once. Restricted.
    /// @param referencePrice USD Wad, rounded down to 1e-8 USD.
    function setReferencePrice(uint16 underlying, uint256 referencePrice) external;

    /// @notice Lowers the status of an underlying's price to Aged for 24 hours: no new risk, but reductions and
    /// liquidation. It cannot be stopped again until 24 hours after that. Restricted.
    function stop(uint16 underlying) external;

    /// @notice Ends a stop early. When the underlying may be stopped again stays the same. Restricted.
    function lift(uint16 underlying) external;
}
