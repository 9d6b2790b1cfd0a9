// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Svi} from "../math/Svi.sol";
import {MoveWindow} from "../oracle/MoveWindow.sol";
import {Smile, SurfaceRules} from "../oracle/SurfaceRules.sol";

/// @notice Gives tests the internal functions of smiles and of the rules they are held to.
contract SurfaceHarness {
    function totalVariance(
        int256 k,
        int256 a,
        uint256 b,
        int256 rho,
        int256 m,
        uint256 s
    ) external pure returns (uint256) {
        return Svi.totalVariance(k, a, b, rho, m, s);
    }

    function reach(int256 a, uint256 b, uint256 s) external pure returns (uint256) {
        return Svi.reach(a, b, s);
    }

    function clamp(int256 k, uint256 limit) external pure returns (int256) {
        return Svi.clamp(k, limit);
    }

    function volatility(uint256 w, uint256 tenor) external pure returns (uint256) {
        return Svi.volatility(w, tenor);
    }

    function density(
        int256 d,
        uint256 root,
        int256 a,
        uint256 b,
        int256 rho,
        int256 m,
        uint256 s
    ) external pure returns (int256) {
        return Svi.density(d, root, a, b, rho, m, s);
    }

    function checkButterfly(Smile memory v) external pure {
        v.reach = Svi.reach(v.a, v.b, v.s);
        SurfaceRules.checkButterfly(v);
    }

    function checkCalendar(Smile memory near, Smile memory far, uint256 time) external pure {
        near.reach = Svi.reach(near.a, near.b, near.s);
        far.reach = Svi.reach(far.a, far.b, far.s);
        SurfaceRules.checkCalendar(near, far, time);
    }

    function aged(uint64 moves, uint256 elapsed) external pure returns (uint64) {
        return MoveWindow.aged(moves, elapsed);
    }

    function sum(uint64 moves) external pure returns (uint256) {
        return MoveWindow.sum(moves);
    }
}
