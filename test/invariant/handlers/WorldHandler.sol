// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Observation} from "../../../contracts/interfaces/IPriceOracle.sol";
import {IVolatilityOracle} from "../../../contracts/interfaces/IVolatilityOracle.sol";
import {MockAggregator} from "../../../contracts/mocks/MockAggregator.sol";
import {PriceStatus} from "../../../contracts/types/Market.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {MARKETS} from "./Campaign.sol";
import {Watching} from "./Watching.sol";

/// @notice Time, prices, and sources that fall ill. A healthy feed reports at once whenever time passes.
abstract contract WorldHandler is Watching {
    mapping(uint16 underlying => bool) internal sick;
    /// @dev The last price the market really had, Wad; a sick feed does not tell it.
    mapping(uint16 underlying => uint256) internal truePrice;
    bool private down;

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
        else {
            uint80 next = uint80(feed.aggregator().latestRound()) + 1;
            feed.updateRoundData(next, _answer(u), block.timestamp + 1, block.timestamp + 1);
        }
        if (oracle.secondFeedOf(u).aggregator == address(0)) {
            assertTrue(_statusOf(u) == PriceStatus.Unusable, "ORAC-2: a malformed price is used");
        } else {
            assertTrue(_statusOf(u) != PriceStatus.Fresh, "ORAC-1: a second source alone is fresh");
        }
    }

    /// @notice Bitcoin's second source tells another price than the market's.
    function disagree(int256 by) external {
        uint16 u = venue.BTC();
        _fallIll(u);
        by = bound(by, -0.3e18, 0.3e18);
        venue.reportSecond(u, (truePrice[u] * uint256(int256(WAD) + by)) / WAD);
        // Not where it is no source at all, be it that governance removed it or that it is out of bounds.
        (, Observation memory second) = oracle.observe(u);
        bool far = second.status == PriceStatus.Fresh && (by > 0.021e18 || by < -0.021e18);
        if (far) assertTrue(_statusOf(u) != PriceStatus.Fresh, "ORAC-1: sources that contradict each other are fresh");
    }

    /// @notice Both of bitcoin's sources are gone.
    function blind(uint256 how) external {
        uint16 u = venue.BTC();
        _lose(u);
        if (how % 2 == 0) venue.feedOf(u).updateAnswer(-1);
        if (oracle.secondFeedOf(u).aggregator != address(0)) {
            assertTrue(_statusOf(u) == PriceStatus.Unusable, "ORAC-1: a price without a source");
        }
    }

    function recover(uint256 seed) external {
        for (uint16 i; i < MARKETS; ++i) {
            uint16 u = _marketAt((seed % 1e9) + i);
            if (sick[u]) return _heal(u);
        }
        vm.assume(false);
    }

    /// @notice The chain stands still, and while it does, or has just come back, no price is good for anything.
    function sequencerDown(uint256 time) external {
        if (down) vm.assume(false);
        venue.sequencerFeed().setUp(false);
        down = true;
        _elapse(bound(time, 1, 5 minutes));
        for (uint16 u = 1; u <= MARKETS; ++u) {
            assertTrue(_statusOf(u) == PriceStatus.Unusable, "ORAC-1: a price is usable without a sequencer");
        }
    }

    /// @notice It comes back: first owners may act, then liquidators, then everybody.
    function sequencerUp(uint256 time) external {
        if (!down) vm.assume(false);
        time = time % 4 == 0 ? bound(time, 0, 35 minutes) : 31 minutes;
        _raise();
        _elapse(time);
        PriceStatus most =
            time < 5 minutes
                ? PriceStatus.Unusable
                : time < 30 minutes
                    ? PriceStatus.Aged
                    : PriceStatus.Fresh;
        for (uint16 u = 1; u <= MARKETS; ++u) {
            assertTrue(_statusOf(u) <= most, "ORAC-1: a price is relied on too soon after an outage");
        }
    }

    function postBasis(uint256 seed, int256 basis) external {
        uint16 u = _marketAt(seed);
        (, uint40 observedAt, ) = venue.basisOracle().latestReport(u);
        if (observedAt >= block.timestamp) _elapse(1);
        _postBasis(u, int64(bound(basis, -0.012e18, 0.012e18)));
    }

    /// @notice Anyone samples the volatility, an hour or more after the last time.
    function sample(uint256 seed) external {
        IVolatilityOracle volatility = venue.volatilityOracle();
        uint16 u = _marketAt(seed);
        uint256 next = uint256(volatility.forecastOf(u).sampledAt) + 1 hours;
        if (block.timestamp < next) _elapse(next - block.timestamp);
        (, , , PriceStatus status) = oracle.readDespiteStop(u);
        if (status != PriceStatus.Fresh) vm.assume(false);
        volatility.sample(u);
    }

    function sampleMany(uint256 time) external {
        if (time % 2 == 0) _elapse(1 hours);
        uint16[] memory all = new uint16[](MARKETS);
        for (uint16 u; u < MARKETS; ++u) all[u] = u + 1;
        if (venue.volatilityOracle().sampleMany(all) == 0) vm.assume(false);
    }

    function sampleDay() external {
        IVolatilityOracle volatility = venue.volatilityOracle();
        if (down) vm.assume(false);
        if (block.timestamp < volatility.nextDayAt()) _elapse(volatility.nextDayAt() - block.timestamp);
        for (uint16 u = 1; u <= MARKETS; ++u) {
            (, , , PriceStatus status) = oracle.readDespiteStop(u);
            if (status == PriceStatus.Fresh) return volatility.sampleDay();
        }
        vm.assume(false);
    }

    // ------------------------------------------------------------------ parts

    function _beginWorld() internal {
        for (uint16 u = 1; u <= MARKETS; ++u) truePrice[u] = house.marketOf(u).spot;
    }

    function _elapse(uint256 time) internal {
        // Outages are short, or nothing else would happen.
        if (down && time > 10 minutes) _raise();
        uint256 until = vm.getBlockTimestamp() + time;
        for (uint256 now_; now_ < until;) {
            now_ = _nextStop(until);
            vm.warp(now_);
            for (uint16 u = 1; u <= MARKETS; ++u) {
                if (!sick[u])
                    _report(u);
                    // The other source may be well, and stand in.
                else if (time % 2 == 0) venue.reportSecond(u, truePrice[u]);
            }
        }
        vm.roll(vm.getBlockNumber() + 1 + time / 12);
        _reportSurfaces();
    }

    /// @dev What the signers of surfaces do as time passes.
    function _reportSurfaces() internal virtual;

    /// @dev When a feed must report on the way there: as the last hour of an expiry begins.
    function _nextStop(uint256 until) internal view virtual returns (uint256);

    /// @dev What keepers do with expiries that are over.
    function _settleExpiries() internal virtual;

    /// @dev Within the oracle's tenfold band around where it began.
    function _move(uint16 u, int256 move) internal {
        uint256 middle = uint256(oracle.feedOf(u).referencePrice8) * 1e10;
        uint256 price = (truePrice[u] * uint256(int256(WAD) + move)) / WAD;
        truePrice[u] = bound(price, middle / 8, middle * 8);
        if (!sick[u]) _report(u);
    }

    /// @notice Moves a position's market the way its holder loses.
    function _moveAgainst(Position p, int256 by) internal {
        bool rises = p.isOption() && !p.isCall() ? p.lots() > 0 : p.lots() < 0;
        _move(p.underlying(), rises ? by : -by);
    }

    /// @notice The same, where the watch goes on.
    function _strike(Watch memory w, Position p, int256 by) internal {
        _moveAgainst(p, by);
        _forget(w, p.underlying());
    }

    /// @dev Every source of the market.
    function _lose(uint16 u) internal {
        _fallIll(u);
        venue.feedOf(u).updateAnswer(0);
        if (u == venue.BTC()) venue.secondFeedOf(u).updateAnswer(0);
    }

    /// @notice Three times in four the chain runs, every source is well, no market is stopped, and what expired is
    /// settled: what risk may grow by. Illness is meant to be met, not to be all there is.
    /// @dev Half an hour may pass: what ends, an expiry or an operator's grant, is picked afterwards.
    function _mend(uint256 seed) internal {
        if (uint256(keccak256(abi.encode(seed))) % 4 == 0) return;
        if (down) _raise();
        for (uint16 u = 1; u <= MARKETS; ++u) {
            if (sick[u]) _heal(u);
            (uint256 until, ) = oracle.stopOf(u);
            if (until != 0) oracle.lift(u);
        }
        (PriceStatus chain, ) = oracle.sequencer();
        if (chain != PriceStatus.Fresh) _elapse(31 minutes);
        _settleExpiries();
    }

    function _raise() private {
        venue.sequencerFeed().setUp(true);
        down = false;
    }

    /// @dev One feed at a time: with all of them ill nothing could happen that is worth watching.
    function _fallIll(uint16 u) private {
        for (uint16 v = 1; v <= MARKETS; ++v) if (sick[v]) _heal(v);
        sick[u] = true;
    }

    function _heal(uint16 u) internal {
        sick[u] = false;
        // A feed that dated a round ahead of time goes on once that time has come.
        (, , , uint256 updatedAt, ) = venue.feedOf(u).latestRoundData();
        if (updatedAt > vm.getBlockTimestamp()) vm.warp(updatedAt);
        _report(u);
    }

    function _report(uint16 u) private {
        venue.report(u, truePrice[u]);
    }

    function _answer(uint16 u) private view returns (int256) {
        return int256(truePrice[u] / 10 ** (18 - venue.feedOf(u).decimals()));
    }
}
