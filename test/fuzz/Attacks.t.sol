// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVolatilityOracle} from "../../contracts/interfaces/IVolatilityOracle.sol";
import {IBasisOracle} from "../../contracts/interfaces/IBasisOracle.sol";
import {Built, IVault} from "../forge/Built.sol";
import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {IMarginModel} from "../../contracts/interfaces/IMarginModel.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockFeeToken} from "../../contracts/mocks/MockFeeToken.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../contracts/types/Order.sol";
import {Modules} from "../../contracts/types/Parameters.sol";
import {asIfAnnounced} from "../forge/Announced.sol";
import {Desk} from "../forge/Desk.sol";
import {Trespasser} from "../forge/Trespasser.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Attacks that happened elsewhere, and some that did not, each tried once by name.
contract AttacksTest is Desk {
    uint16 private constant ETH = 1;
    uint16 private constant BTC = 2;

    AccountId private alice;
    AccountId private bob;
    AccountId private keeper;

    function setUp() public {
        _newVenue();
        alice = _open(_trader("alice"), 0, Modes.CROSS, 10_000);
        bob = _open(_trader("bob"), 0, Modes.CROSS, 100_000);
        keeper = _open(_trader("keeper"), 0, Modes.CROSS, 1_000_000);
    }

    // ------------------------------------------------------------------ accounting

    /// @dev Perp v2: the winner of an isolated or unsettled loss elsewhere takes out cash the account does not have.
    function test_withdrawWhileAnUnsettledLossSitsElsewhere() public {
        _trade(alice, bob, ETH, 10e8, 3_000e18);
        _setPrice(ETH, 2_500e18);
        // Alice's cash still reads almost 10,000; her equity is half of that, and is what binds.
        assertGt(house.accountOf(alice).cash(), 9_900e18, "the loss is not settled yet");
        Assessment memory a = house.assess(alice);
        uint256 free = a.equity > int256(a.initialMargin) ? uint256(a.equity) - a.initialMargin : 0;
        vm.expectRevert(
            abi.encodeWithSelector(
                IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector,
                alice,
                uint256(9_900e6),
                free / 1e12
            )
        );
        vm.prank(alice.owner());
        house.withdraw(alice, 9_900e6, alice.owner());
    }

    /// @dev The winner may be paid before the loser has settled: the pot owes meanwhile, and nothing is missing after.
    function test_winnerLeavesFirst() public {
        _trade(alice, bob, ETH, 10e8, 3_000e18);
        _setPrice(ETH, 2_500e18);
        vm.prank(bob.owner());
        house.withdraw(bob, 90_000e6, bob.owner());
        assertLt(house.marketState(ETH).pot, 0, "the pot owes while the loser is unsettled");
        AccountId[] memory list = new AccountId[](1);
        list[0] = alice;
        house.touch(list);
        assertGe(house.marketState(ETH).pot, 0, "FUND-1: the pot was made whole");
    }

    function test_toxicModeSwitch() public {
        _trade(alice, bob, ETH, 5e8, 3_000e18);
        _trade(alice, bob, BTC, 0.2e8, 60_000e18);
        vm.expectRevert(abi.encodeWithSelector(IMarginModel.MarginModel_TooManyPositions.selector, 2, 1));
        vm.prank(alice.owner());
        house.setMode(alice, Modes.ISOLATED);
        // Below initial margin no switch passes, not even to the mode it is in.
        _setPrice(ETH, 1_300e18);
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_BelowInitialMargin.selector);
        vm.prank(alice.owner());
        house.setMode(alice, Modes.CROSS);
    }

    /// @dev Opens, makes the vault pay, and leaves, all from collateral that is returned in the same frame.
    function test_flashLoanedCollateral() public {
        AccountId poor = _open(_trader("mallory"), 0, Modes.CROSS, 0);
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(poor, bob, ETH, 10e8, 3_000e18);
        token.mint(poor.owner(), 10_000e6);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(IClearinghouse.deposit, (poor, 10_000e6));
        calls[1] = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        calls[2] = abi.encodeCall(IClearinghouse.withdraw, (poor, 9_980e6, poor.owner()));
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector);
        vm.prank(poor.owner());
        house.execute(calls);
    }

    /// @dev Opens and closes 5,000 ether with nothing in one frame, each ether sold 25 USD cheaper than it was bought:
    /// the price band of what is reduced must not be granted for what the frame itself had opened.
    function test_churningInsideOneFrame() public {
        AccountId poor = _open(_trader("mallory"), 0, Modes.CROSS, 0);
        AccountId rich = _open(_trader("mallory"), 1, Modes.CROSS, 0);
        SignedOrder[] memory orders = new SignedOrder[](4);
        orders[0] = _sign(_order(rich, ETH, -5_000e8));
        orders[1] = _sign(_order(poor, ETH, 5_000e8));
        orders[2] = _sign(_order(rich, ETH, 5_000e8));
        orders[3] = _sign(_order(poor, ETH, -5_000e8));
        Fill[] memory fills = new Fill[](2);
        fills[0] = Fill(0, 1, 5_000e8, 3_000e18);
        fills[1] = Fill(2, 3, 5_000e8, 2_975e18);
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_BelowInitialMargin.selector);
        house.settle(orders, fills);
    }

    /// @dev Below initial margin, a position is turned from long to short and back, a frame each and each a little
    /// worse than mark: what is needed stays what it was, and what is left must not go to an accomplice.
    function test_turningAgainAndAgain() public {
        AccountId rich = _open(alice.owner(), 1, Modes.CROSS, 100_000);
        _trade(alice, bob, ETH, 30e8, 3_000e18);
        _setPrice(ETH, 2_900e18);
        int256 before = _equity(alice) + _equity(rich);
        for (uint256 i; i < 12; ++i) {
            bool sells = i % 2 == 0;
            uint256 price = sells ? uint256(2_888e18) : uint256(2_912e18);
            Order memory turn = _order(alice, ETH, sells ? -60 * UNIT : 60 * UNIT);
            Order memory against = _order(rich, ETH, -turn.size);
            (SignedOrder[] memory orders, Fill[] memory fills) = _pair(against, turn, 60e8, price);
            try house.settle(orders, fills) {} catch {}
        }
        int256 loss = _equity(alice) < 0 ? -_equity(alice) : int256(0);
        assertEq(loss, 0, "FUND-2: an account was emptied into another one of its owner's, and beyond");
        assertLe(_equity(alice) + _equity(rich), before, "FUND-2: more than there was");
    }

    /// @dev Fees are counted in Wad and the token in 1e-6 USD: what cannot leave must not keep an account from closing.
    function test_closeAccountWithDust() public {
        _trade(alice, bob, ETH, 12_345_679, 3_000.123456789e18);
        _trade(bob, alice, ETH, 12_345_679, 3_000e18);
        uint256 free = uint256(_equity(alice)) / 1e12;
        vm.startPrank(alice.owner());
        house.withdraw(alice, free, alice.owner());
        house.closeAccount(alice);
        vm.stopPrank();
    }

    /// @dev The new oracle's integral begins at zero: its distance from the old one's is no basis anybody saw.
    function test_newBasisOracleChargesNothingPast() public {
        for (uint256 i; i < 20; ++i) {
            _postBasis(ETH, 0.01e18);
            _pass(30 minutes);
        }
        _trade(alice, bob, ETH, 10e8, _mark(ETH));
        IBasisOracle old = venue.basisOracle();
        (address[] memory signers, uint8 threshold) = old.signerSet();
        Modules memory modules = venue.modules();
        modules.basisOracle = Built.deploy("oracle/BasisOracle", abi.encode(venue.manager(), signers, threshold));
        _pass(2 hours);
        _pass(2 hours);
        AccountId[] memory list = new AccountId[](1);
        list[0] = alice;
        house.touch(list);
        asIfAnnounced(house, abi.encodeCall(IClearinghouse.setModules, (modules)));
        house.setModules(modules);
        int256 before = house.marketState(ETH).cumulativeFunding;
        _pass(1 hours);
        house.touch(list);
        assertEq(house.marketState(ETH).cumulativeFunding, before, "FUND-1: funding for a basis that never was");
    }

    /// @dev The keeper deposit comes back with the last position, in the frame that would close the account.
    function test_closingWithTheLastPosition() public {
        _trade(alice, bob, ETH, 1e8, 3_000e18);
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(bob, alice, ETH, 1e8, 3_000e18);
        uint256 id = vm.snapshotState();
        house.settle(orders, fills);
        uint256 cash = uint256(int256(house.accountOf(alice).cash())) / 1e12 - 10e6;
        vm.revertToState(id);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        calls[1] = abi.encodeCall(IClearinghouse.withdraw, (alice, cash, alice.owner()));
        calls[2] = abi.encodeCall(IClearinghouse.closeAccount, (alice));
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_AccountNotEmpty.selector);
        vm.prank(alice.owner());
        house.execute(calls);
    }

    /// @dev Modules are replaced when one is broken, and a broken one is all the more likely to revert when it is
    /// asked.
    function test_replacingAModuleThatReverts() public {
        _trade(alice, bob, ETH, 1e8, 3_000e18);
        Modules memory modules = venue.modules();
        IVolatilityOracle fresh = IVolatilityOracle(
            Built.deploy("oracle/VolatilityOracle", abi.encode(venue.manager(), venue.priceOracle()))
        );
        for (uint16 u = 1; u <= 3; ++u) fresh.list(u, venue.SEED_VARIANCE());
        modules.volatilityOracle = address(fresh);
        vm.etch(address(venue.volatilityOracle()), hex"fe");
        asIfAnnounced(house, abi.encodeCall(IClearinghouse.setModules, (modules)));
        house.setModules(modules);
        assertEq(house.modules().volatilityOracle, address(fresh), "ORAC-3: a broken module was replaced");
    }

    /// @dev A token that calls back, when tokens come and when they go: every door is shut.
    function test_reentrantToken() public {
        Trespasser trespasser = new Trespasser(house, venue.vault());
        token.mint(address(trespasser), 1_000e6);
        trespasser.begin();
        token.setHook(address(trespasser), abi.encodeCall(Trespasser.onTransfer, ()));
        trespasser.deposit(400e6);
        assertEq(trespasser.doors(), trespasser.shut(), "LEDGER-2: a door stood open while tokens came");
        assertTrue(trespasser.doors() != 0, "the token called back");
        trespasser.withdraw(100e6);
        assertEq(trespasser.doors(), trespasser.shut(), "LEDGER-2: a door stood open while tokens left");
        token.setHook(address(0), "");
        assertEq(int256(house.accountOf(trespasser.account()).cash()), 300e18, "LEDGER-2: deposited less withdrawn");
        assertEq(token.balanceOf(address(trespasser)), 700e6, "LEDGER-2: nothing was paid twice");
    }

    function testFuzz_feeOnTransferToken(uint256 amount) public {
        amount = bound(amount, 1, 1e15);
        MockFeeToken toll = new MockFeeToken();
        IClearinghouse other = Built.deployClearinghouse(address(venue.manager()), address(toll));
        other.registerModel(Modes.CROSS, house.modelOf(Modes.CROSS));
        other.setModules(venue.modules());
        AccountId id = other.openAccount(0, Modes.CROSS);
        toll.mint(address(this), amount);
        toll.approve(address(other), amount);
        uint256 fee = amount / 1_000;
        if (fee != 0) {
            vm.expectRevert(
                abi.encodeWithSelector(IClearinghouse.Clearinghouse_TokenNotExact.selector, amount, amount - fee)
            );
        }
        other.deposit(id, amount);
        assertEq(
            other.accountOf(id).cash(),
            int256(toll.balanceOf(address(other))) * 1e12,
            "LEDGER-2: credited as got"
        );
    }

    function test_firstDepositorInflation() public {
        IVault vault = venue.vault();
        address thief = _trader("thief");
        address victim = _trader("victim");
        token.mint(thief, 1_000_001e6);
        token.mint(victim, 10_000e6);
        vm.startPrank(thief);
        token.approve(address(vault), type(uint256).max);
        vault.deposit(1, thief);
        house.deposit(house.vaultAccount(), 1_000_000e6);
        vm.stopPrank();
        vm.startPrank(victim);
        token.approve(address(vault), type(uint256).max);
        uint256 shares = vault.deposit(10_000e6, victim);
        vm.stopPrank();
        assertGe(vault.previewRedeem(shares), 9_998e6, "SOLV-3: a gift to the vault robbed the next depositor");
        assertLt(vault.previewRedeem(vault.balanceOf(thief)), 600_000e6, "SOLV-3: the gift cost its giver");
    }

    // ------------------------------------------------------------------ prices

    /// @dev Mango's way without a market to move: losing to oneself at a far price, to be made whole by the vault.
    function testFuzz_washTradeAtAFarPrice(uint256 off, bool up) public {
        AccountId rich = _open(_trader("mallory"), 0, Modes.CROSS, 10_000);
        AccountId poor = _open(_trader("mallory"), 1, Modes.CROSS, 10_000);
        // 10 ether at 10 % margin need 3,000; what is lost beyond 7,000 would be the vault's.
        off = bound(off, 720e18, 2_900e18);
        uint256 price = up ? 3_000e18 + off : 3_000e18 - off;
        (SignedOrder[] memory orders, Fill[] memory fills) = up
            ? _crossing(poor, rich, ETH, 10e8, price)
            : _crossing(rich, poor, ETH, 10e8, price);
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_BelowInitialMargin.selector);
        house.settle(orders, fills);
    }

    function testFuzz_stalePrice(uint256 age) public {
        _trade(alice, bob, ETH, 1e8, 3_000e18);
        age = bound(age, 0, 4 hours);
        vm.warp(GENESIS + age);
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(alice, bob, ETH, 1e8, 3_000e18);
        PriceStatus status =
            age <= 70 minutes
                ? PriceStatus.Fresh
                : age <= 2 hours
                    ? PriceStatus.Aged
                    : PriceStatus.Unusable;
        assertEq(uint256(house.marketOf(ETH).status), uint256(status), "ORAC-1: the status of an ageing price");
        if (status != PriceStatus.Fresh) {
            vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Clearinghouse_PriceNotFresh.selector, ETH, status));
        }
        house.settle(orders, fills);
        _closeAt(status);
        // Whatever the price, who holds nothing may leave, and anyone may pay in.
        _fund(alice, 1e6);
        vm.prank(keeper.owner());
        house.withdraw(keeper, 1e6, keeper.owner());
    }

    function test_zeroNegativeFutureAndAbsurdAnswers() public {
        _trade(alice, bob, ETH, 1e8, 3_000e18);
        MockAggregator feed = venue.feedOf(ETH);
        int256[4] memory answers = [int256(0), -1, 30_001e8, 299e8];
        for (uint256 i; i < answers.length; ++i) {
            feed.updateAnswer(answers[i]);
            _assertUnusable();
        }
        feed.updateRoundData(100, 3_000e8, block.timestamp + 1, block.timestamp + 1);
        _assertUnusable();
        feed.updateRoundData(101, 3_000e8, 0, 0);
        _assertUnusable();
        feed.updateAnswer(3_000e8);
        _trade(alice, bob, ETH, 1e8, 3_000e18);
    }

    /// @dev ORAC-3: at an unusable price nobody is judged, and it is the last mark that is shown meanwhile.
    function test_liquidationHaltsAndResumes() public {
        _bringBelow();
        venue.feedOf(ETH).updateAnswer(-1);
        assertEq(house.marketOf(ETH).mark, house.marketState(ETH).lastMark, "ORAC-3: the last mark is shown");
        vm.expectRevert(
            abi.encodeWithSelector(IClearinghouse.Clearinghouse_PriceNotFresh.selector, ETH, PriceStatus.Unusable)
        );
        house.flag(alice, keeper);
        _setPrice(ETH, 2_820e18);
        house.flag(alice, keeper);
    }

    /// @dev Feeds of 6, 8 and 18 decimals say the same price in the same unit.
    function testFuzz_decimals(uint256 seed) public {
        for (uint16 u = 1; u <= 3; ++u) {
            uint256 middle = uint256(venue.priceOracle().feedOf(u).referencePrice8) * 1e10;
            uint256 price = bound(seed, middle / 9, middle * 9);
            price -= price % 1e12;
            _setPrice(u, price);
            assertEq(house.marketOf(u).spot, price, "ORAC-1: decimals of the feed");
        }
    }

    // ------------------------------------------------------------------ parts

    /// @dev Alice is long 30 ether on 10,000 USD; at 2,820 she has 4,600 left and needs about 5,700.
    function _bringBelow() private {
        _trade(alice, bob, ETH, 30e8, 3_000e18);
        _pass(1 minutes);
        _setPrice(ETH, 2_820e18);
        assertTrue(_isBelow(alice), "the account is below maintenance");
    }

    function _closeAt(PriceStatus status) private {
        uint64 lots = uint64(uint256(_lotsOf(alice, ETH)));
        uint256 mark = house.marketOf(ETH).mark;
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(bob, alice, ETH, lots, mark);
        // Both reduce, so it passes whatever the price: without one, at the last mark and no other.
        if (status == PriceStatus.Unusable) {
            fills[0].price = uint128(mark + 1);
            vm.expectRevert(
                abi.encodeWithSelector(IClearinghouse.Clearinghouse_NotAtLastMark.selector, ETH, mark + 1, mark)
            );
            house.settle(orders, fills);
            fills[0].price = uint128(mark);
        }
        house.settle(orders, fills);
        assertEq(_lotsOf(alice, ETH), 0, "ORAC-1: a reduction passes at any status");
    }

    function _assertUnusable() private {
        assertEq(uint256(house.marketOf(ETH).status), uint256(PriceStatus.Unusable), "ORAC-1: unusable");
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(alice, bob, ETH, 1e8, 3_000e18);
        vm.expectRevert(
            abi.encodeWithSelector(IClearinghouse.Clearinghouse_PriceNotFresh.selector, ETH, PriceStatus.Unusable)
        );
        house.settle(orders, fills);
        // Turning is not reducing.
        (orders, fills) = _crossing(bob, alice, ETH, uint64(uint256(_lotsOf(alice, ETH))) + 1, 3_000e18);
        vm.expectRevert(
            abi.encodeWithSelector(IClearinghouse.Clearinghouse_PriceNotFresh.selector, ETH, PriceStatus.Unusable)
        );
        house.settle(orders, fills);
        (orders, fills) = _crossing(bob, alice, ETH, 1e8, 2_999e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                IClearinghouse.Clearinghouse_NotAtLastMark.selector,
                ETH,
                uint256(2_999e18),
                uint256(3_000e18)
            )
        );
        house.settle(orders, fills);
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_PriceNotFresh.selector);
        vm.prank(alice.owner());
        house.withdraw(alice, 1, alice.owner());
        _fund(alice, 1);
    }
}
