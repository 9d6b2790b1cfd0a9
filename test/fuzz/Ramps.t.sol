// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Built} from "../forge/Built.sol";
import {InstrumentLibrary} from "../../contracts/instruments/Instrument.sol";
import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {IMarginModel} from "../../contracts/interfaces/IMarginModel.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Expiry} from "../../contracts/types/Expiry.sol";
import {Assessment, Market} from "../../contracts/types/Market.sol";
import {MarketParams, MarketRamp} from "../../contracts/types/Parameters.sol";
import {Position, PositionLibrary} from "../../contracts/types/Position.sol";
import {Desk} from "../forge/Desk.sol";
import {deployNormalTable} from "../forge/NormalTable.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Margin that governance raises ramps in over 24 hours, whatever it sets and when.
contract RampsTest is Desk {
    uint16 private constant ETH = 1;
    uint256 private constant STEPS = 10;
    /// @dev The grain of the values in force: a millionth of a basis point, and of a USD.
    uint256 private constant RATE_STEP = 1e8;
    uint256 private constant DEPTH_STEP = 1e12;
    /// @dev 1/depth counts in this; depths go up to 1e28.
    uint256 private constant INVERSE = 1e54;

    /// @dev Constant prices and a size: what a requirement depends on but for the parameters.
    struct Held {
        int64 lots;
        uint256 price;
        uint256 dailyVol;
        uint256 confidence;
    }

    IMarginModel private model;

    function setUp() public {
        _newVenue();
        model = Built.deployModel("CrossMargin", address(deployNormalTable()));
    }

    /// @dev The property itself: any sequence of changes and of moments, at constant prices.
    function testFuzz_marginMovesNoFasterThanTheRamp(uint256 seed) public {
        Held memory held = Held(
            int64(uint64(_draw(seed, "lots", 1, 1e13))),
            _draw(seed, "price", 1e14, 1e23),
            _draw(seed, "vol", 0.001e18, 0.3e18),
            _draw(seed, "confidence", 0, 0.01e18)
        );
        for (uint256 i; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 2 == 0) _change(seed, held);
            else _wait(_draw(seed, "wait", 1, seed % 3 == 0 ? 30 hours : 2 hours), held);
        }
        _wait(24 hours, held);
        Market memory end = house.marketOf(ETH);
        _assertSame(end, _targetOf(house.marketParams(ETH)), "RISK-1: a day later the target is in force");
    }

    /// @dev Nothing that is raised acts in the block of the change, and nothing that is lowered waits.
    function _change(uint256 seed, Held memory held) private {
        Market memory before = house.marketOf(ETH);
        MarketParams memory from = house.marketParams(ETH);
        MarketParams memory to = _drawParams(seed, from);
        house.setMarketParams(ETH, to);
        Market memory then = house.marketOf(ETH);
        Market memory target = _targetOf(to);
        if (_sameMargin(from, to)) {
            _assertSame(then, before, "RISK-2: fees and caps moved margin");
        } else {
            Market memory looser = house.marketOf(ETH);
            looser.baseRate = _min(before.baseRate, target.baseRate);
            looser.volMultiplier = _min(before.volMultiplier, target.volMultiplier);
            looser.slope = _min(before.slope, target.slope);
            looser.maintenanceRatio = _min(before.maintenanceRatio, target.maintenanceRatio);
            looser.depth = before.depth > target.depth ? before.depth : target.depth;
            _assertSame(then, looser, "RISK-2: in its block a change does but lower margin, and all of it at once");
        }
        _assertNotMore(then, before, held, "RISK-2: a change raised margin in its own block");
        _assertNotMore(then, target, held, "RISK-2: margin is above what was set");
    }

    function _wait(uint256 time, Held memory held) private {
        Market memory before = house.marketOf(ETH);
        MarketRamp memory ramp = house.marketRamp(ETH);
        Market memory target = _targetOf(house.marketParams(ETH));
        vm.warp(vm.getBlockTimestamp() + time);
        Market memory then = house.marketOf(ETH);
        _assertNotMore(before, then, held, "RISK-2: a ramp went back");
        _assertNotMore(then, target, held, "RISK-2: a ramp went beyond its target");
        if (ramp.since == 0) return _assertSame(then, before, "RISK-2: margin moves where nothing ramps");
        Market memory allowed = _allowed(before, ramp, target, time);
        assertLe(then.baseRate, allowed.baseRate, "RISK-2: the base rate jumped");
        assertLe(then.volMultiplier, allowed.volMultiplier, "RISK-2: the volatility multiplier jumped");
        assertLe(then.slope, allowed.slope, "RISK-2: the slope jumped");
        assertLe(then.maintenanceRatio, allowed.maintenanceRatio, "RISK-2: the maintenance ratio jumped");
        assertGe(then.depth, allowed.depth, "RISK-2: the depth jumped");
        _assertNotMore(then, allowed, held, "RISK-2: margin moved by more than the ramp allows");
    }

    /// @dev What of a ramp `time` may bring: its part of 24 hours, and a step for rounding.
    function _allowed(
        Market memory before,
        MarketRamp memory ramp,
        Market memory target,
        uint256 time
    ) private pure returns (Market memory m) {
        if (time > 24 hours) time = 24 hours;
        m.baseRate = before.baseRate + _part(target.baseRate - ramp.baseRate, time);
        m.volMultiplier = before.volMultiplier + _part(target.volMultiplier - ramp.volMultiplier, time);
        m.slope = before.slope + _part(target.slope - ramp.slope, time);
        m.maintenanceRatio = before.maintenanceRatio + _part(target.maintenanceRatio - ramp.maintenanceRatio, time);
        uint256 rise = ((INVERSE / target.depth - INVERSE / ramp.depth) * time) / 24 hours;
        m.depth = INVERSE / (INVERSE / before.depth + rise + 2);
        m.depth = m.depth > DEPTH_STEP ? m.depth - DEPTH_STEP : 1;
    }

    function _part(uint256 whole, uint256 time) private pure returns (uint256) {
        return (whole * time) / 24 hours + RATE_STEP;
    }

    // ------------------------------------------------------------------ attacks

    /// @dev Governance in a hurry: an account at the brink of maintenance margin, and every bound at its tightest.
    function test_noChangeMakesAnyoneLiquidatableInItsBlock() public {
        AccountId alice = _atTheBrink();
        AccountId keeper = _open(_trader("keeper"), 0, Modes.CROSS, 1_000);
        house.setMarketParams(ETH, _tightest(house.marketParams(ETH)));
        Assessment memory a = house.assess(alice);
        vm.expectRevert(
            abi.encodeWithSelector(
                IClearinghouse.Liquidation_Healthy.selector,
                alice,
                a.equityForMaintenance,
                a.maintenanceMargin
            )
        );
        house.flag(alice, keeper);
        _pass(10 minutes);
        house.flag(alice, keeper);
        assertTrue(house.accountOf(alice).flagged(), "RISK-3: ten minutes of the ramp are in force then");
    }

    /// @dev Setting parameters again and again, the same or others, gains not a second on the ramp.
    function test_restartingARampDoesNotJump() public {
        MarketParams memory tight = _tightest(house.marketParams(ETH));
        Market memory began = house.marketOf(ETH);
        house.setMarketParams(ETH, tight);
        uint256 rounds = 100;
        for (uint256 i; i < rounds; ++i) {
            _pass(1);
            Market memory before = house.marketOf(ETH);
            tight.takerFeeBps = uint16(i % 50);
            tight.slopeBps = i % 2 == 0 ? 9_999 : 10_000;
            house.setMarketParams(ETH, tight);
            _assertSame(house.marketOf(ETH), before, "RISK-2: a ramp jumped when it was begun anew");
        }
        Market memory then = house.marketOf(ETH);
        uint256 most = ((1e18 - began.baseRate) * rounds) / 24 hours + rounds * RATE_STEP;
        assertLe(then.baseRate - began.baseRate, most, "RISK-2: the restarts added up to more than their time");
        assertEq(uint256(house.marketRamp(ETH).since), block.timestamp, "the last of them began anew");
    }

    /// @dev The same margin again, with other fees, must not hold a ramp back either.
    function test_feesDoNotHoldARampBack() public {
        MarketParams memory p = house.marketParams(ETH);
        p.maintenanceRatioBps = 9_000;
        house.setMarketParams(ETH, p);
        MarketRamp memory began = house.marketRamp(ETH);
        _pass(12 hours);
        p.takerFeeBps = 9;
        p.openInterestCap = 1;
        house.setMarketParams(ETH, p);
        assertEq(keccak256(abi.encode(house.marketRamp(ETH))), keccak256(abi.encode(began)), "the ramp runs on");
        assertEq(house.marketOf(ETH).maintenanceRatio, 0.8e18, "half way after half the time");
        _pass(12 hours);
        assertEq(house.marketOf(ETH).maintenanceRatio, 0.9e18, "and there after all of it");
    }

    /// @dev Each market ramps for itself.
    function test_oneMarketsRampIsNoOthers() public {
        Market memory btc = house.marketOf(2);
        Market memory sol = house.marketOf(3);
        MarketParams memory p = _tightest(house.marketParams(2));
        house.setMarketParams(2, p);
        _pass(12 hours);
        _assertSame(house.marketOf(3), sol, "another market's margin moved");
        assertGt(house.marketOf(2).baseRate, btc.baseRate, "its own did");
        assertEq(uint256(house.marketRamp(ETH).since), 0, "a market before it ramps");
    }

    // ------------------------------------------------------------------ the book

    /// @dev Alice is long 10 ETH; the price falls until less than a USD is between her and maintenance margin.
    function _atTheBrink() private returns (AccountId alice) {
        alice = _open(_trader("alice"), 0, Modes.CROSS, 4_000);
        AccountId bob = _open(_trader("bob"), 0, Modes.CROSS, 1_000_000);
        _trade(alice, bob, ETH, 10e8, 3_000e18);
        for (uint256 price = 3_000e18; ; price -= 0.05e18) {
            _setPrice(ETH, price - 0.05e18);
            if (!_isBelow(alice)) continue;
            _setPrice(ETH, price);
            break;
        }
        Assessment memory a = house.assess(alice);
        assertFalse(_isBelow(alice), "she is healthy");
        assertLt(a.equityForMaintenance, int256(a.maintenanceMargin) + 1e18, "and at the brink");
    }

    function _tightest(MarketParams memory p) private pure returns (MarketParams memory) {
        p.baseRateBps = 10_000;
        p.volMultiplierBps = 60_000;
        p.slopeBps = 10_000;
        p.maintenanceRatioBps = 9_500;
        p.depth = 10_000;
        return p;
    }

    // ------------------------------------------------------------------ what is compared

    function _assertNotMore(Market memory a, Market memory b, Held memory held, string memory reason) private view {
        (uint256 initial, uint256 maintenance) = _required(a, held);
        (uint256 mostInitial, uint256 mostMaintenance) = _required(b, held);
        assertLe(maintenance, mostMaintenance, reason);
        assertLe(initial, mostInitial, reason);
    }

    function _required(Market memory m, Held memory held) private view returns (uint256, uint256) {
        Market[] memory markets = new Market[](1);
        markets[0] = m;
        (m.underlying, m.spot, m.mark, m.index) = (ETH, held.price, held.price, int256(held.price));
        (m.dailyVol, m.confidence) = (held.dailyVol, held.confidence);
        Position[] memory positions = new Position[](1);
        positions[0] = PositionLibrary.perp(InstrumentLibrary.perp(ETH), held.lots, int128(m.index));
        Assessment memory a = model.assess(markets, new Expiry[](0), 0, 0, positions);
        return (a.initialMargin, a.maintenanceMargin);
    }

    function _assertSame(Market memory a, Market memory b, string memory reason) private pure {
        assertEq(a.baseRate, b.baseRate, reason);
        assertEq(a.volMultiplier, b.volMultiplier, reason);
        assertEq(a.slope, b.slope, reason);
        assertEq(a.maintenanceRatio, b.maintenanceRatio, reason);
        assertEq(a.depth, b.depth, reason);
    }

    /// @dev The parameters as set, in the units of Market.
    function _targetOf(MarketParams memory p) private pure returns (Market memory m) {
        m.baseRate = uint256(p.baseRateBps) * 1e14;
        m.volMultiplier = uint256(p.volMultiplierBps) * 1e14;
        m.slope = uint256(p.slopeBps) * 1e14;
        m.maintenanceRatio = uint256(p.maintenanceRatioBps) * 1e14;
        m.depth = uint256(p.depth) * 1e18;
    }

    function _sameMargin(MarketParams memory a, MarketParams memory b) private pure returns (bool) {
        return
            a.baseRateBps == b.baseRateBps &&
            a.volMultiplierBps == b.volMultiplierBps &&
            a.slopeBps == b.slopeBps &&
            a.maintenanceRatioBps == b.maintenanceRatioBps &&
            a.depth == b.depth;
    }

    /// @dev Parameters within the bounds; each stays as it is in a third of the cases.
    function _drawParams(uint256 seed, MarketParams memory from) private pure returns (MarketParams memory p) {
        p = abi.decode(abi.encode(from), (MarketParams));
        if (seed % 16 != 0) {
            if (_draws(seed, "keep base")) p.baseRateBps = uint16(_draw(seed, "base", 100, 10_000));
            if (_draws(seed, "keep vol")) p.volMultiplierBps = uint16(_draw(seed, "multiplier", 10_000, 60_000));
            if (_draws(seed, "keep slope")) p.slopeBps = uint16(_draw(seed, "slope", 1, 10_000));
            if (_draws(seed, "keep ratio")) p.maintenanceRatioBps = uint16(_draw(seed, "ratio", 5_000, 9_500));
            // Of all magnitudes.
            if (_draws(seed, "keep depth")) {
                p.depth = uint64(_draw(seed, "depth", 1e4, 1e5) * 10 ** _draw(seed, "zeros", 0, 5));
            }
        }
        p.takerFeeBps = uint16(_draw(seed, "taker", 0, 50));
        p.openInterestCap = uint64(_draw(seed, "cap", 0, 1e11));
    }

    function _draws(uint256 seed, string memory salt) private pure returns (bool) {
        return _draw(seed, salt, 0, 2) != 0;
    }

    function _draw(uint256 seed, string memory salt, uint256 min, uint256 max) private pure returns (uint256) {
        return bound(uint256(keccak256(abi.encode(seed, salt))), min, max);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
