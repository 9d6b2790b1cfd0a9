// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {PriceStatus} from "../../contracts/types/Market.sol";
import {Fill, SignedOrder} from "../../contracts/types/Order.sol";
import {Desk} from "../forge/Desk.sol";
import {vm} from "../forge/Vm.sol";

/// @notice RISK-1: ether's price is gone for the whole of each test. One trader with several accounts that have gained
/// and lost by ether may reduce at the last good mark, but takes nothing of those gains out: not by trading with
/// itself, liquidating itself, closing, reopening or switching modes.
contract LockedProceedsTest is Desk {
    uint16 private constant ETH = 1;
    uint256 private constant ACCOUNTS = 4;
    uint256 private constant STEPS = 24;
    uint256 private constant STAKE = 40_000e6;
    /// @dev RISK section 9: what a reduction may cost an account below initial margin.
    uint256 private constant PRICE_BAND_BPS = 100;

    address private mallory;
    AccountId[] private own;
    AccountId private honest;

    function setUp() public {
        _newVenue();
        honest = _open(_trader("honest"), 0, Modes.CROSS, 5_000_000);
        mallory = _trader("mallory");
        for (uint96 i; i < ACCOUNTS; ++i) own.push(_open(mallory, i, Modes.CROSS, STAKE / ACCOUNTS / 1e6));
    }

    /// @dev The whole way at once: gain, reduce, and be gone with everything in one frame.
    function test_closingInTheFrameThatWithdraws() public {
        _loseEther(1.05e18);
        _reduce(own[0], own[1], type(uint256).max);
        assertEq(house.accountOf(own[0]).positions(), 0, "RISK-1: the account is not out of its position");
        (uint256 amount, ) = house.lockedOf(own[0]);
        assertGt(amount, 0, "RISK-1: there is nothing locked to take");
        uint256 cash = uint256(int256(house.accountOf(own[0]).cash())) / 1e12;
        uint256 free = cash - (amount + 1e12 - 1) / 1e12;
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IClearinghouse.withdraw, (own[0], cash, mallory));
        calls[1] = abi.encodeCall(IClearinghouse.closeAccount, (own[0]));
        vm.prank(mallory);
        (bool ok, ) = address(house).call(abi.encodeCall(IClearinghouse.execute, (calls)));
        assertFalse(ok, "RISK-1: locked proceeds left with the account");
        assertLe(token.balanceOf(mallory), free, "RISK-1: locked proceeds were withdrawn");
    }

    function testFuzz_nothingLockedLeaves(uint256 seed) public {
        _loseEther(seed & 1 == 0 ? bound(seed, 0.95e18, 0.999e18) : bound(seed, 1.001e18, 1.05e18));
        uint256 most = _unlocked();
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
            _takeAll();
            assertLe(token.balanceOf(mallory), most, "RISK-1: locked proceeds left early");
        }
    }

    /// @dev With bitcoin and solana moved against some of the accounts, so that they are below a margin but for what
    /// they gained by ether: what a reduction may cost is all that slips through.
    function testFuzz_nothingLockedLeavesInDistress(uint256 seed) public {
        for (uint256 i; i < ACCOUNTS; ++i) _deal(own[i], uint16(2 + (i & 1)), seed >> i, 3);
        _loseEther(seed & 1 == 0 ? bound(seed, 0.95e18, 0.999e18) : bound(seed, 1.001e18, 1.05e18));
        for (uint16 u = 2; u <= 3; ++u) _setPrice(u, (_mark(u) * bound(seed >> (8 * u), 0.85e18, 1.15e18)) / 1e18);
        house.touch(own);
        uint256 most = _unlocked() + _band();
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
            if (i % 4 == 0) _takeAll();
            assertLe(token.balanceOf(mallory), most, "RISK-1: locked proceeds left early, in distress");
        }
        _takeAll();
        assertLe(token.balanceOf(mallory), most, "RISK-1: locked proceeds left early, in distress");
    }

    // ------------------------------------------------------------------ the scene

    /// @dev Every account takes a side in ether, the price moves, others trade at it, and then the feed is no more.
    function _loseEther(uint256 factor) private {
        for (uint256 i; i < ACCOUNTS; ++i) _deal(own[i], ETH, i, 2);
        AccountId late = _open(_trader("late"), 0, Modes.CROSS, 100_000);
        _setPrice(ETH, (_mark(ETH) * factor) / 1e18);
        // Only what is settled leaves a mark behind.
        _trade(late, honest, ETH, uint64(UNIT), _mark(ETH));
        venue.feedOf(ETH).updateAnswer(0);
        assertTrue(house.marketOf(ETH).status == PriceStatus.Unusable, "ORAC-1: the price is gone");
    }

    function _deal(AccountId id, uint16 u, uint256 side, uint256 leverage) private {
        uint64 lots = uint64((uint256(_equity(id)) * leverage * 1e8) / _mark(u));
        if (side & 1 == 0) _trade(id, honest, u, lots, _mark(u));
        else _trade(honest, id, u, lots, _mark(u));
    }

    /// @dev Cash in hand and in the accounts; what they gained by ether since it was last settled is not among it.
    function _unlocked() private view returns (uint256 sum) {
        sum = token.balanceOf(mallory);
        for (uint256 i; i < ACCOUNTS; ++i) {
            int256 cash = house.accountOf(own[i]).cash();
            int256 whole = cash + int256(uint256(house.accountOf(own[i]).keeperDeposit())) * 1e12;
            if (whole > 0) sum += uint256(whole) / 1e12;
        }
    }

    function _band() private view returns (uint256 sum) {
        for (uint256 i; i < ACCOUNTS; ++i) {
            for (uint16 u = 2; u <= 3; ++u) {
                uint256 notional = (FixedPoint.abs(_lotsOf(own[i], u)) * _mark(u)) / FixedPoint.LOTS;
                sum += (notional * PRICE_BAND_BPS) / FixedPoint.BPS / 1e12 + 1;
            }
        }
    }

    // ------------------------------------------------------------------ what may be tried

    function _step(uint256 dice) private {
        AccountId a = own[(dice >> 8) % ACCOUNTS];
        AccountId b = own[((dice >> 8) + 1 + ((dice >> 16) % (ACCOUNTS - 1))) % ACCOUNTS];
        uint256 what = dice % 10;
        if (what <= 1) _reduce(a, (dice >> 32) & 1 == 0 ? b : honest, dice >> 40);
        else if (what == 2)
            _try(abi.encodeCall(IClearinghouse.setMode, (a, (dice >> 32) & 1 == 0 ? Modes.ISOLATED : Modes.CROSS)));
        else if (what == 3) _liquidate(a, b, dice >> 32);
        else if (what == 4) _leave(a, dice >> 32);
        else if (what == 5) _deposit(a, 1 + ((dice >> 32) % STAKE));
        else _tradeWithSelf(a, b, dice >> 32);
    }

    /// @dev Both sides' ether, as far as both hold opposite positions, at the last good mark.
    function _reduce(AccountId a, AccountId b, uint256 lotsSeed) private {
        int256 held = _lotsOf(a, ETH);
        uint256 most = FixedPoint.abs(held);
        if (FixedPoint.abs(_lotsOf(b, ETH)) < most) most = FixedPoint.abs(_lotsOf(b, ETH));
        if (most == 0) return;
        uint64 lots = uint64(lotsSeed % 3 == 0 ? most : bound(lotsSeed, 1, most));
        (SignedOrder[] memory orders, Fill[] memory fills) = held > 0
            ? _crossing(b, a, ETH, lots, _mark(ETH))
            : _crossing(a, b, ETH, lots, _mark(ETH));
        _try(abi.encodeCall(IClearinghouse.settle, (orders, fills)));
    }

    /// @dev One to three fills at prices from timid to absurd, so that one account loses what another gains.
    function _tradeWithSelf(AccountId a, AccountId b, uint256 dice) private {
        uint256 n = 1 + (dice % 3);
        SignedOrder[] memory orders = new SignedOrder[](2 * n);
        Fill[] memory fills = new Fill[](n);
        for (uint256 i; i < n; ++i) {
            uint256 d = uint256(keccak256(abi.encode(dice, i)));
            uint16 u = uint16(2 + (d & 1));
            int256 held = _lotsOf(a, u);
            uint256 size =
                d & 2 == 0 && held != 0 ? FixedPoint.abs(held) : 1 + ((d >> 32) % (10 ** (2 + ((d >> 24) % 10))));
            bool buys = d & 2 == 0 ? held < 0 : d & 4 == 0;
            int256 off = int256((d >> 96) % (d & 8 == 0 ? 1e18 : 0.0101e18));
            if (d & 16 == 0) off = -off;
            orders[2 * i] = _sign(_order(b, u, buys ? -int64(uint64(size)) : int64(uint64(size))));
            orders[2 * i + 1] = _sign(_order(a, u, buys ? int64(uint64(size)) : -int64(uint64(size))));
            uint256 price = uint256((int256(_mark(u)) * (1e18 + off)) / 1e18);
            fills[i] = Fill(uint32(2 * i), uint32(2 * i + 1), uint64(size), uint128(price));
        }
        _try(abi.encodeCall(IClearinghouse.settle, (orders, fills)));
    }

    function _liquidate(AccountId a, AccountId b, uint256 dice) private {
        _try(abi.encodeCall(IClearinghouse.flag, (a, dice & 1 == 0 ? a : b)));
        vm.roll(vm.getBlockNumber() + 1);
        _try(abi.encodeCall(IClearinghouse.bid, (a, b, 1 + ((dice >> 8) % 1e18), type(int256).min)));
    }

    /// @dev Takes all or some cash, closes the account, and perhaps opens it again, in one frame or several.
    function _leave(AccountId a, uint256 dice) private {
        int256 cash = house.accountOf(a).cash();
        uint256 amount = cash > 0 ? uint256(cash) / 1e12 : 0;
        if (dice & 1 == 0) (amount, ) = (amount / 2, 0);
        bytes[] memory calls = new bytes[](dice & 2 == 0 ? 2 : 3);
        calls[0] =
            amount == 0
                ? abi.encodeCall(IClearinghouse.raiseEpoch, (a))
                : abi.encodeCall(IClearinghouse.withdraw, (a, amount, mallory));
        calls[1] = abi.encodeCall(IClearinghouse.closeAccount, (a));
        if (calls.length == 3) calls[2] = abi.encodeCall(IClearinghouse.openAccount, (a.index(), Modes.CROSS));
        if (dice & 4 == 0) return _try(abi.encodeCall(IClearinghouse.execute, (calls)));
        for (uint256 i; i < calls.length; ++i) _try(calls[i]);
    }

    function _deposit(AccountId a, uint256 amount) private {
        uint256 held = token.balanceOf(mallory);
        if (amount > held) amount = held;
        if (amount != 0) _try(abi.encodeCall(IClearinghouse.deposit, (a, amount)));
    }

    /// @dev Whatever the ledger lets go of: it names the amount itself when it refuses too much.
    function _takeAll() private {
        for (uint256 i; i < ACCOUNTS; ++i) {
            int256 cash = house.accountOf(own[i]).cash();
            if (cash < 1e12) continue;
            vm.prank(mallory);
            try house.withdraw(own[i], uint256(cash) / 1e12, mallory) {} catch (bytes memory reason) {
                if (bytes4(reason) != IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector) continue;
                uint256 free;
                assembly ("memory-safe") {
                    free := mload(add(reason, 0x64))
                }
                if (free == 0) continue;
                vm.prank(mallory);
                house.withdraw(own[i], free, mallory);
            }
        }
    }

    function _try(bytes memory data) private {
        vm.prank(mallory);
        (bool ok, bytes memory result) = address(house).call(data);
        assertTrue(ok || bytes4(result) != 0x4e487b71, "RISK-1: the ledger panicked");
    }
}
