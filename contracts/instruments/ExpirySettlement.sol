// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IExpirySettlement, Settlement, SettlementBasis} from "../interfaces/IExpirySettlement.sol";
import {Feed, IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {PriceRules} from "../oracle/PriceRules.sol";
import {Terms, TimeWeighted} from "./TimeWeighted.sol";

/// @title The settlement of expiries
/// @dev Who might gain by it:
///
/// Whoever names the rounds chooses nothing, since one list alone is accepted. Nor does whoever settles late, or makes
/// others fail: no answer of a feed, and no failure, opens a way to another price. A feed that fails refuses both ways
/// of settling until it answers, or until governance replaces it; there is no fallback to the price of the moment,
/// because whoever calls would choose the moment.
///
/// Whoever waits for the time-out gains nothing where the window is fit, since both ways then agree, and where it is
/// not the price is as much a matter of record. The time-out leaves governance the time to move the bounds of a market
/// that has really left them, or to replace a feed, before the hour is taken without what they excluded.
///
/// What is settled can still depend on when in two ways, both in the hands of others: once the feed's owner confirms a
/// new phase, and once governance replaces the feed or moves its bounds, an hour that nobody has settled yet is looked
/// at anew. Anyone can forestall that from a minute after the expiry.
contract ExpirySettlement is IExpirySettlement, AccessManaged {
    using SafeCast for uint256;

    uint256 private constant WINDOW = 1 hours;
    /// @dev A feed may show a round some seconds after its date, as one that holds rounds back for an auction does.
    uint256 private constant SETTLING_DELAY = 1 minutes;
    uint256 private constant MIN_TIME_OUT = 6 hours;
    uint256 private constant MAX_TIME_OUT = 7 days;
    uint256 private constant WAD_DECIMALS = 18;

    /// @inheritdoc IExpirySettlement
    IPriceOracle public immutable priceOracle;
    /// @inheritdoc IExpirySettlement
    uint40 public timeOut;

    mapping(uint16 underlying => mapping(uint40 expiry => Settlement)) private _settlements;

    constructor(address authority, IPriceOracle priceOracle_, uint40 timeOut_) AccessManaged(authority) {
        priceOracle = priceOracle_;
        _setTimeOut(timeOut_);
    }

    /// @inheritdoc IExpirySettlement
    function settle(
        uint16 underlying,
        uint40 expiry,
        uint80[] calldata roundIds
    ) external returns (uint256 settlementPrice) {
        Terms memory terms_ = _settleable(underlying, expiry, SETTLING_DELAY);
        settlementPrice = TimeWeighted.strict(terms_, _startOf(expiry), expiry, roundIds);
        _record(underlying, expiry, settlementPrice, SettlementBasis.Window, terms_.feed, roundIds);
    }

    /// @inheritdoc IExpirySettlement
    function finalise(
        uint16 underlying,
        uint40 expiry,
        uint80[] calldata roundIds
    ) external returns (uint256 settlementPrice) {
        Terms memory terms_ = _settleable(underlying, expiry, timeOut);
        SettlementBasis basis;
        (settlementPrice, basis) = TimeWeighted.lenient(terms_, _startOf(expiry), expiry, roundIds);
        _record(underlying, expiry, settlementPrice, basis, terms_.feed, roundIds);
    }

    /// @inheritdoc IExpirySettlement
    function price(uint16 underlying, uint40 expiry) external view returns (uint256 price_, bool isFinal) {
        Settlement memory found = _settlements[underlying][expiry];
        return (found.price, found.basis != SettlementBasis.None);
    }

    /// @inheritdoc IExpirySettlement
    function settlementOf(uint16 underlying, uint40 expiry) external view returns (Settlement memory) {
        return _settlements[underlying][expiry];
    }

    /// @inheritdoc IExpirySettlement
    function window(uint40 expiry) external view returns (uint256 start, uint256 settleFrom, uint256 finaliseFrom) {
        return (_startOf(expiry), expiry + SETTLING_DELAY, uint256(expiry) + timeOut);
    }

    /// @inheritdoc IExpirySettlement
    function terms(
        uint16 underlying
    ) external view returns (address feed, uint256 scale, uint256 lower, uint256 upper, uint256 usableFor) {
        Terms memory found = _terms(underlying);
        return (found.feed, found.scale, found.lower, found.upper, found.usableFor);
    }

    /// @inheritdoc IExpirySettlement
    function setTimeOut(uint40 timeOut_) external restricted {
        _setTimeOut(timeOut_);
    }

    /// @dev The terms of an expiry that is not settled yet, and may be from `delay` after it.
    function _settleable(uint16 underlying, uint40 expiry, uint256 delay) private view returns (Terms memory found) {
        if (block.timestamp < expiry + delay) {
            revert ExpirySettlement_TooEarly(expiry + delay, block.timestamp);
        }
        Settlement memory settled = _settlements[underlying][expiry];
        if (settled.basis != SettlementBasis.None) {
            revert ExpirySettlement_AlreadySettled(underlying, expiry, settled.price);
        }
        found = _terms(underlying);
        if (found.feed == address(0)) revert ExpirySettlement_NoFeed(underlying);
    }

    function _terms(uint16 underlying) private view returns (Terms memory found) {
        Feed memory feed = priceOracle.feedOf(underlying);
        if (feed.aggregator == address(0)) return found;
        (uint256 lower, uint256 upper) = priceOracle.boundsOf(underlying);
        uint256 scale = 10 ** (WAD_DECIMALS - feed.decimals);
        return Terms(feed.aggregator, scale, lower, upper, PriceRules.usableFor(feed.heartbeat));
    }

    function _startOf(uint40 expiry) private pure returns (uint256) {
        return FixedPointMathLib.zeroFloorSub(expiry, WINDOW);
    }

    function _record(
        uint16 underlying,
        uint40 expiry,
        uint256 settlementPrice,
        SettlementBasis basis,
        address feed,
        uint80[] calldata roundIds
    ) private {
        _settlements[underlying][expiry] = Settlement(settlementPrice.toUint128(), uint40(block.timestamp), basis);
        emit Settled(underlying, expiry, settlementPrice, basis, feed, roundIds);
    }

    function _setTimeOut(uint40 timeOut_) private {
        if (timeOut_ < MIN_TIME_OUT || timeOut_ > MAX_TIME_OUT) {
            revert ExpirySettlement_ParameterOutOfBounds("timeOut", timeOut_, MIN_TIME_OUT, MAX_TIME_OUT);
        }
        emit TimeOutChanged(timeOut, timeOut_);
        timeOut = timeOut_;
    }
}
