// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Distress} from "../interfaces/ILiquidationAuction.sol";
import {AuctionClock, AuctionClockLibrary} from "../liquidation/AuctionClock.sol";
import {AuctionCurve} from "../liquidation/AuctionCurve.sol";

/// @notice For tests alone: calls the auction's internal libraries.
contract AuctionHarness {
    function discountDown(uint256 clock) external pure returns (uint256) {
        return AuctionCurve.discountDown(clock);
    }

    function rateDown(Distress calldata x) external pure returns (uint256) {
        return AuctionCurve.rateDown(x);
    }

    function largestFractionUp(Distress calldata x, uint256 d) external pure returns (uint256) {
        return AuctionCurve.largestFractionUp(x, d);
    }

    function paymentUp(Distress calldata x, uint256 d, uint256 fraction) external pure returns (uint256) {
        return AuctionCurve.paymentUp(x, d, fraction);
    }

    function coverDown(Distress calldata x, uint256 d, uint256 fraction) external pure returns (uint256) {
        return AuctionCurve.coverDown(x, d, fraction);
    }

    function start(uint256 blockNumber, uint256 time, uint256 rate) external pure returns (AuctionClock) {
        return AuctionClockLibrary.start(blockNumber, time, rate);
    }

    function touched(AuctionClock c, uint256 time, uint256 rate) external pure returns (AuctionClock) {
        return c.touched(time, rate);
    }

    function runningAt(AuctionClock c, uint256 time) external pure returns (bool) {
        return c.runningAt(time);
    }

    function unpack(
        AuctionClock c
    ) external pure returns (uint256 flagBlock, uint256 touchedAt, uint256 gathered, uint256 rate) {
        return (c.flagBlock(), c.touchedAt(), c.gathered(), c.rate());
    }
}
