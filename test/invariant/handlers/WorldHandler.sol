// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVolatilityOracle} from "../../../contracts/interfaces/IVolatilityOracle.sol";
import {MockAggregator} from "../../../contracts/mocks/MockAggregator.sol";
import {vm} from "../../forge/Vm.sol";
import {Campaign, MARKETS} from "./Campaign.sol";

/// @notice Time, prices, and feeds that fall ill. A healthy feed reports at once whenever time passes.
abstract contract WorldHandler is Campaign {
    uint256 private constant WAD = 1e18;

    mapping(uint16 underlying => bool) internal sick;
    /// @dev The last price the market really had, Wad; a sick feed does not tell it.
    mapping(uint16 underlying => uint256) internal truePrice;

    function moveSmall(uint256 seed, int256 move) external {
        _move(_marketAt(seed), bound(move, -0.02e18, 0.02e18));
    }

    function moveLarge(uint256 seed, int256 move) external {
        _move(_marketAt(seed), bound(move, -0.25e18, 0.3e18));
    }

    /// @notice All markets fall or rise together.
    function crash(int256 move) external {
        move = bound(move, -0.35e18, 0.35e18);
        for (uint16 u = 1; u <= MARKETS; ++u) _move(u, move);
    }

    /// @notice Minutes to hours, all healthy feeds reporting.
    function wait(uint256 time) external {
        _elapse(bound(time, 1, time % 4 == 0 ? 4 hours : 20 minutes));
        // Illness passes by itself sooner or later.
        for (uint16 u = 1; u <= MARKETS; ++u) if (sick[u] && time % 3 == 0) _heal(u);
    }

    /// @notice One feed falls silent, for long enough to age and perhaps to be of no use.
    function silence(uint256 seed, uint256 time) external {
        _fallIll(_marketAt(seed));
        _elapse(bound(time, 70 minutes, 150 minutes));
    }

    /// @notice One feed answers nonsense: nothing, less than nothing, out of bounds, or from the future.
    function sicken(uint256 seed, uint256 how) external {
        uint16 u = _marketAt(seed);
        _fallIll(u);
        MockAggregator feed = venue.feedOf(u);
        if (how % 4 == 0) feed.updateAnswer(0);
        else if (how % 4 == 1) feed.updateAnswer(-1);
        else if (how % 4 == 2) feed.updateAnswer(type(int128).max);
        else feed.updateRoundData(1e6, _answer(u), block.timestamp + 1, block.timestamp + 1);
    }

    /// @notice Bitcoin's second source tells another price than the market's.
    function disagree(int256 by) external {
        uint16 u = venue.BTC();
        _fallIll(u);
        venue.reportSecond(u, (truePrice[u] * uint256(int256(WAD) + bound(by, -0.3e18, 0.3e18))) / WAD);
    }

    /// @notice The guardian stops a market, or thinks better of it.
    function stop(uint256 seed) external {
        uint16 u = _marketAt(seed);
        (uint256 until, uint256 stoppableFrom) = venue.priceOracle().stopOf(u);
        if (until != 0) return venue.priceOracle().lift(u);
        if (block.timestamp < stoppableFrom) vm.assume(false);
        venue.priceOracle().stop(u);
    }

    function recover(uint256 seed) external {
        uint16 u = _marketAt(seed);
        if (!sick[u]) vm.assume(false);
        _heal(u);
    }

    function postBasis(uint256 seed, int256 basis) external {
        uint16 u = _marketAt(seed);
        (, uint40 observedAt, ) = venue.basisOracle().latestReport(u);
        if (observedAt >= block.timestamp) vm.assume(false);
        _postBasis(u, int64(bound(basis, -0.012e18, 0.012e18)));
    }

    /// @notice Anyone samples the volatility, an hour or more after the last time.
    function sampleVolatility(uint256 seed, bool day) external {
        IVolatilityOracle oracle = venue.volatilityOracle();
        if (day) {
            if (block.timestamp < oracle.nextDayAt()) _elapse(oracle.nextDayAt() - block.timestamp);
            for (uint16 v = 1; v <= MARKETS; ++v) if (!sick[v]) return oracle.sampleDay();
            vm.assume(false);
        }
        uint16 u = _marketAt(seed);
        if (sick[u]) vm.assume(false);
        uint256 next = uint256(oracle.forecastOf(u).sampledAt) + 1 hours;
        if (block.timestamp < next) _elapse(next - block.timestamp);
        oracle.sample(u);
    }

    function _beginWorld() internal {
        for (uint16 u = 1; u <= MARKETS; ++u) truePrice[u] = house.marketOf(u).spot;
    }

    function _elapse(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
        vm.roll(vm.getBlockNumber() + 1 + time / 12);
        for (uint16 u = 1; u <= MARKETS; ++u) {
            if (!sick[u])
                _report(u);
                // The other source may be well, and stand in.
            else if (time % 2 == 0) venue.reportSecond(u, truePrice[u]);
        }
    }

    /// @dev Within the oracle's tenfold band around where it began.
    function _move(uint16 u, int256 move) internal {
        uint256 middle = uint256(venue.priceOracle().feedOf(u).referencePrice8) * 1e10;
        uint256 price = (truePrice[u] * uint256(int256(WAD) + move)) / WAD;
        truePrice[u] = bound(price, middle / 8, middle * 8);
        if (!sick[u]) _report(u);
    }

    /// @dev One feed at a time: with all of them ill nothing could happen that is worth watching.
    function _fallIll(uint16 u) private {
        for (uint16 v = 1; v <= MARKETS; ++v) if (sick[v]) _heal(v);
        sick[u] = true;
    }

    function _heal(uint16 u) private {
        sick[u] = false;
        _report(u);
    }

    function _report(uint16 u) private {
        venue.report(u, truePrice[u]);
    }

    function _answer(uint16 u) private view returns (int256) {
        return int256(truePrice[u] / 10 ** (18 - venue.feedOf(u).decimals()));
    }
}
