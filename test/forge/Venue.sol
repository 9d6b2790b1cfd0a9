// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVolatilityOracle} from "../../contracts/interfaces/IVolatilityOracle.sol";
import {IPriceOracle} from "../../contracts/interfaces/IPriceOracle.sol";
import {IBasisOracle} from "../../contracts/interfaces/IBasisOracle.sol";
import {ILiquidationAuction} from "../../contracts/interfaces/ILiquidationAuction.sol";
import {Built, IVault} from "./Built.sol";
import {IExpirySettlement} from "../../contracts/interfaces/IExpirySettlement.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {ISurfaceOracle, MoveLimits} from "../../contracts/interfaces/ISurfaceOracle.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockDollar} from "../../contracts/mocks/MockDollar.sol";
import {MockSequencerFeed} from "../../contracts/mocks/MockSequencerFeed.sol";
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
    IClearinghouse public immutable clearinghouse;
    MockDollar public immutable token;
    MockSequencerFeed public immutable sequencerFeed;
    IPriceOracle public immutable priceOracle;
    IBasisOracle public immutable basisOracle;
    IVolatilityOracle public immutable volatilityOracle;
    ISurfaceOracle public immutable surfaceOracle;
    IExpirySettlement public immutable expirySettlement;
    address public immutable normalTable;
    ILiquidationAuction public immutable auction;
    IVault public immutable vault;

    mapping(uint16 underlying => MockAggregator) public feedOf;
    /// @dev Bitcoin alone has a second source.
    mapping(uint16 underlying => MockAggregator) public secondFeedOf;
    uint256[SIGNERS] public signerKeys;

    /// @dev The caller becomes the governor; prices must be set at a time well after zero.
    constructor() {
        manager = new AccessManager(address(this));
        token = new MockDollar(6);
        clearinghouse = Built.deployClearinghouse(address(manager), address(token));
        sequencerFeed = new MockSequencerFeed(msg.sender);
        priceOracle = IPriceOracle(Built.deploy("oracle/PriceOracle", abi.encode(manager, sequencerFeed)));
        address[] memory signers = _makeSigners();
        basisOracle = IBasisOracle(Built.deploy("oracle/BasisOracle", abi.encode(manager, signers, 2)));
        volatilityOracle = IVolatilityOracle(Built.deploy("oracle/VolatilityOracle", abi.encode(manager, priceOracle)));
        surfaceOracle = ISurfaceOracle(
            Built.deploy(
                "oracle/SurfaceOracle",
                abi.encode(manager, signers, 2, MoveLimits({forwardBps: 200, volBps: 2_500}))
            )
        );
        expirySettlement = IExpirySettlement(
            Built.deploy("instruments/ExpirySettlement", abi.encode(manager, priceOracle, 3 days))
        );
        auction = ILiquidationAuction(Built.deploy("liquidation/LiquidationAuction", abi.encode(clearinghouse)));
        vault = IVault(Built.deploy("liquidation/BackstopVault", abi.encode(clearinghouse, manager)));
        clearinghouse.setModules(modules());
        normalTable = address(deployNormalTable());
        clearinghouse.registerModel(Modes.ISOLATED, Built.deployModel("IsolatedMargin", normalTable));
        clearinghouse.registerModel(Modes.CROSS, Built.deployModel("CrossMargin", normalTable));
        clearinghouse.registerModel(Modes.PORTFOLIO, Built.deployModel("PortfolioMargin", normalTable));
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
