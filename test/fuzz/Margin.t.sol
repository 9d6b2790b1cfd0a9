// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Built} from "../forge/Built.sol";
import {InstrumentLibrary} from "../../contracts/instruments/Instrument.sol";
import {IMarginModel} from "../../contracts/interfaces/IMarginModel.sol";
import {Expiry} from "../../contracts/types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../../contracts/types/Market.sol";
import {Position, PositionLibrary} from "../../contracts/types/Position.sol";
import {deployNormalTable} from "../forge/NormalTable.sol";
import {Test} from "../forge/Test.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Standard margin never falls when size, volatility or uncertainty grow, and never below maintenance.
contract MarginTest is Test {
    IMarginModel private cross;
    IMarginModel private isolated;

    function setUp() public {
        address table = address(deployNormalTable());
        cross = Built.deployModel("CrossMargin", table);
        isolated = Built.deployModel("IsolatedMargin", table);
    }

    function testFuzz_monotoneInSize(uint256 seed, int64 lots, uint64 more) public view {
        Market memory m = _marketOf(seed);
        lots = int64(bound(lots, -1e15, 1e15));
        int64 larger =
            lots >= 0 ? lots + int64(uint64(bound(more, 0, 1e15))) : lots - int64(uint64(bound(more, 0, 1e15)));
        _assertNotLess(_assess(m, larger), _assess(m, lots), "RISK-1: margin fell as size grew");
    }

    function testFuzz_monotoneInVolatility(uint256 seed, int64 lots, uint256 more) public view {
        Market memory m = _marketOf(seed);
        lots = int64(bound(lots, -1e15, 1e15));
        Assessment memory calm = _assess(m, lots);
        m.dailyVol += bound(more, 0, 2e18);
        _assertNotLess(_assess(m, lots), calm, "RISK-1: margin fell as volatility grew");
    }

    function testFuzz_monotoneInConfidence(uint256 seed, int64 lots, uint256 more) public view {
        Market memory m = _marketOf(seed);
        lots = int64(bound(lots, -1e15, 1e15));
        Assessment memory sure = _assess(m, lots);
        m.confidence += bound(more, 0, 0.1e18);
        _assertNotLess(_assess(m, lots), sure, "RISK-1: margin fell as the price grew uncertain");
    }

    function testFuzz_sidesAreEqual(uint256 seed, int64 lots) public view {
        Market memory m = _marketOf(seed);
        lots = int64(bound(lots, 0, 1e15));
        Assessment memory long = _assess(m, lots);
        Assessment memory short = _assess(m, -lots);
        assertEq(long.initialMargin, short.initialMargin, "RISK-1: a short needs what a long needs");
        assertLe(long.maintenanceMargin, long.initialMargin, "RISK-1: maintenance above initial margin");
        assertLe(long.equity + short.equity, 0, "LEDGER-3: two sides are worth more than nothing");
    }

    /// @dev One account with everything needs no less than two with a part each.
    function testFuzz_joiningIsNotRewarded(uint256 seed, uint64 a, uint64 b) public view {
        Market memory m = _marketOf(seed);
        int64 x = int64(uint64(bound(a, 0, 1e15)));
        int64 y = int64(uint64(bound(b, 0, 1e15)));
        uint256 apart = _assess(m, x).initialMargin + _assess(m, y).initialMargin;
        // The rate stops at 100 %, where both are simply their notional; roundings are a few wei.
        assertGe(_assess(m, x + y).initialMargin + 6, apart, "RISK-1: one large position needs less than two");
    }

    function testFuzz_isolatedIsCrossOfOne(uint256 seed, int64 lots, int128 cash) public view {
        Market memory m = _marketOf(seed);
        lots = int64(bound(lots, -1e15, 1e15));
        (Market[] memory markets, Position[] memory positions) = _one(m, lots);
        Assessment memory a = cross.assess(markets, new Expiry[](0), 0, cash, positions);
        Assessment memory b = isolated.assess(markets, new Expiry[](0), 0, cash, positions);
        assertEq(
            keccak256(abi.encode(a)),
            keccak256(abi.encode(b)),
            "RISK-1: isolated and cross differ on one position"
        );
    }

    function test_isolatedRefusesTwo() public {
        Market memory m = _marketOf(1);
        (Market[] memory markets, ) = _one(m, 1);
        Position[] memory two = new Position[](2);
        vm.expectRevert(abi.encodeWithSelector(IMarginModel.MarginModel_TooManyPositions.selector, 2, 1));
        isolated.assess(markets, new Expiry[](0), 0, 0, two);
    }

    function testFuzz_missingMarketIsRefused(uint16 underlying) public {
        vm.assume(underlying != 7);
        Market memory m = _marketOf(1);
        (Market[] memory markets, Position[] memory positions) = _one(m, 1);
        positions[0] = PositionLibrary.perp(InstrumentLibrary.perp(underlying), 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginModel.MarginModel_MissingMarket.selector, underlying));
        cross.assess(markets, new Expiry[](0), 0, 0, positions);
    }

    function _assess(Market memory m, int64 lots) private view returns (Assessment memory) {
        (Market[] memory markets, Position[] memory positions) = _one(m, lots);
        return cross.assess(markets, new Expiry[](0), 0, 0, positions);
    }

    function _one(
        Market memory m,
        int64 lots
    ) private pure returns (Market[] memory markets, Position[] memory positions) {
        markets = new Market[](1);
        markets[0] = m;
        positions = new Position[](1);
        positions[0] = PositionLibrary.perp(InstrumentLibrary.perp(7), lots, 0);
    }

    function _assertNotLess(Assessment memory a, Assessment memory b, string memory reason) private pure {
        assertGe(a.initialMargin, b.initialMargin, reason);
        assertGe(a.maintenanceMargin, b.maintenanceMargin, reason);
    }

    /// @dev Anything within the bounds of governance and the oracles.
    function _marketOf(uint256 seed) private pure returns (Market memory m) {
        m.underlying = 7;
        m.status = PriceStatus.Fresh;
        // Prices of all magnitudes, from a millionth of a cent to a million.
        m.spot = _draw(seed, 0, 1e9, 10e9) * 10 ** _draw(seed, 1, 0, 14);
        m.mark = _draw(seed, 2, (m.spot * 99) / 100, (m.spot * 101) / 100);
        m.index = int256(_draw(seed, 3, 0, 2e24)) - 1e24;
        m.confidence = _draw(seed, 4, 0.0001e18, 0.1e18);
        m.dailyVol = _draw(seed, 5, 0.001e18, 2e18);
        m.baseRate = _draw(seed, 6, 0.01e18, 1e18);
        m.volMultiplier = _draw(seed, 7, 1e18, 6e18);
        m.slope = _draw(seed, 8, 0.0001e18, 1e18);
        m.depth = _draw(seed, 9, 10_000e18, 1e28);
        m.maintenanceRatio = _draw(seed, 10, 0.5e18, 0.95e18);
    }

    function _draw(uint256 seed, uint256 salt, uint256 min, uint256 max) private pure returns (uint256) {
        return bound(uint256(keccak256(abi.encode(seed, salt))), min, max);
    }
}
