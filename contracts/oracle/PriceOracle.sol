// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Feed, IPriceOracle, Observation, SecondFeed} from "../interfaces/IPriceOracle.sol";
import {PriceStatus} from "../types/Market.sol";
import {ChainlinkFeed} from "./ChainlinkFeed.sol";
import {PriceRules} from "./PriceRules.sol";

/// @title The price oracle over Chainlink push feeds
/// @dev A read costs one storage slot and the feed's own gas; a second slot and feed where there is a second source,
/// the second slot alone where there was a stop, and the sequencer's feed where the chain has one.
contract PriceOracle is IPriceOracle, AccessManaged {
    /// @dev What stands beside the primary, one storage slot.
    ///
    ///     255    248 247       208 207            192 191          168 167       160 159           0
    ///     | lifted  | stoppedAt   | maxDeviationBps  | heartbeat      | decimals    | aggregator   |
    ///     | (8)     | (40)        | (16, bps)        | (24, seconds)  | (8)         | (160)        |
    struct Guard {
        address aggregator;
        uint8 decimals;
        uint24 heartbeat;
        uint16 maxDeviationBps;
        /// @dev When the guardian last stopped the underlying, zero if never.
        uint40 stoppedAt;
        bool lifted;
    }

    uint256 private constant MIN_HEARTBEAT = 1 minutes;
    uint256 private constant MAX_HEARTBEAT = 1 days;
    uint256 private constant MIN_CONFIDENCE_BPS = 1;
    uint256 private constant MAX_CONFIDENCE_BPS = 1_000;
    /// @dev Two sound feeds lie this far apart every day: each strays by its threshold, in its own direction.
    uint256 private constant MIN_DEVIATION_BPS = 50;
    /// @dev As confidence it is charged on the delta in full; more would eat what maintenance margin leaves.
    uint256 private constant MAX_DEVIATION_BPS = 250;
    /// @dev A thousand units of 1e-8 USD, so that storing a reference loses less than 0.1 % of it.
    uint256 private constant MIN_REFERENCE_PRICE = 1e-5 ether;
    /// @dev Below 2^48 units of 1e-8 USD.
    uint256 private constant MAX_REFERENCE_PRICE = 2_800_000 ether;
    /// @dev A price is usable between the reference divided and multiplied by this.
    uint256 private constant REFERENCE_BAND = 10;
    /// @dev The most a reference price is multiplied or divided by at once.
    uint256 private constant MAX_REFERENCE_MOVE = 2;
    /// @dev How long a stop lasts, and how long it must not be repeated after.
    uint256 private constant STOP = 24 hours;

    uint256 private constant REFERENCE_UNIT = 1e10;
    uint256 private constant WAD_PER_BPS = FixedPoint.WAD / FixedPoint.BPS;
    /// @dev Set in a stored feed's decimals, which need five bits, where its guard is worth reading.
    uint8 private constant GUARDED = 0x80;

    /// @inheritdoc IPriceOracle
    address public immutable sequencerFeed;

    /// @dev One slot each:
    ///
    ///     255               208 207        192 191         168 167      167 166     160 159            0
    ///     | referencePrice8    | confidence   | heartbeat     | guarded    | decimals  | aggregator    |
    ///     | (48, 1e-8 USD)     | (16, bps)    | (24, seconds) | (1)        | (7)       | (160)         |
    mapping(uint16 underlying => Feed) private _feeds;
    mapping(uint16 underlying => Guard) private _guards;

    /// @param sequencerFeed_ zero where the chain has no sequencer.
    constructor(address authority, address sequencerFeed_) AccessManaged(authority) {
        sequencerFeed = sequencerFeed_;
        if (sequencerFeed_ == address(0)) return;
        if (sequencerFeed_.code.length == 0) revert PriceOracle_NotAContract(sequencerFeed_);
        (bool known, ) = ChainlinkFeed.sequencer(sequencerFeed_);
        if (!known) revert PriceOracle_NotASequencerFeed(sequencerFeed_);
    }

    // ---------------------------------------------------------------- reading

    /// @inheritdoc IPriceOracle
    function read(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status) {
        return _read(underlying, true);
    }

    /// @inheritdoc IPriceOracle
    function readDespiteStop(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status) {
        return _read(underlying, false);
    }

    /// @inheritdoc IPriceOracle
    function boundsOf(uint16 underlying) external view returns (uint256 lower, uint256 upper) {
        uint256 middle = _feeds[underlying].referencePrice8 * REFERENCE_UNIT;
        return (middle / REFERENCE_BAND, middle * REFERENCE_BAND);
    }

    /// @inheritdoc IPriceOracle
    function feedOf(uint16 underlying) external view returns (Feed memory feed) {
        (feed, ) = _feed(underlying);
    }

    /// @inheritdoc IPriceOracle
    function secondFeedOf(uint16 underlying) external view returns (SecondFeed memory) {
        return _secondFeed(_guards[underlying]);
    }

    /// @inheritdoc IPriceOracle
    function observe(
        uint16 underlying
    ) external view returns (Observation memory primary, Observation memory secondary) {
        (Feed memory feed, ) = _feed(underlying);
        Guard memory guard = _guards[underlying];
        if (feed.aggregator != address(0)) primary = _observePrimary(feed);
        if (guard.aggregator != address(0)) secondary = _observeSecond(guard, feed.referencePrice8);
    }

    /// @inheritdoc IPriceOracle
    function stopOf(uint16 underlying) external view returns (uint256 until, uint256 stoppableFrom) {
        return _stopOf(_guards[underlying]);
    }

    /// @inheritdoc IPriceOracle
    function sequencer() external view returns (PriceStatus limit, uint256 upSince) {
        return sequencerFeed == address(0) ? (PriceStatus.Fresh, 0) : _sequencer();
    }

    // ---------------------------------------------------------------- governing

    /// @inheritdoc IPriceOracle
    function registerFeed(
        uint16 underlying,
        address aggregator,
        uint24 heartbeat,
        uint16 confidenceBps,
        uint256 referencePrice
    ) external restricted {
        address registered = _feeds[underlying].aggregator;
        if (registered != address(0)) revert PriceOracle_AlreadyRegistered(underlying, registered);
        _checkBounds("referencePrice", referencePrice, MIN_REFERENCE_PRICE, MAX_REFERENCE_PRICE);
        uint48 referencePrice8 = uint48(referencePrice / REFERENCE_UNIT);
        (Feed memory feed, ) = _checkedFeed(aggregator, heartbeat, confidenceBps, referencePrice8);
        _feeds[underlying] = feed;
        emit FeedRegistered(underlying, feed, AggregatorV3Interface(aggregator).description());
    }

    /// @inheritdoc IPriceOracle
    function replaceFeed(
        uint16 underlying,
        address aggregator,
        uint24 heartbeat,
        uint16 confidenceBps
    ) external restricted {
        (Feed memory from, bool guarded) = _registered(underlying);
        Guard memory guard = _guards[underlying];
        _requireDistinct(underlying, aggregator, guard.aggregator);
        (Feed memory to, uint256 price) = _checkedFeed(aggregator, heartbeat, confidenceBps, from.referencePrice8);
        if (guard.aggregator != address(0)) {
            Observation memory second = _observeSecond(guard, to.referencePrice8);
            if (second.status != PriceStatus.Unusable && !_agree(price, second.price, guard.maxDeviationBps)) {
                revert PriceOracle_SourcesDisagree(aggregator, price, second.price, guard.maxDeviationBps);
            }
        }
        _feeds[underlying] = to;
        _setGuarded(underlying, guarded);
        emit FeedReplaced(underlying, from, to, AggregatorV3Interface(aggregator).description());
    }

    /// @inheritdoc IPriceOracle
    function setReferencePrice(uint16 underlying, uint256 referencePrice) external restricted {
        (Feed memory feed, ) = _registered(underlying);
        uint256 from = uint256(feed.referencePrice8) * REFERENCE_UNIT;
        uint256 lower = from / MAX_REFERENCE_MOVE;
        uint256 upper = from * MAX_REFERENCE_MOVE;
        if (lower < MIN_REFERENCE_PRICE) lower = MIN_REFERENCE_PRICE;
        if (upper > MAX_REFERENCE_PRICE) upper = MAX_REFERENCE_PRICE;
        _checkBounds("referencePrice", referencePrice, lower, upper);
        uint48 to = uint48(referencePrice / REFERENCE_UNIT);
        _feeds[underlying].referencePrice8 = to;
        emit ReferencePriceChanged(underlying, from, uint256(to) * REFERENCE_UNIT);
    }

    /// @inheritdoc IPriceOracle
    function setSecondFeed(
        uint16 underlying,
        address aggregator,
        uint24 heartbeat,
        uint16 maxDeviationBps
    ) external restricted {
        (Feed memory feed, ) = _registered(underlying);
        _requireDistinct(underlying, aggregator, feed.aggregator);
        _checkBounds("maxDeviationBps", maxDeviationBps, MIN_DEVIATION_BPS, MAX_DEVIATION_BPS);
        (uint8 decimals, uint256 price) = _checkedSource(aggregator, heartbeat, feed.referencePrice8);
        Observation memory primary = _observePrimary(feed);
        if (primary.status == PriceStatus.Fresh && !_agree(primary.price, price, maxDeviationBps)) {
            revert PriceOracle_SourcesDisagree(aggregator, price, primary.price, maxDeviationBps);
        }
        SecondFeed memory to = SecondFeed(aggregator, decimals, heartbeat, maxDeviationBps);
        _storeSecondFeed(underlying, to, AggregatorV3Interface(aggregator).description());
    }

    /// @inheritdoc IPriceOracle
    function removeSecondFeed(uint16 underlying) external restricted {
        if (_guards[underlying].aggregator == address(0)) revert PriceOracle_NoSecondFeed(underlying);
        _storeSecondFeed(underlying, SecondFeed(address(0), 0, 0, 0), "");
    }

    /// @inheritdoc IPriceOracle
    /// @dev Withdrawing beside an open position needs a fresh price, so a guardian who could stop at will could hold
    /// funds for good. As it is there is a free day between any two stops, and on the others whoever wants to leave
    /// can close the position, which an aged price allows, and withdraw without any.
    function stop(uint16 underlying) external restricted {
        _registered(underlying);
        Guard storage guard = _guards[underlying];
        (, uint256 stoppableFrom) = _stopOf(guard);
        if (block.timestamp < stoppableFrom) revert PriceOracle_StopTooSoon(underlying, stoppableFrom);
        (guard.stoppedAt, guard.lifted) = (uint40(block.timestamp), false);
        _setGuarded(underlying, true);
        emit Stopped(underlying, block.timestamp + STOP);
    }

    /// @inheritdoc IPriceOracle
    function lift(uint16 underlying) external restricted {
        Guard storage guard = _guards[underlying];
        (uint256 until, ) = _stopOf(guard);
        if (until == 0) revert PriceOracle_NotStopped(underlying);
        guard.lifted = true;
        _setGuarded(underlying, guard.aggregator != address(0));
        emit StopLifted(underlying, until);
    }

    // ---------------------------------------------------------------- the rules

    function _read(
        uint16 underlying,
        bool heedStop
    ) private view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status) {
        Feed memory feed = _feeds[underlying];
        if (feed.aggregator == address(0)) return (0, 0, 0, PriceStatus.Unusable);
        confidence = feed.confidenceBps * WAD_PER_BPS;
        uint8 decimals = feed.decimals & ~GUARDED;
        (price, updatedAt, status) = _observe(feed.aggregator, decimals, feed.heartbeat, feed.referencePrice8);
        if (decimals != feed.decimals) {
            Guard memory guard = _guards[underlying];
            if (guard.aggregator != address(0)) {
                uint256 doubt;
                (price, updatedAt, status, doubt) = _holdAgainstSecond(guard, feed, price, updatedAt, status);
                if (doubt > confidence) confidence = doubt;
            }
            (uint256 until, ) = _stopOf(guard);
            if (heedStop && until != 0) status = PriceRules.atMost(status, PriceStatus.Aged);
        }
        if (sequencerFeed != address(0)) {
            (PriceStatus limit, ) = _sequencer();
            status = PriceRules.atMost(status, limit);
        }
    }

    /// @dev What the second source makes of an observation of the primary's; it stands in for one that is of no use.
    function _holdAgainstSecond(
        Guard memory guard,
        Feed memory feed,
        uint256 price,
        uint40 updatedAt,
        PriceStatus status
    ) private view returns (uint256, uint40, PriceStatus, uint256 doubt) {
        (uint256 second, uint40 secondAt, PriceStatus secondStatus) = _observe(
            guard.aggregator,
            guard.decimals,
            guard.heartbeat,
            feed.referencePrice8
        );
        if (secondStatus == PriceStatus.Unusable) return (price, updatedAt, status, 0);
        if (status == PriceStatus.Unusable) (price, updatedAt) = (second, secondAt);
        (status, doubt) = PriceRules.heldAgainst(status, price, second, guard.maxDeviationBps * WAD_PER_BPS);
        return (price, updatedAt, status, doubt);
    }

    function _sequencer() private view returns (PriceStatus limit, uint256 upSince) {
        (, upSince) = ChainlinkFeed.sequencer(sequencerFeed);
        limit = PriceRules.sequencerLimit(upSince);
    }

    function _observePrimary(Feed memory feed) private view returns (Observation memory o) {
        (o.price, o.updatedAt, o.status) = _observe(
            feed.aggregator,
            feed.decimals,
            feed.heartbeat,
            feed.referencePrice8
        );
    }

    function _observeSecond(Guard memory guard, uint256 referencePrice8) private view returns (Observation memory o) {
        (o.price, o.updatedAt, o.status) = _observe(guard.aggregator, guard.decimals, guard.heartbeat, referencePrice8);
    }

    function _observe(
        address aggregator,
        uint8 decimals,
        uint24 heartbeat,
        uint256 referencePrice8
    ) private view returns (uint256 price, uint40 updatedAt, PriceStatus status) {
        uint256 observedAt;
        (price, observedAt) = ChainlinkFeed.latest(aggregator, decimals);
        if (observedAt == 0 || observedAt > block.timestamp || !_inBounds(price, referencePrice8)) {
            return (0, 0, PriceStatus.Unusable);
        }
        return (price, uint40(observedAt), PriceRules.statusAt(block.timestamp - observedAt, heartbeat));
    }

    /// @dev Far from overflow: a reference has 48 bits, and a price is below 2^187 whatever a feed answers.
    function _inBounds(uint256 price, uint256 referencePrice8) private pure returns (bool) {
        unchecked {
            uint256 middle = referencePrice8 * REFERENCE_UNIT;
            return price * REFERENCE_BAND >= middle && price <= middle * REFERENCE_BAND;
        }
    }

    function _stopOf(Guard memory guard) private view returns (uint256 until, uint256 stoppableFrom) {
        if (guard.stoppedAt == 0) return (0, 0);
        uint256 end = guard.stoppedAt + STOP;
        return (guard.lifted || block.timestamp >= end ? 0 : end, end + STOP);
    }

    // ---------------------------------------------------------------- checks and storage

    function _checkedFeed(
        address aggregator,
        uint24 heartbeat,
        uint16 confidenceBps,
        uint48 referencePrice8
    ) private view returns (Feed memory feed, uint256 price) {
        _checkBounds("confidenceBps", confidenceBps, MIN_CONFIDENCE_BPS, MAX_CONFIDENCE_BPS);
        uint8 decimals;
        (decimals, price) = _checkedSource(aggregator, heartbeat, referencePrice8);
        feed = Feed(aggregator, decimals, heartbeat, confidenceBps, referencePrice8);
    }

    /// @dev Asking for a fresh answer within the reference's bounds is what catches a wrong address or wrong decimals.
    function _checkedSource(
        address aggregator,
        uint24 heartbeat,
        uint256 referencePrice8
    ) private view returns (uint8 decimals, uint256 price) {
        if (aggregator.code.length == 0) revert PriceOracle_NotAContract(aggregator);
        _checkBounds("heartbeat", heartbeat, MIN_HEARTBEAT, MAX_HEARTBEAT);
        decimals = AggregatorV3Interface(aggregator).decimals();
        _checkBounds("decimals", decimals, 1, 18);
        uint40 updatedAt;
        PriceStatus status;
        (price, updatedAt, status) = _observe(aggregator, decimals, heartbeat, referencePrice8);
        if (status != PriceStatus.Fresh) revert PriceOracle_FeedNotFresh(aggregator, price, updatedAt);
    }

    function _agree(uint256 price, uint256 secondary, uint256 maxDeviationBps) private pure returns (bool) {
        return PriceRules.deviation(price, secondary) <= maxDeviationBps * WAD_PER_BPS;
    }

    /// @dev A feed that is held against itself vouches for nothing.
    function _requireDistinct(uint16 underlying, address aggregator, address other) private pure {
        if (aggregator == other) revert PriceOracle_AlreadyRegistered(underlying, aggregator);
    }

    /// @dev A stop under way goes on.
    function _storeSecondFeed(uint16 underlying, SecondFeed memory to, string memory description) private {
        Guard storage guard = _guards[underlying];
        SecondFeed memory from = _secondFeed(guard);
        (guard.aggregator, guard.decimals) = (to.aggregator, to.decimals);
        (guard.heartbeat, guard.maxDeviationBps) = (to.heartbeat, to.maxDeviationBps);
        (uint256 until, ) = _stopOf(guard);
        _setGuarded(underlying, to.aggregator != address(0) || until != 0);
        emit SecondFeedChanged(underlying, from, to, description);
    }

    function _secondFeed(Guard memory guard) private pure returns (SecondFeed memory) {
        return SecondFeed(guard.aggregator, guard.decimals, guard.heartbeat, guard.maxDeviationBps);
    }

    /// @dev A stop that runs out leaves its mark, and a slot is read for nothing until the next change.
    function _setGuarded(uint16 underlying, bool guarded) private {
        Feed storage feed = _feeds[underlying];
        feed.decimals = guarded ? feed.decimals | GUARDED : feed.decimals & ~GUARDED;
    }

    function _feed(uint16 underlying) private view returns (Feed memory feed, bool guarded) {
        feed = _feeds[underlying];
        guarded = feed.decimals & GUARDED != 0;
        feed.decimals &= ~GUARDED;
    }

    function _registered(uint16 underlying) private view returns (Feed memory feed, bool guarded) {
        (feed, guarded) = _feed(underlying);
        if (feed.aggregator == address(0)) revert PriceOracle_NotRegistered(underlying);
    }

    function _checkBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper) private pure {
        if (value < lower || value > upper) revert PriceOracle_ParameterOutOfBounds(parameter, value, lower, upper);
    }
}
