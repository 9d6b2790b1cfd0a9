// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Distress, ILiquidationAuction, Quote} from "../interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AccountId} from "../types/AccountId.sol";
import {AuctionClock, AuctionClockLibrary} from "./AuctionClock.sol";
import {AuctionCurve} from "./AuctionCurve.sol";

/// @title The auction of accounts below maintenance
/// @dev The ledger judges an account, and calls here, only with usable prices. So each step of a clock runs between two
/// moments at which prices were usable, as the curve demands, without this contract ever reading a price.
contract LiquidationAuction is ILiquidationAuction {
    /// @inheritdoc ILiquidationAuction
    address public immutable clearinghouse;

    mapping(AccountId account => AuctionClock) private _clocks;

    modifier onlyClearinghouse() {
        if (msg.sender != clearinghouse) revert LiquidationAuction_NotClearinghouse(msg.sender);
        _;
    }

    constructor(address clearinghouse_) {
        clearinghouse = clearinghouse_;
    }

    /// @inheritdoc ILiquidationAuction
    function onFlag(AccountId account, Distress calldata distress) external onlyClearinghouse {
        uint256 rate = AuctionCurve.rateDown(distress);
        _clocks[account] = AuctionClockLibrary.start(block.number, block.timestamp, rate);
        emit AuctionTouched(account, 0, rate);
    }

    /// @inheritdoc ILiquidationAuction
    function onTouch(AccountId account, Distress calldata distress) external onlyClearinghouse {
        _touch(account, distress);
    }

    /// @inheritdoc ILiquidationAuction
    function onBid(
        AccountId account,
        Distress calldata distress,
        uint256 maxFraction
    ) external onlyClearinghouse returns (Quote memory quote) {
        Distress memory x = distress;
        _quote(quote, _touch(account, x), x, maxFraction);
    }

    /// @inheritdoc ILiquidationAuction
    function onTakeOver(
        AccountId account,
        Distress calldata distress
    ) external onlyClearinghouse returns (Quote memory quote) {
        uint256 d = _discount(_touch(account, distress));
        if (d < FixedPoint.WAD) revert LiquidationAuction_DiscountNotWhole(d);
        quote.fraction = FixedPoint.WAD;
        quote.payment = AuctionCurve.paymentUp(distress, d, FixedPoint.WAD);
    }

    /// @inheritdoc ILiquidationAuction
    function preview(
        AccountId account,
        Distress calldata distress,
        uint256 maxFraction
    ) external view returns (Quote memory quote) {
        _quote(quote, _running(account), distress, maxFraction);
    }

    /// @inheritdoc ILiquidationAuction
    function discount(AccountId account) external view returns (uint256) {
        AuctionClock clock = _clocks[account];
        return clock.runningAt(block.timestamp) ? _discount(clock) : 0;
    }

    /// @inheritdoc ILiquidationAuction
    function clockOf(AccountId account) external view returns (AuctionClock) {
        return _clocks[account];
    }

    /// @inheritdoc ILiquidationAuction
    function running(AccountId account) external view returns (bool) {
        return _clocks[account].runningAt(block.timestamp);
    }

    function _touch(AccountId account, Distress memory distress) private returns (AuctionClock clock) {
        clock = _running(account).touched(block.timestamp, AuctionCurve.rateDown(distress));
        _clocks[account] = clock;
        emit AuctionTouched(account, clock.gathered(), clock.rate());
    }

    function _quote(
        Quote memory quote,
        AuctionClock clock,
        Distress memory distress,
        uint256 maxFraction
    ) private view {
        if (maxFraction == 0 || maxFraction > FixedPoint.WAD) revert LiquidationAuction_BadFraction(maxFraction);
        // Nobody may flag and bid before others have seen the flag.
        uint256 firstBidBlock = uint256(clock.flagBlock()) + 1;
        if (block.number < firstBidBlock) revert LiquidationAuction_TooEarly(block.number, firstBidBlock);
        uint256 d = _discount(clock);
        uint256 largest = AuctionCurve.largestFractionUp(distress, d);
        quote.fraction = maxFraction < largest ? maxFraction : largest;
        quote.payment = AuctionCurve.paymentUp(distress, d, quote.fraction);
        quote.cover = AuctionCurve.coverDown(distress, d, quote.fraction);
    }

    function _discount(AuctionClock clock) private view returns (uint256) {
        return AuctionCurve.discountDown(clock.gatheredAt(block.timestamp));
    }

    function _running(AccountId account) private view returns (AuctionClock clock) {
        clock = _clocks[account];
        if (!clock.runningAt(block.timestamp)) revert LiquidationAuction_NotRunning(account);
    }
}
