// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVolatilityOracle} from "../../contracts/interfaces/IVolatilityOracle.sol";
import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Assessment} from "../../contracts/types/Market.sol";
import {Desk} from "../forge/Desk.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Attacks on liquidation, by its victims, by those who profit from it and by those who would stop it.
contract LiquidationAttacksTest is Desk {
    uint16 private constant ETH = 1;
    uint16 private constant BTC = 2;
    uint256 private constant WAD = 1e18;

    AccountId private alice;
    AccountId private bob;
    AccountId private keeper;

    function setUp() public {
        _newVenue();
        alice = _open(_trader("alice"), 0, Modes.CROSS, 10_000);
        bob = _open(_trader("bob"), 0, Modes.CROSS, 100_000);
        keeper = _open(_trader("keeper"), 0, Modes.CROSS, 1_000_000);
    }

    /// @dev Flagging one's own account earns one's own deposit, and a fresh account earns nothing.
    function test_selfLiquidationForTheReward() public {
        AccountId second = _open(alice.owner(), 1, Modes.CROSS, 10_000);
        int256 stake = _ofOwner(second);
        _trade(alice, bob, ETH, 30e8, 3_000e18);
        _pass(1 hours);
        _setPrice(ETH, 2_820e18);
        int256 before = _ofOwner(second);
        vm.prank(alice.owner());
        house.flag(alice, second);
        assertEq(_ofOwner(second), before, "FUND-2: flagging oneself is free of profit");
        vm.roll(vm.getBlockNumber() + 1);
        _pass(20 minutes);
        _setPrice(ETH, 2_820e18);
        vm.prank(alice.owner());
        house.bid(alice, second, WAD, type(int256).min);
        assertLe(_ofOwner(second), before, "FUND-2: buying oneself is free of profit");
        assertLt(before, stake, "the price move cost what it cost");
    }

    function test_rewardFarmingInOneBlock() public {
        AccountId farm = _open(_trader("mallory"), 0, Modes.CROSS, 1_000);
        AccountId barn = _open(_trader("mallory"), 1, Modes.CROSS, 0);
        _trade(farm, bob, ETH, 3e8, 3_000e18);
        _setPrice(ETH, 2_700e18);
        house.flag(farm, barn);
        assertEq(house.accountOf(barn).cash(), 0, "a flag in the block the account opened is unpaid");
        assertEq(house.accountOf(farm).keeperDeposit(), 10e6, "the deposit stays for who flags it later");
    }

    /// @dev A gift that makes the account healthy stops the sale, and costs the giver what makes it healthy.
    function test_giftToTheDistressed() public {
        _bringBelow();
        house.flag(alice, keeper);
        vm.roll(vm.getBlockNumber() + 1);
        // A gift too small to matter blocks nobody.
        _fundFrom("giver", alice, 1);
        Assessment memory was = house.assess(alice);
        vm.prank(keeper.owner());
        house.bid(alice, keeper, 0.1e18, type(int256).min);
        Assessment memory left = house.assess(alice);
        assertGe(
            left.equity * int256(was.maintenanceMargin),
            was.equity * int256(left.maintenanceMargin),
            "RISK-4: health fell"
        );
    }

    /// @dev DRV2-01: anything given to the bidder must not stop its bid.
    function test_giftToTheBidder() public {
        _bringBelow();
        house.flag(alice, keeper);
        vm.roll(vm.getBlockNumber() + 1);
        _fundFrom("giver", keeper, 1);
        vm.prank(keeper.owner());
        house.bid(alice, keeper, WAD, type(int256).min);
        assertFalse(house.accountOf(alice).flagged(), "RISK-3: sold until healthy");
    }

    /// @dev DRV-01: the bidder names what it must gain, so nothing done before its bid can turn it into a loss.
    function test_changedUnderTheBidder() public {
        _bringBelow();
        house.flag(alice, keeper);
        _pass(10 minutes);
        _setPrice(ETH, 2_820e18);
        vm.expectPartialRevert(IClearinghouse.Liquidation_GainBelowMinimum.selector);
        vm.prank(keeper.owner());
        house.bid(alice, keeper, 0.01e18, 1_000_000e18);
    }

    /// @dev A deficit too large for one bidder is sold in parts, although E/M of what is left falls below zero.
    function test_bankruptAccountIsSoldInParts() public {
        _trade(alice, bob, ETH, 30e8, 3_000e18);
        _pass(1 minutes);
        _setPrice(ETH, 2_600e18);
        assertLt(_equity(alice), 0, "bankrupt");
        house.flag(alice, keeper);
        vm.roll(vm.getBlockNumber() + 1);
        vm.prank(keeper.owner());
        house.bid(alice, keeper, 0.5e18, type(int256).min);
    }

    /// @dev What a bidder takes over it must be able to carry, even if it needs less margin with the slice than
    /// without.
    function test_bidderBelowInitialMargin() public {
        AccountId weak = _open(_trader("weak"), 0, Modes.CROSS, 12_300);
        _trade(alice, bob, ETH, 20e8, 3_000e18);
        _trade(alice, bob, BTC, 0.5e8, 60_000e18);
        _trade(bob, weak, ETH, 40e8, 3_000e18);
        _pass(1 minutes);
        _setPrice(ETH, 3_040e18);
        _setPrice(BTC, 48_000e18);
        Assessment memory w = house.assess(weak);
        assertLt(w.equityForInitial, int256(w.initialMargin), "the bidder is below initial margin");
        house.flag(alice, keeper);
        vm.roll(vm.getBlockNumber() + 1);
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_BelowInitialMargin.selector);
        vm.prank(weak.owner());
        house.bid(alice, weak, 0.2e18, type(int256).min);
    }

    function test_dustAccount() public {
        AccountId dust = _open(_trader("dust"), 0, Modes.CROSS, 11);
        _trade(dust, bob, ETH, 1, 3_000e18);
        // One lot of ether is 0.00003 USD: the deposit of 10 USD is what makes it worth flagging.
        vm.startPrank(dust.owner());
        Assessment memory a = house.assess(dust);
        house.withdraw(dust, uint256(a.equity - int256(a.initialMargin)) / 1e12, dust.owner());
        vm.stopPrank();
        _pass(1 hours);
        _setPrice(ETH, 300.1e18);
        assertTrue(_isBelow(dust), "the dust is below maintenance");
        int256 before = _equity(keeper);
        house.flag(dust, keeper);
        assertEq(_equity(keeper), before + 10e18, "RISK-3: flagging dust is paid");
        vm.roll(vm.getBlockNumber() + 1);
        vm.prank(keeper.owner());
        house.bid(dust, keeper, WAD, type(int256).min);
        assertEq(house.accountOf(dust).positions(), 0, "RISK-3: dust is sold whole");
    }

    /// @dev Nobody buys in the block of the flag: others must have seen it.
    function test_flagAndBidInOneBlock() public {
        _bringBelow();
        house.flag(alice, keeper);
        vm.expectRevert();
        vm.prank(keeper.owner());
        house.bid(alice, keeper, WAD, type(int256).min);
    }

    /// @dev DRV-05: an auction that nobody touches lapses, and starts afresh with a new flag.
    function test_unendingAuction() public {
        _bringBelow();
        house.flag(alice, keeper);
        _pass(25 hours);
        _setPrice(ETH, 2_820e18);
        assertFalse(venue.auction().running(alice), "RISK-3: lapsed");
        house.flag(alice, keeper);
        assertEq(venue.auction().discount(alice), 0, "RISK-3: begun afresh");
    }

    /// @dev RISK-3 at its most expensive: positions in as many markets as the volatility oracle lists.
    function test_manyPositionsGasGrief() public {
        AccountId wide = _open(_trader("wide"), 0, Modes.CROSS, 100_000);
        uint16 last = _listMarkets();
        for (uint16 u = 1; u <= last; ++u) {
            _trade(wide, bob, u, uint64((44_000e18 * 1e8) / _mark(u)), _mark(u));
        }
        _pass(1 hours);
        _scalePricesOf(last, 0.9e18);
        assertTrue(_isBelow(wide), "the book is below maintenance");
        _coolDown(last);
        uint256 gas = gasleft();
        house.flag(wide, keeper);
        assertLt(gas - gasleft(), 16_777_216, "RISK-3: gas of a flag");
        vm.roll(vm.getBlockNumber() + 1);
        _coolDown(last);
        gas = gasleft();
        vm.prank(keeper.owner());
        house.bid(wide, keeper, WAD, type(int256).min);
        assertLt(gas - gasleft(), 16_777_216, "RISK-3: gas of a bid");
    }

    // ------------------------------------------------------------------ parts

    /// @dev Alice is long 30 ether on 10,000 USD; at 2,820 she has 4,600 left and needs about 5,700.
    function _bringBelow() private {
        _trade(alice, bob, ETH, 30e8, 3_000e18);
        _pass(1 minutes);
        _setPrice(ETH, 2_820e18);
        assertTrue(_isBelow(alice), "the account is below maintenance");
    }

    /// @dev What alice has in all her accounts, deposits for keepers included.
    function _ofOwner(AccountId second) private view returns (int256) {
        int256 deposits =
            int256(uint256(house.accountOf(alice).keeperDeposit())) +
                int256(uint256(house.accountOf(second).keeperDeposit()));
        return _equity(alice) + _equity(second) + deposits * 1e12;
    }

    function _fundFrom(string memory name, AccountId id, uint256 amount) private {
        address giver = _trader(name);
        token.mint(giver, amount);
        vm.prank(giver);
        house.deposit(id, amount);
    }

    /// @dev As many markets as the volatility oracle takes, all like ether's.
    function _listMarkets() private returns (uint16 last) {
        last = 20;
        for (uint16 u = 4; u <= last; ++u) {
            MockAggregator feed = new MockAggregator(8, 3_000e8, "X / USD");
            venue.priceOracle().registerFeed(u, address(feed), 1 hours, 25, 3_000e18);
            MockAggregator second = new MockAggregator(8, 3_000e8, "X / USD, again");
            venue.priceOracle().setSecondFeed(u, address(second), 1 hours, 200);
            venue.volatilityOracle().list(u, venue.SEED_VARIANCE());
            house.listMarket(u, house.marketParams(ETH));
        }
        IVolatilityOracle volatility = venue.volatilityOracle();
        uint256 variance = venue.SEED_VARIANCE();
        vm.expectRevert(abi.encodeWithSelector(IVolatilityOracle.VolatilityOracle_TooManyUnderlyings.selector, last));
        volatility.list(last + 1, variance);
    }

    function _scalePricesOf(uint16 last, uint256 factor) private {
        for (uint16 u = 1; u <= last; ++u) {
            _scale(venue.priceOracle().feedOf(u).aggregator, factor);
            _scale(venue.priceOracle().secondFeedOf(u).aggregator, factor);
        }
    }

    function _scale(address feed, uint256 factor) private {
        if (feed == address(0)) return;
        (, int256 answer, , , ) = MockAggregator(feed).latestRoundData();
        MockAggregator(feed).updateAnswer((answer * int256(factor)) / 1e18);
    }

    /// @dev A keeper's transaction finds everything cold.
    function _coolDown(uint16 last) private {
        vm.cool(address(house));
        vm.cool(address(venue.priceOracle()));
        vm.cool(address(venue.basisOracle()));
        vm.cool(address(venue.volatilityOracle()));
        vm.cool(address(venue.auction()));
        vm.cool(address(venue.vault()));
        for (uint16 u = 1; u <= last; ++u) {
            _coolFeed(venue.priceOracle().feedOf(u).aggregator);
            _coolFeed(venue.priceOracle().secondFeedOf(u).aggregator);
        }
    }

    function _coolFeed(address feed) private {
        if (feed == address(0)) return;
        vm.cool(address(MockAggregator(feed).aggregator()));
        vm.cool(feed);
    }
}
