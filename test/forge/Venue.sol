// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {Clearinghouse} from "../../contracts/clearing/Clearinghouse.sol";
import {ExpirySettlement} from "../../contracts/instruments/ExpirySettlement.sol";
import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {MoveLimits} from "../../contracts/interfaces/ISurfaceOracle.sol";
import {BackstopVault} from "../../contracts/liquidation/BackstopVault.sol";
import {LiquidationAuction} from "../../contracts/liquidation/LiquidationAuction.sol";
import {CrossMargin} from "../../contracts/margin/CrossMargin.sol";
import {IsolatedMargin} from "../../contracts/margin/IsolatedMargin.sol";
import {PortfolioMargin} from "../../contracts/margin/PortfolioMargin.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockDollar} from "../../contracts/mocks/MockDollar.sol";
import {MockSequencerFeed} from "../../contracts/mocks/MockSequencerFeed.sol";
import {BasisOracle} from "../../contracts/oracle/BasisOracle.sol";
import {PriceOracle} from "../../contracts/oracle/PriceOracle.sol";
import {SurfaceOracle} from "../../contracts/oracle/SurfaceOracle.sol";
import {VolatilityOracle} from "../../contracts/oracle/VolatilityOracle.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {MarketParams, Modules, OptionParams} from "../../contracts/types/Parameters.sol";
import {deployNormalTable} from "./NormalTable.sol";
import {vm} from "./Vm.sol";

/// @notice A whole venue with three underlyings. Only the feeds and the settlement token are mocks.
contract Venue {
    uint16 public constant ETH = 1;
    uint16 public constant BTC = 2;
    uint16 public constant SOL = 3;
    uint24 public constant HEARTBEAT = 1 hours;
    /// @dev (3.5 %)^2, the daily variance every market starts with.
    uint256 public constant SEED_VARIANCE = 0.001225e18;
    uint256 public constant SIGNERS = 3;

    AccessManager public immutable manager;
    Clearinghouse public immutable clearinghouse;
    MockDollar public immutable token;
    MockSequencerFeed public immutable sequencerFeed;
    PriceOracle public immutable priceOracle;
    BasisOracle public immutable basisOracle;
    VolatilityOracle public immutable volatilityOracle;
    SurfaceOracle public immutable surfaceOracle;
    ExpirySettlement public immutable expirySettlement;
    LiquidationAuction public immutable auction;
    BackstopVault public immutable vault;

    mapping(uint16 underlying => MockAggregator) public feedOf;
    /// @dev Bitcoin alone has a second source.
    mapping(uint16 underlying => MockAggregator) public secondFeedOf;
    uint256[SIGNERS] public signerKeys;

    /// @dev The caller becomes the governor; prices must be set at a time well after zero.
    constructor() {
        manager = new AccessManager(address(this));
        token = new MockDollar(6);
        clearinghouse = new Clearinghouse(address(manager), address(token));
        sequencerFeed = new MockSequencerFeed(msg.sender);
        priceOracle = new PriceOracle(address(manager), address(sequencerFeed));
        address[] memory signers = _makeSigners();
        basisOracle = new BasisOracle(address(manager), signers, 2);
        volatilityOracle = new VolatilityOracle(address(manager), priceOracle);
        surfaceOracle = new SurfaceOracle(address(manager), signers, 2, MoveLimits({forwardBps: 200, volBps: 2_500}));
        expirySettlement = new ExpirySettlement(address(manager), priceOracle, 3 days);
        auction = new LiquidationAuction(address(clearinghouse));
        vault = new BackstopVault(IClearinghouse(address(clearinghouse)), address(manager));
        clearinghouse.setModules(modules());
        address table = address(deployNormalTable());
        clearinghouse.registerModel(Modes.ISOLATED, new IsolatedMargin(table));
        clearinghouse.registerModel(Modes.CROSS, new CrossMargin(table));
        clearinghouse.registerModel(Modes.PORTFOLIO, new PortfolioMargin(table));
        vault.open();
        // Feeds of different decimals, as live ones are.
        _list(ETH, 8, 3_000, 25, 800, 20_000_000, 250_000_000);
        _list(BTC, 18, 60_000, 25, 650, 40_000_000, 400_000_000);
        _list(SOL, 6, 150, 50, 1_100, 5_000_000, 50_000_000);
        secondFeedOf[BTC] = new MockAggregator(8, 60_000e8, "BTC / USD, again");
        priceOracle.setSecondFeed(BTC, address(secondFeedOf[BTC]), HEARTBEAT, 200);
        manager.grantRole(manager.ADMIN_ROLE(), msg.sender, 0);
    }

    /// @notice A new round of every source of the underlying, observed now. `price` is in Wad.
    function report(uint16 underlying, uint256 price) external {
        _report(feedOf[underlying], price);
        reportSecond(underlying, price);
    }

    /// @notice A new round of the second source, where there is one.
    function reportSecond(uint16 underlying, uint256 price) public {
        MockAggregator second = secondFeedOf[underlying];
        if (address(second) != address(0)) _report(second, price);
    }

    function modules() public view returns (Modules memory) {
        return
            Modules({
                priceOracle: address(priceOracle),
                basisOracle: address(basisOracle),
                volatilityOracle: address(volatilityOracle),
                surfaceOracle: address(surfaceOracle),
                expirySettlement: address(expirySettlement),
                auction: address(auction),
                vault: address(vault)
            });
    }

    function _report(MockAggregator feed, uint256 price) private {
        feed.updateAnswer(int256(price / 10 ** (18 - feed.decimals())));
    }

    function _list(
        uint16 underlying,
        uint8 decimals,
        uint256 price,
        uint16 confidenceBps,
        uint16 baseRateBps,
        uint64 depth,
        uint64 openInterestCap
    ) private {
        MockAggregator feed = new MockAggregator(decimals, int256(price * 10 ** decimals), "X / USD");
        feedOf[underlying] = feed;
        priceOracle.registerFeed(underlying, address(feed), HEARTBEAT, confidenceBps, price * 1e18);
        volatilityOracle.list(underlying, SEED_VARIANCE);
        clearinghouse.listMarket(
            underlying,
            MarketParams({
                baseRateBps: baseRateBps,
                volMultiplierBps: 28_000,
                slopeBps: 100,
                maintenanceRatioBps: 7_000,
                takerFeeBps: 5,
                makerFeeBps: 1,
                depth: depth,
                openInterestCap: openInterestCap
            })
        );
        clearinghouse.setOptionParams(
            underlying,
            OptionParams({
                priceRangeBps: 1_900,
                creditBps: 6_000,
                referenceVolBps: 350,
                takerFeeBps: 3,
                makerFeeBps: 1,
                openInterestCap: openInterestCap
            })
        );
    }

    /// @dev The oracle takes signers, and signatures, by ascending address.
    function _makeSigners() private returns (address[] memory signers) {
        signers = new address[](SIGNERS);
        for (uint256 i; i < SIGNERS; ++i) {
            uint256 key = uint256(keccak256(abi.encode("signer", i))) >> 1;
            address signer = vm.addr(key);
            uint256 j = i;
            for (; j > 0 && signers[j - 1] > signer; --j) {
                (signers[j], signerKeys[j]) = (signers[j - 1], signerKeys[j - 1]);
            }
            (signers[j], signerKeys[j]) = (signer, key);
        }
    }
}
