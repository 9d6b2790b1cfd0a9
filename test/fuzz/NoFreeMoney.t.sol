// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Assessment} from "../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../contracts/types/Order.sol";
import {Desk} from "../forge/Desk.sol";
import {vm} from "../forge/Vm.sol";

/// @notice FUND-2: one trader with several accounts, other people's money in the ledger and the vault, unchanged
/// prices. Whatever the trader does with itself, it leaves with no more than it brought.
contract NoFreeMoneyTest is Desk {
    uint256 private constant ACCOUNTS = 4;
    uint256 private constant STEPS = 24;
    uint256 private constant STAKE = 40_000e6;

    address private mallory;
    AccountId[] private own;
    AccountId private honest;

    function setUp() public {
        _newVenue();
        honest = _open(_trader("honest"), 0, Modes.CROSS, 5_000_000);
        address backer = _trader("backer");
        token.mint(backer, 2_000_000e6);
        vm.startPrank(backer);
        token.approve(address(venue.vault()), type(uint256).max);
        venue.vault().deposit(2_000_000e6, backer);
        vm.stopPrank();
        mallory = _trader("mallory");
        for (uint96 i; i < ACCOUNTS; ++i) own.push(_open(mallory, i, i == 1 ? Modes.ISOLATED : Modes.CROSS, 0));
        token.mint(mallory, STAKE);
    }

    function testFuzz_noFreeMoney(uint256 seed) public {
        for (uint256 i; i < ACCOUNTS; ++i) _deposit(own[i], STAKE / ACCOUNTS);
        int256 before = _wealth();
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))), 9);
            assertLe(_wealth(), before, "FUND-2: a trader gained by dealing with itself");
        }
        for (uint256 i; i < ACCOUNTS; ++i) _withdraw(own[i], type(uint256).max);
        assertLe(int256(token.balanceOf(mallory)) * 1e12, before, "FUND-2: a trader left with more than it had");
    }

    /// @dev After a move that may leave debts behind, nothing more can be pushed off onto them. Buying its own bankrupt
    /// accounts is left out: the vault pays for that, whoever does it.
    function testFuzz_noFreeMoneyInDistress(uint256 seed) public {
        for (uint256 i; i < ACCOUNTS; ++i) _deposit(own[i], STAKE / ACCOUNTS);
        _bringToDistress(seed);
        int256 most = _wealth();
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))), 8);
            assertLe(_wealth(), most, "FUND-2: a trader in distress gained by dealing with itself");
        }
    }

    /// @dev What can be had, now or later: what is in hand, and every account's equity. An account in debt is simply
    /// left behind, which is the point of trying.
    function _wealth() private view returns (int256 sum) {
        sum = int256(token.balanceOf(mallory)) * 1e12;
        for (uint256 i; i < ACCOUNTS; ++i) {
            int256 equity = _equity(own[i]) + int256(uint256(house.accountOf(own[i]).keeperDeposit())) * 1e12;
            if (equity > 0) sum += equity;
        }
    }

    /// @dev Longs and shorts against an honest trader, then a move that leaves some of the accounts below a margin.
    function _bringToDistress(uint256 seed) private {
        for (uint256 i; i < ACCOUNTS; ++i) {
            uint16 u = uint16(1 + (i % 3));
            uint64 lots = uint64((uint256(_equity(own[i])) * 8 * 1e8) / _mark(u));
            if ((seed >> i) & 1 == 0) _trade(own[i], honest, u, lots, _mark(u));
            else _trade(honest, own[i], u, lots, _mark(u));
        }
        _scalePrices(bound(seed, 0.9e18, 1.1e18));
    }

    function _step(uint256 dice, uint256 kinds) private {
        AccountId a = own[(dice >> 8) % ACCOUNTS];
        AccountId b = own[((dice >> 8) + 1 + ((dice >> 16) % (ACCOUNTS - 1))) % ACCOUNTS];
        uint256 what = dice % kinds;
        if (what == 0) _withdraw(a, 1 + ((dice >> 32) % STAKE));
        else if (what == 1) _deposit(a, 1 + ((dice >> 32) % STAKE));
        else if (what == 2) _setMode(a, (dice >> 32) & 1 == 0);
        else if (what == 3) _turn(a, b, uint16(1 + ((dice >> 32) % 3)));
        else if (what == 4) _churn(a, b, dice >> 32);
        else if (what == 8) _liquidate(a, b, dice >> 32);
        else _tradeWithSelf(dice);
    }

    /// @dev One to four fills, sizes and prices anything from timid to absurd, either way.
    function _tradeWithSelf(uint256 dice) private {
        uint256 n = 1 + ((dice >> 24) % 4);
        SignedOrder[] memory orders = new SignedOrder[](2 * n);
        Fill[] memory fills = new Fill[](n);
        for (uint256 i; i < n; ++i) {
            uint256 d = uint256(keccak256(abi.encode(dice, i)));
            uint16 u = uint16(1 + (d % 3));
            AccountId buyer = own[(d >> 8) % ACCOUNTS];
            AccountId seller = own[((d >> 8) + 1 + ((d >> 16) % (ACCOUNTS - 1))) % ACCOUNTS];
            uint64 lots = uint64(1 + ((d >> 32) % (10 ** (2 + ((d >> 24) % 12)))));
            int256 off = int256((d >> 96) % ((d >> 88) & 3 == 0 ? 1e18 : 0.02e18));
            if ((d >> 95) & 1 == 1) off = -off;
            orders[2 * i] = _sign(_order(seller, u, -int64(lots)));
            orders[2 * i + 1] = _sign(_order(buyer, u, int64(lots)));
            uint256 price = uint256((int256(_mark(u)) * (1e18 + off)) / 1e18);
            fills[i] = Fill(uint32(2 * i), uint32(2 * i + 1), lots, uint128(price));
        }
        _try(abi.encodeCall(IClearinghouse.settle, (orders, fills)));
    }

    /// @dev Buys and sells the same within one frame, a little worse than it bought, so that nothing but cash has
    /// moved.
    function _churn(AccountId a, AccountId b, uint256 dice) private {
        uint16 u = uint16(1 + (dice % 3));
        uint64 lots = uint64(1 + ((dice >> 8) % 1e12));
        SignedOrder[] memory orders = new SignedOrder[](4);
        orders[0] = _sign(_order(b, u, -int64(lots)));
        orders[1] = _sign(_order(a, u, int64(lots)));
        orders[2] = _sign(_order(b, u, int64(lots)));
        orders[3] = _sign(_order(a, u, -int64(lots)));
        Fill[] memory fills = new Fill[](2);
        fills[0] = Fill(0, 1, lots, uint128(_mark(u)));
        fills[1] = Fill(2, 3, lots, uint128((_mark(u) * (9_900 + ((dice >> 64) % 100))) / 10_000));
        _try(abi.encodeCall(IClearinghouse.settle, (orders, fills)));
    }

    /// @dev Turns the position from long to short or back, at nearly 1 % worse than mark.
    function _turn(AccountId a, AccountId b, uint16 u) private {
        int256 lots = _lotsOf(a, u);
        if (lots == 0) return;
        uint64 size = uint64(2 * FixedPoint.abs(lots));
        uint256 price = lots > 0 ? (_mark(u) * 9_960) / 10_000 : (_mark(u) * 10_040) / 10_000;
        Order memory turn = _order(a, u, lots > 0 ? -int64(size) : int64(size));
        Order memory against = _order(b, u, -turn.size);
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(against, turn, size, price);
        _try(abi.encodeCall(IClearinghouse.settle, (orders, fills)));
    }

    /// @dev Flags one's own account and buys it oneself, in the next block and at the same time.
    function _liquidate(AccountId a, AccountId b, uint256 dice) private {
        _try(abi.encodeCall(IClearinghouse.flag, (a, dice & 1 == 0 ? a : b)));
        vm.roll(vm.getBlockNumber() + 1);
        uint256 part = 1 + ((dice >> 8) % 1e18);
        _try(abi.encodeCall(IClearinghouse.bid, (a, b, part, type(int256).min)));
    }

    function _setMode(AccountId a, bool isolated) private {
        _try(abi.encodeCall(IClearinghouse.setMode, (a, isolated ? Modes.ISOLATED : Modes.CROSS)));
    }

    function _deposit(AccountId a, uint256 amount) private {
        uint256 held = token.balanceOf(mallory);
        if (amount > held) amount = held;
        if (amount != 0) _try(abi.encodeCall(IClearinghouse.deposit, (a, amount)));
    }

    function _withdraw(AccountId a, uint256 amount) private {
        Assessment memory found = house.assess(a);
        int256 free = found.equityForInitial - int256(found.initialMargin);
        if (free < 1e12) return;
        if (amount > uint256(free) / 1e12) amount = uint256(free) / 1e12;
        _try(abi.encodeCall(IClearinghouse.withdraw, (a, amount, mallory)));
    }

    /// @dev Refusals by errors of the protocol are part of the game; panics are not.
    function _try(bytes memory data) private {
        vm.prank(mallory);
        (bool ok, bytes memory result) = address(house).call(data);
        assertTrue(ok || bytes4(result) != 0x4e487b71, "FUND-2: the ledger panicked");
    }
}
