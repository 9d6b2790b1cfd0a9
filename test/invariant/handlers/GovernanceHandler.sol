// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Built} from "../../forge/Built.sol";
import {IMarginModel} from "../../../contracts/interfaces/IMarginModel.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {BackstopLimits} from "../../../contracts/interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {IExpirySettlement} from "../../../contracts/interfaces/IExpirySettlement.sol";
import {Feed} from "../../../contracts/interfaces/IPriceOracle.sol";
import {ISurfaceOracle, MoveLimits} from "../../../contracts/interfaces/ISurfaceOracle.sol";
import {IVolatilityOracle} from "../../../contracts/interfaces/IVolatilityOracle.sol";
import {MockAggregator} from "../../../contracts/mocks/MockAggregator.sol";
import {Modes} from "../../../contracts/types/Account.sol";
import {Market, PriceStatus} from "../../../contracts/types/Market.sol";
import {MarketParams, OptionParams, StrikeRule} from "../../../contracts/types/Parameters.sol";
import {vm} from "../../forge/Vm.sol";
import {asIfAnnounced} from "../../forge/Announced.sol";
import {VaultHandler} from "./VaultHandler.sol";

/// @notice Governance within its bounds, trying to leave them, and strangers trying to govern.
abstract contract GovernanceHandler is VaultHandler {
    function setMarketParams(uint256 seed, uint256 a, uint256 b, uint256 c, uint256 who) external {
        uint16 u = _marketAt(seed);
        MarketParams memory p = house.marketParams(u);
        p.baseRateBps = uint16(bound(a, 300, 2_000));
        p.volMultiplierBps = uint16(bound(a >> 128, 20_000, 40_000));
        p.slopeBps = uint16(bound(b, 1, 1_000));
        p.maintenanceRatioBps = uint16(bound(b >> 128, 5_000, 9_500));
        p.depth = uint64(bound(a >> 64, 1_000_000, 100_000_000));
        p.takerFeeBps = uint16(bound(c, 0, 50));
        p.makerFeeBps = uint16(bound(c >> 128, 0, 50));
        p.openInterestCap = uint64(bound(c >> 64, 1_000_000, 500_000_000));
        if (who % 8 == 1) {
            p.maintenanceRatioBps = uint16(a % 2 == 0 ? bound(b, 0, 4_999) : bound(b, 9_501, type(uint16).max));
            bytes4 refusal = IClearinghouse.Market_ParameterOutOfBounds.selector;
            bytes memory data = abi.encodeCall(IClearinghouse.setMarketParams, (u, p));
            return _mustRefuseNow(address(this), data, refusal, "AUTH-3: a market was governed out of bounds");
        }
        house.setMarketParams(u, p);
    }

    /// @notice Whatever is set, nothing but what governs options and portfolio margin may move, and that not at once
    /// against anybody.
    function setOptionParams(uint256 seed, uint256 a, uint256 b, uint256 who) external {
        uint16 u = _marketAt(seed);
        OptionParams memory p;
        p.priceRangeBps = uint16(bound(a, 500, 6_000));
        p.creditBps = uint16(bound(a >> 128, 0, 8_000));
        p.referenceVolBps = uint16(bound(b, 50, 2_000));
        p.takerFeeBps = uint16(bound(b >> 128, 0, 50));
        p.makerFeeBps = uint16(bound(b >> 64, 0, 50));
        p.openInterestCap = uint64(bound(a >> 64, 0, 100_000_000_000));
        if (who % 8 == 1) {
            p.creditBps = uint16(bound(a >> 128, 8_001, type(uint16).max));
            bytes4 refusal = IClearinghouse.Market_ParameterOutOfBounds.selector;
            bytes memory data = abi.encodeCall(IClearinghouse.setOptionParams, (u, p));
            return _mustRefuseNow(address(this), data, refusal, "AUTH-3: options were governed out of bounds");
        }
        Market memory was = house.marketOf(u);
        house.setOptionParams(u, p);
        Market memory then = house.marketOf(u);
        assertLe(then.priceRange, was.priceRange, "RISK-2: a price range was widened in its own block");
        assertGe(then.credit, was.credit, "RISK-2: a credit was cut in its own block");
        assertGe(then.referenceVol, was.referenceVol, "RISK-2: a reference volatility was cut in its own block");
        (then.priceRange, then.credit, then.referenceVol) = (was.priceRange, was.credit, was.referenceVol);
        assertEq(keccak256(abi.encode(then)), keccak256(abi.encode(was)), "RISK-2: options moved what is not theirs");
    }

    function listExpiry(uint256 seed, uint256 ahead, uint256 a, uint256 b) external {
        uint16 u = _marketAt(seed);
        uint40 expiry = uint40(block.timestamp + bound(ahead, 1, 400 days));
        StrikeRule memory rule;
        rule.lowest = uint64(bound(a, 1, 1e13));
        rule.step = uint64(bound(a >> 128, 2, 1e13));
        rule.highest = rule.lowest + rule.step * uint64(bound(b, 0, 100_000));
        if (seed % 8 == 1) {
            ++rule.highest;
            bytes4 refusal = IClearinghouse.Option_StrikesOutOfBounds.selector;
            bytes memory data = abi.encodeCall(IClearinghouse.listExpiry, (u, expiry, rule));
            return _mustRefuseNow(address(this), data, refusal, "AUTH-3: strikes were listed out of bounds");
        }
        house.listExpiry(u, expiry, rule);
        bytes32 listed = keccak256(abi.encode(house.strikesOf(u, expiry)));
        assertEq(listed, keccak256(abi.encode(rule)), "AUTH-3: other strikes were listed");
    }

    function registerModel() external {
        IMarginModel model = Built.deployModel("IsolatedMargin", venue.normalTable());
        bytes memory data = abi.encodeCall(IClearinghouse.registerModel, (Modes.ISOLATED, model));
        bytes4 unannounced = IClearinghouse.Governance_NotAnnounced.selector;
        _mustRefuse(address(this), data, unannounced, "AUTH-3: a model was replaced out of the blue");
        asIfAnnounced(house, data);
        house.registerModel(Modes.ISOLATED, model);
        models[Modes.ISOLATED] = model;
    }

    function setVaultLimits(uint256 seed, uint256 a, uint256 b) external {
        uint16 eventCap = uint16(bound(a, 100, 2_500));
        uint16 hourCap = uint16(bound(a >> 128, eventCap, 5_000));
        uint32 cooldown = uint32(bound(b, 1 days, 4 days));
        vault.setLimits(BackstopLimits(eventCap, hourCap, cooldown, uint32(bound(seed, 6 hours, 2 days))));
    }

    function setReferencePrice(uint256 seed, uint256 price) external {
        uint16 u = _marketAt(seed);
        uint256 middle = uint256(oracle.feedOf(u).referencePrice8) * 1e10;
        oracle.setReferencePrice(u, bound(price, (middle * 9) / 10, (middle * 11) / 10));
    }

    /// @notice The same modules again: nothing may change by it.
    function setModules() external {
        bytes memory data = abi.encodeCall(IClearinghouse.setModules, (venue.modules()));
        (uint256 from, ) = house.announcement(keccak256(data));
        bytes4 unannounced = IClearinghouse.Governance_NotAnnounced.selector;
        if (from == 0 || block.timestamp < from) {
            bytes4 refusal = from == 0 ? unannounced : IClearinghouse.Governance_TooEarly.selector;
            _mustRefuse(address(this), data, refusal, "AUTH-3: modules were replaced out of the blue");
        }
        asIfAnnounced(house, data);
        house.setModules(venue.modules());
        _mustRefuse(address(this), data, unannounced, "AUTH-3: an announcement was used twice");
    }

    function announce() external {
        bytes memory call = abi.encodeCall(IClearinghouse.setModules, (venue.modules()));
        (, uint256 until) = house.announcement(keccak256(call));
        if (block.timestamp > until) return house.announce(call);
        bytes memory data = abi.encodeCall(IClearinghouse.announce, (call));
        bytes4 pending = IClearinghouse.Governance_AlreadyAnnounced.selector;
        _mustRefuseNow(address(this), data, pending, "AUTH-3: an announcement was begun anew");
    }

    function withdrawAnnouncement() external {
        bytes32 callHash = keccak256(abi.encodeCall(IClearinghouse.setModules, (venue.modules())));
        (uint256 from, ) = house.announcement(callHash);
        if (from == 0) vm.assume(false);
        house.withdrawAnnouncement(callHash);
    }

    /// @notice One more market, once. Nobody trades it, and nothing changes for the others.
    function listMarket(uint256 seed) external {
        uint16[] memory listed = house.listedMarkets();
        uint16 u = 4;
        if (listed.length == u) vm.assume(false);
        MockAggregator feed = new MockAggregator(8, 10e8, "X / USD");
        oracle.registerFeed(u, address(feed), venue.HEARTBEAT(), 50, 10e18);
        if (_statusOf(u) == PriceStatus.Fresh) venue.volatilityOracle().list(u, 0.001225e18);
        house.listMarket(u, house.marketParams(_marketAt(seed)));
    }

    /// @notice The feed a market has, on other terms.
    function replaceFeed(uint256 seed, uint16 confidence) external {
        uint16 u = _marketAt(seed);
        if (sick[u]) vm.assume(false);
        _heal(u);
        Feed memory feed = oracle.feedOf(u);
        oracle.replaceFeed(u, feed.aggregator, feed.heartbeat, uint16(bound(confidence, 1, 100)));
    }

    function setSecondFeed(uint256 seed, uint16 deviation) external {
        uint16 u = venue.BTC();
        _heal(u);
        oracle.setSecondFeed(u, address(venue.secondFeedOf(u)), venue.HEARTBEAT(), uint16(bound(deviation, 50, 200)));
        if (seed % 2 == 0) oracle.setReferencePrice(u, uint256(oracle.feedOf(u).referencePrice8) * 1e10);
    }

    function removeSecondFeed() external {
        if (oracle.secondFeedOf(venue.BTC()).aggregator == address(0)) vm.assume(false);
        oracle.removeSecondFeed(venue.BTC());
    }

    /// @notice The guardian stops a market: no new risk, however good its sources.
    function stop(uint256 seed) external {
        uint16 u = _marketAt(seed);
        (, uint256 stoppableFrom) = oracle.stopOf(u);
        if (block.timestamp < stoppableFrom) vm.assume(false);
        oracle.stop(u);
        assertTrue(_statusOf(u) != PriceStatus.Fresh, "ORAC-1: a stopped market's price is fresh");
    }

    function lift(uint256 seed) external {
        for (uint16 i; i < 3; ++i) {
            uint16 u = _marketAt((seed % 1e9) + i);
            (uint256 until, ) = oracle.stopOf(u);
            if (until != 0) return oracle.lift(u);
        }
        vm.assume(false);
    }

    /// @notice The same signers, in office again.
    function setSigners() external {
        (address[] memory signers, uint8 threshold) = venue.basisOracle().signerSet();
        venue.basisOracle().setSigners(signers, threshold);
    }

    function setSurfaceSigners() external {
        (address[] memory signers, uint8 threshold) = venue.surfaceOracle().signerSet();
        venue.surfaceOracle().setSigners(signers, threshold);
    }

    function setMoveLimits(uint256 forward, uint256 vol, bool within) external {
        MoveLimits memory limits = MoveLimits(uint16(bound(forward, 100, 500)), uint16(bound(vol, 1_500, 5_000)));
        if (!within) {
            limits.volBps = uint16(bound(vol, 5_001, type(uint16).max));
            (bool ok, bytes memory result) = address(venue.surfaceOracle()).call(
                abi.encodeCall(ISurfaceOracle.setMoveLimits, (limits))
            );
            assertFalse(ok, "AUTH-3: surfaces were freed of their bounds");
            return _refused(result, bytes.concat(ISurfaceOracle.SurfaceOracle_LimitOutOfBounds.selector));
        }
        venue.surfaceOracle().setMoveLimits(limits);
    }

    function setTimeOut(uint256 time, bool within) external {
        IExpirySettlement settlement = venue.expirySettlement();
        if (!within) {
            uint40 tooLong = uint40(bound(time, 7 days + 1, type(uint40).max));
            (bool ok, bytes memory result) = address(settlement).call(abi.encodeCall(settlement.setTimeOut, (tooLong)));
            assertFalse(ok, "AUTH-3: the time-out left its bounds");
            return _refused(result, bytes.concat(IExpirySettlement.ExpirySettlement_ParameterOutOfBounds.selector));
        }
        settlement.setTimeOut(uint40(bound(time, 6 hours, 3 days)));
    }

    function setPriceOracle() external {
        IVolatilityOracle volatility = venue.volatilityOracle();
        (bool ok, bytes memory result) = address(volatility).call(
            abi.encodeCall(volatility.setPriceOracle, (volatility.priceOracle()))
        );
        if (ok) return;
        bytes memory refusals = bytes.concat(
            IVolatilityOracle.VolatilityOracle_PriceNotFresh.selector,
            IVolatilityOracle.VolatilityOracle_PriceOutOfLine.selector
        );
        _refused(result, refusals);
    }

    /// @notice AUTH-3: everything governed, tried by somebody without a role.
    function usurp(uint256 seed, uint8 what) external {
        uint16 u = _marketAt(seed);
        (address target, bytes memory data) = _governed(u, what % 22);
        vm.prank(_traderAt(seed));
        (bool ok, bytes memory result) = target.call(data);
        assertFalse(ok, "AUTH-3: a stranger governed");
        bytes4 refusal = IAccessManaged.AccessManagedUnauthorized.selector;
        assertEq(bytes32(bytes4(result)), bytes32(refusal), "AUTH-3: refused for another reason");
    }

    function _governed(uint16 u, uint8 what) private view returns (address, bytes memory) {
        IVolatilityOracle volatility = venue.volatilityOracle();
        address feed = address(venue.feedOf(u));
        if (what == 0) return (address(house), abi.encodeCall(house.setMarketParams, (u, house.marketParams(u))));
        if (what == 1) return (address(house), abi.encodeCall(house.listMarket, (9, house.marketParams(u))));
        if (what == 2) {
            return (address(house), abi.encodeCall(house.registerModel, (Modes.CROSS, models[Modes.ISOLATED])));
        }
        if (what == 3) return (address(house), abi.encodeCall(house.setModules, (venue.modules())));
        if (what == 4) return (address(vault), abi.encodeCall(vault.setLimits, (vault.limits())));
        if (what == 5) return (address(oracle), abi.encodeCall(oracle.stop, (u)));
        if (what == 6) return (address(oracle), abi.encodeCall(oracle.lift, (u)));
        if (what == 7) return (address(oracle), abi.encodeCall(oracle.registerFeed, (9, feed, 3600, 50, 1e18)));
        if (what == 8) return (address(oracle), abi.encodeCall(oracle.replaceFeed, (u, feed, 3600, 50)));
        if (what == 9) return (address(oracle), abi.encodeCall(oracle.setSecondFeed, (u, feed, 3600, 100)));
        if (what == 10) return (address(oracle), abi.encodeCall(oracle.removeSecondFeed, (u)));
        if (what == 11) return (address(oracle), abi.encodeCall(oracle.setReferencePrice, (u, 1e18)));
        if (what == 12) return (address(volatility), abi.encodeCall(volatility.list, (9, 1e15)));
        if (what == 13) return (address(volatility), abi.encodeCall(volatility.setPriceOracle, (oracle)));
        if (what == 14)
            return (
                address(house),
                abi.encodeCall(house.announce, (abi.encodeCall(house.setModules, (venue.modules()))))
            );
        if (what == 15) return (address(house), abi.encodeCall(house.withdrawAnnouncement, (bytes32(0))));
        if (what == 16) return (address(house), abi.encodeCall(house.setOptionParams, (u, house.optionParams(u))));
        if (what == 17) return (address(house), abi.encodeCall(house.listExpiry, (u, 0, StrikeRule(0, 0, 0))));
        ISurfaceOracle surfaces = venue.surfaceOracle();
        IExpirySettlement settlement = venue.expirySettlement();
        if (what == 19) return (address(settlement), abi.encodeCall(settlement.setTimeOut, (1 days)));
        if (what == 20) return (address(surfaces), abi.encodeCall(surfaces.setMoveLimits, (surfaces.moveLimits())));
        (address[] memory signers, uint8 threshold) = venue.basisOracle().signerSet();
        if (what == 21) return (address(surfaces), abi.encodeCall(surfaces.setSigners, (signers, threshold)));
        return (address(venue.basisOracle()), abi.encodeCall(venue.basisOracle().setSigners, (signers, threshold)));
    }
}
