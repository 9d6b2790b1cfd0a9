// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Svi} from "../../contracts/math/Svi.sol";
import {SurfaceHarness} from "../../contracts/mocks/SurfaceHarness.sol";
import {MoveWindow} from "../../contracts/oracle/MoveWindow.sol";
import {Smile} from "../../contracts/oracle/SurfaceRules.sol";
import {Test} from "../forge/Test.sol";

/// @notice Smiles behave as hyperbolas do, and what the rules let through is free of arbitrage where they did not look.
contract SviTest is Test {
    using MoveWindow for uint64;

    int256 private constant WAD = 1e18;
    uint256 private constant TENOR = 30 days;

    SurfaceHarness private immutable _harness = new SurfaceHarness();

    /// @dev Turned about its middle, a smile with the opposite skew is the same.
    function testFuzz_varianceMirrors(int256 x, uint256 seed) public pure {
        Smile memory v = _smile(seed);
        x = bound(x, -10e18, 10e18);
        uint256 one = Svi.totalVariance(v.m + x, v.a, v.b, v.rho, v.m, v.s);
        uint256 other = Svi.totalVariance(v.m - x, v.a, v.b, -v.rho, v.m, v.s);
        assertEq(one, other, "MATH-2: a mirrored smile differs");
    }

    function testFuzz_varianceIsConvex(int256 left, int256 right, uint256 seed) public pure {
        Smile memory v = _smile(seed);
        left = bound(left, -10e18, 10e18);
        right = bound(right, -10e18, 10e18);
        uint256 middle = Svi.totalVariance((left + right) / 2, v.a, v.b, v.rho, v.m, v.s);
        uint256 ends = Svi.totalVariance(left, v.a, v.b, v.rho, v.m, v.s);
        ends += Svi.totalVariance(right, v.a, v.b, v.rho, v.m, v.s);
        // Each is at most 1 + b wei too low, and b is at most 3.
        assertLe(2 * middle, ends + 12, "MATH-2: variance bends down");
    }

    function testFuzz_volatilityIsTheRoot(uint256 w, uint256 tenor) public pure {
        w = bound(w, 0, 100e18);
        tenor = bound(tenor, 1, 10 * 365 days);
        uint256 sigma = Svi.volatility(w, tenor);
        uint256 square = (w * 31_536_000 * uint256(WAD)) / tenor;
        assertLe(sigma * sigma, square, "MATH-2: volatility was rounded up");
        assertGt((sigma + 1) * (sigma + 1), square, "MATH-2: volatility is off by more than a wei");
    }

    function testFuzz_movesOnlyAge(uint64 moves, uint256 first, uint256 second) public pure {
        (first, second) = (bound(first, 0, 10), bound(second, 0, 10));
        assertLe(moves.aged(first).sum(), moves.sum(), "a move came back");
        assertEq(moves.aged(first).aged(second), moves.aged(first + second), "time passed twice differs from once");
    }

    /// @dev What the grid took has a density of the right sign between its points.
    function testFuzz_noButterflyBetweenPoints(int256 k, uint256 seed) public view {
        Smile memory v = _smile(seed);
        int256 reach = int256(Svi.reach(v.a, v.b, v.s));
        if (reach == 0) return;
        try _harness.checkButterfly(v) {
            int256 d = bound(k, -reach, reach) - v.m;
            uint256 root = FixedPointMathLib.sqrt(uint256(d * d) + v.s * v.s);
            int256 g = Svi.density(d, root, v.a, v.b, v.rho, v.m, v.s);
            assertGe(g, 0, "SURFACE: a butterfly costs nothing");
        } catch {}
    }

    /// @dev Vol stays, so two neighbours that are in order are so until the earlier expires.
    function testFuzz_calendarLasts(uint256 seed, uint256 other, uint256 later) public view {
        (Smile memory near, Smile memory far) = (_smile(seed), _smile(other));
        near.expiry = uint40(TENOR);
        far.expiry = uint40(2 * TENOR);
        far.tenor = 2 * TENOR;
        try _harness.checkCalendar(near, far, 0) {
            _harness.checkCalendar(near, far, bound(later, 0, TENOR - 1));
        } catch {}
    }

    /// @dev Usual in shape and of any skew, with a least variance above zero.
    function _smile(uint256 seed) private pure returns (Smile memory v) {
        v.tenor = TENOR;
        v.expiry = uint40(TENOR);
        v.s = bound(uint256(keccak256(abi.encode(seed, "s"))), 0.005e18, 1e18);
        v.b = bound(uint256(keccak256(abi.encode(seed, "b"))), 0.001e18, 1e18);
        v.rho = bound(int256(uint256(keccak256(abi.encode(seed, "rho")))), -0.9e18, 0.9e18);
        v.m = bound(int256(uint256(keccak256(abi.encode(seed, "m")))), -0.3e18, 0.3e18);
        // rho^2 is at most 0.81, so the least variance is at least a + 0.4 * b * s.
        int256 bend = int256((v.b * v.s) / 1e18);
        v.a = bound(int256(uint256(keccak256(abi.encode(seed, "a")))), (-bend * 4) / 10 + 1e9, bend);
    }
}
