// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Feed, IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {PriceStatus} from "../types/Market.sol";
import {ChainlinkFeed} from "./ChainlinkFeed.sol";

/// @title The price oracle over Chainlink push feeds
/// @dev A read costs one storage slot and the feed's own gas.
contract PriceOracle is IPriceOracle, AccessManaged {
    /// @dev What an observation may be late by before it is too old for new risk.
    uint256 public constant GRACE = 10 minutes;
    uint256 public constant MIN_HEARTBEAT = 1 minutes;
    uint256 public constant MAX_HEARTBEAT = 1 days;
    uint256 public constant MIN_CONFIDENCE_BPS = 1;
    uint256 public constant MAX_CONFIDENCE_BPS = 1_000;
    /// @dev A thousand units of 1e-8 USD, so that storing a reference loses less than 0.1 % of it.
    uint256 public constant MIN_REFERENCE_PRICE = 1e-5 ether;
    /// @dev Below 2^48 units of 1e-8 USD.
    uint256 public constant MAX_REFERENCE_PRICE = 2_800_000 ether;
    /// @dev A price is usable between the reference divided and multiplied by this.
    uint256 public constant REFERENCE_BAND = 10;
    /// @dev The most a reference price is multiplied or divided by at once.
    uint256 public constant MAX_REFERENCE_MOVE = 2;

    uint256 private constant REFERENCE_UNIT = 1e10;
    uint256 private constant WAD_PER_BPS = FixedPoint.WAD / FixedPoint.BPS;

    mapping(uint16 underlying => Feed) private _feeds;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceOracle
    function read(
        uint16 underlying
    ) external view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status) {
        Feed memory feed = _feeds[underlying];
        if (feed.aggregator == address(0)) return (0, 0, 0, PriceStatus.Unusable);
        return _read(feed);
    }

    /// @inheritdoc IPriceOracle
    function feedOf(uint16 underlying) external view returns (Feed memory) {
        return _feeds[underlying];
    }

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
        Feed memory feed = _checkedFeed(aggregator, heartbeat, confidenceBps, uint48(referencePrice / REFERENCE_UNIT));
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
        Feed memory from = _registered(underlying);
        Feed memory to = _checkedFeed(aggregator, heartbeat, confidenceBps, from.referencePrice8);
        _feeds[underlying] = to;
        emit FeedReplaced(underlying, from, to, AggregatorV3Interface(aggregator).description());
    }

    /// @inheritdoc IPriceOracle
    function setReferencePrice(uint16 underlying, uint256 referencePrice) external restricted {
        uint256 from = uint256(_registered(underlying).referencePrice8) * REFERENCE_UNIT;
        uint256 lower = from / MAX_REFERENCE_MOVE;
        uint256 upper = from * MAX_REFERENCE_MOVE;
        if (lower < MIN_REFERENCE_PRICE) lower = MIN_REFERENCE_PRICE;
        if (upper > MAX_REFERENCE_PRICE) upper = MAX_REFERENCE_PRICE;
        _checkBounds("referencePrice", referencePrice, lower, upper);
        uint48 to = uint48(referencePrice / REFERENCE_UNIT);
        _feeds[underlying].referencePrice8 = to;
        emit ReferencePriceChanged(underlying, from, uint256(to) * REFERENCE_UNIT);
    }

    function _read(
        Feed memory feed
    ) private view returns (uint256 price, uint256 confidence, uint40 updatedAt, PriceStatus status) {
        confidence = feed.confidenceBps * WAD_PER_BPS;
        uint256 observedAt;
        (price, observedAt) = ChainlinkFeed.latest(feed.aggregator, feed.decimals);
        if (observedAt == 0 || observedAt > block.timestamp || !_inBounds(price, feed.referencePrice8)) {
            return (0, confidence, 0, PriceStatus.Unusable);
        }
        return (price, confidence, uint40(observedAt), _statusAt(block.timestamp - observedAt, feed.heartbeat));
    }

    function _inBounds(uint256 price, uint256 referencePrice8) private pure returns (bool) {
        uint256 middle = referencePrice8 * REFERENCE_UNIT;
        return price * REFERENCE_BAND >= middle && price <= middle * REFERENCE_BAND;
    }

    /// @dev Liquidation may never need a fresher price than new risk does, or nobody could act on what was just opened:
    /// a feed whose heartbeat is shorter than the grace is usable exactly as long as it is fresh, and never Aged.
    function _statusAt(uint256 age, uint256 heartbeat) private pure returns (PriceStatus) {
        if (age <= heartbeat + GRACE) return PriceStatus.Fresh;
        return age <= 2 * heartbeat ? PriceStatus.Aged : PriceStatus.Unusable;
    }

    /// @dev Asking for a fresh answer within the reference's bounds is what catches a wrong address or wrong decimals.
    function _checkedFeed(
        address aggregator,
        uint24 heartbeat,
        uint16 confidenceBps,
        uint48 referencePrice8
    ) private view returns (Feed memory feed) {
        if (aggregator.code.length == 0) revert PriceOracle_NotAContract(aggregator);
        _checkBounds("heartbeat", heartbeat, MIN_HEARTBEAT, MAX_HEARTBEAT);
        _checkBounds("confidenceBps", confidenceBps, MIN_CONFIDENCE_BPS, MAX_CONFIDENCE_BPS);
        uint8 decimals = AggregatorV3Interface(aggregator).decimals();
        _checkBounds("decimals", decimals, 1, 18);
        feed = Feed(aggregator, decimals, heartbeat, confidenceBps, referencePrice8);
        (uint256 price, , uint40 updatedAt, PriceStatus status) = _read(feed);
        if (status != PriceStatus.Fresh) revert PriceOracle_FeedNotFresh(aggregator, price, updatedAt);
    }

    function _registered(uint16 underlying) private view returns (Feed memory feed) {
        feed = _feeds[underlying];
        if (feed.aggregator == address(0)) revert PriceOracle_NotRegistered(underlying);
    }

    function _checkBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper) private pure {
        if (value < lower || value > upper) revert PriceOracle_ParameterOutOfBounds(parameter, value, lower, upper);
    }
}
