// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {AccountFrame, MarketFrame} from "../../contracts/clearing/Frame.sol";
import {FrameLists} from "../../contracts/clearing/FrameLists.sol";
import {Snapshot} from "../../contracts/clearing/Snapshot.sol";
import {FixedPoint} from "../../contracts/math/FixedPoint.sol";
import {Ewma} from "../../contracts/oracle/Ewma.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Test} from "../forge/Test.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Rounding that goes the way the name says, lists that keep their elements, and funding within its bounds.
contract MathTest is Test {
    using FrameLists for AccountFrame[];
    using FrameLists for MarketFrame[];

    uint256 private constant BIG = 2 ** 127;

    function testFuzz_mulDivUp(uint256 x, uint256 y, uint256 d) public pure {
        (x, y, d) = (bound(x, 0, BIG), bound(y, 0, BIG), bound(d, 1, BIG));
        uint256 z = FixedPoint.mulDivUp(x, y, d);
        assertGe(z * d, x * y, "MATH: rounded down");
        if (z != 0) assertLt((z - 1) * d, x * y, "MATH: rounded by more than one");
    }

    function testFuzz_mulDivFloor(int256 x, int256 y, int256 d) public pure {
        (x, y) = (bound(x, -int256(BIG), int256(BIG)), bound(y, -int256(BIG), int256(BIG)));
        d = bound(d, 1, 2 ** 120);
        int256 z = FixedPoint.mulDivFloor(x, y, d);
        assertLe(z * d, x * y, "MATH: rounded up");
        assertGt((z + 1) * d, x * y, "MATH: rounded by more than one");
    }

    /// @dev What two sides of a trade are credited never adds to more than nothing, nor to less than a wei.
    function testFuzz_valueFloor(int64 lots, int128 price) public pure {
        int256 sum = FixedPoint.valueFloor(lots, price) + FixedPoint.valueFloor(-int256(lots), price);
        assertLe(sum, 0, "LEDGER-3: two sides were credited more than there is");
        assertGe(sum, -1, "LEDGER-3: more than a wei was lost");
    }

    function testFuzz_valueUp(uint64 lots, uint128 price) public pure {
        assertGe(
            int256(FixedPoint.valueUp(lots, price)),
            FixedPoint.valueFloor(int256(uint256(lots)), int256(uint256(price))),
            "MATH: a requirement is no less than a credit"
        );
    }

    function testFuzz_abs(int256 x) public pure {
        x = bound(x, -type(int256).max, type(int256).max);
        assertEq(FixedPoint.abs(x), x < 0 ? uint256(-x) : uint256(x), "MATH: abs");
    }

    function testFuzz_funding(int128 integrated, uint32 elapsed) public pure {
        vm.assume(elapsed != 0);
        int256 rate = Snapshot.hourlyFunding(integrated, int256(uint256(elapsed)));
        assertLe(rate, 0.0005e18, "FUND-1: above 0.05 % an hour");
        assertGe(rate, -0.0005e18, "FUND-1: below -0.05 % an hour");
        if (rate > 0) assertGt(integrated, 0, "FUND-1: longs pay a negative basis");
        if (rate < 0) assertLt(integrated, 0, "FUND-1: shorts pay a positive basis");
        int256 opposite = Snapshot.hourlyFunding(-int256(integrated), int256(uint256(elapsed)));
        assertEq(opposite, -rate, "FUND-1: funding is symmetric");
    }

    /// @dev A constant basis is charged an eighth an hour, however long it stood.
    function testFuzz_fundingOfConstantBasis(int64 basis, uint32 elapsed) public pure {
        vm.assume(elapsed != 0);
        basis = int64(bound(basis, -0.004e18, 0.004e18));
        int256 integral = (int256(basis) * int256(uint256(elapsed))) / 1e9;
        int256 rate = Snapshot.hourlyFunding(integral, int256(uint256(elapsed)));
        assertApproxEqAbs(rate, int256(basis) / 8, 1e9, "FUND-1: an eighth of the basis");
    }

    /// @dev It is written down, because reading a forecast asks for it; and it must be what the exponential has for it.
    function test_decayOfAnHour() public pure {
        int256 lnDecayADay = -0.061875403718087472e18;
        assertEq(Ewma.decay(1 hours), uint256(FixedPointMathLib.expWad(lnDecayADay / 24)), "MATH: an hour's decay");
        assertGt(Ewma.decay(1 hours - 1), Ewma.decay(1 hours), "MATH: less time forgets more");
        assertLt(Ewma.decay(1 hours + 1), Ewma.decay(1 hours), "MATH: more time forgets less");
    }

    function testFuzz_lists(uint8 size, uint8 other) public pure {
        AccountFrame[] memory accounts;
        MarketFrame[] memory markets;
        for (uint256 i; i < size; ++i) {
            AccountFrame memory a;
            a.id = AccountId.wrap(i + 1);
            accounts = accounts.append(a);
            // Lists that grow by turns must not write over each other.
            if (i > other) continue;
            MarketFrame memory m;
            m.openInterestBefore = uint64(i + 1);
            markets = markets.append(m);
        }
        assertEq(accounts.length, size, "FrameLists: length");
        for (uint256 i; i < accounts.length; ++i) {
            assertEq(AccountId.unwrap(accounts[i].id), i + 1, "FrameLists: an account moved");
        }
        for (uint256 i; i < markets.length; ++i) {
            assertEq(markets[i].openInterestBefore, i + 1, "FrameLists: a market moved");
        }
    }
}
