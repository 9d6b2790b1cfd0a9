// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {vm} from "./Vm.sol";

/// @notice Base of every Forge test: short assertions, bounded inputs and the targets of invariant campaigns.
/// @dev Each assertion's reason starts with the id of the property it guards, so that a failure names it.
abstract contract Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev Forge takes a contract for a test by this flag.
    bool public constant IS_TEST = true;

    address[] private _targetContracts;
    address[] private _targetSenders;
    address[] private _excludedSenders;
    address[] private _excludedContracts;
    FuzzSelector[] private _targetSelectors;

    // ------------------------------------------------------------------ read by Forge

    function targetContracts() external view returns (address[] memory) {
        return _targetContracts;
    }

    function targetSenders() external view returns (address[] memory) {
        return _targetSenders;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _targetSelectors;
    }

    function excludeSenders() external view returns (address[] memory) {
        return _excludedSenders;
    }

    function excludeContracts() external view returns (address[] memory) {
        return _excludedContracts;
    }

    // ------------------------------------------------------------------ called in setUp

    /// @notice Calls only `target`'s functions named in `selectors`, or all of them if none is named.
    function _target(address target, bytes4[] memory selectors) internal {
        _targetContracts.push(target);
        if (selectors.length != 0) _targetSelectors.push(FuzzSelector(target, selectors));
    }

    function _targetSender(address sender) internal {
        _targetSenders.push(sender);
    }

    function _excludeSender(address sender) internal {
        _excludedSenders.push(sender);
    }

    function _excludeContract(address target) internal {
        _excludedContracts.push(target);
    }

    // ------------------------------------------------------------------ inputs

    /// @notice Maps `x` onto [min, max], keeping values already inside.
    function bound(uint256 x, uint256 min, uint256 max) internal pure returns (uint256) {
        require(min <= max, "bound: min is above max");
        if (x >= min && x <= max) return x;
        uint256 size;
        unchecked {
            size = max - min + 1;
        }
        // A size of zero is the whole range, where every x was inside.
        return min + (x % size);
    }

    /// @notice Maps `x` onto [min, max], keeping values already inside.
    function bound(int256 x, int256 min, int256 max) internal pure returns (int256) {
        require(min <= max, "bound: min is above max");
        // Flipping the sign bit maps int256 onto uint256 in the same order.
        uint256 flip = 1 << 255;
        return int256(bound(uint256(x) ^ flip, uint256(min) ^ flip, uint256(max) ^ flip) ^ flip);
    }

    /// @notice A labelled account and its key, the same for the same name.
    function makeAccount(string memory name) internal returns (address account, uint256 privateKey) {
        // Below the group order of secp256k1, as a key must be.
        privateKey = uint256(keccak256(bytes(name))) >> 1;
        account = vm.addr(privateKey);
        vm.label(account, name);
    }

    function makeAddr(string memory name) internal returns (address account) {
        (account, ) = makeAccount(name);
    }

    // ------------------------------------------------------------------ assertions
    // Forge is asked only where they fail: each question costs more than what most calls of a campaign are about.

    function assertTrue(bool condition, string memory reason) internal pure {
        if (!condition) vm.assertTrue(condition, reason);
    }

    function assertFalse(bool condition, string memory reason) internal pure {
        if (condition) vm.assertFalse(condition, reason);
    }

    function assertEq(uint256 left, uint256 right, string memory reason) internal pure {
        if (left != right) vm.assertEq(left, right, reason);
    }

    function assertEq(int256 left, int256 right, string memory reason) internal pure {
        if (left != right) vm.assertEq(left, right, reason);
    }

    function assertEq(address left, address right, string memory reason) internal pure {
        if (left != right) vm.assertEq(left, right, reason);
    }

    function assertEq(bytes32 left, bytes32 right, string memory reason) internal pure {
        if (left != right) vm.assertEq(left, right, reason);
    }

    function assertEq(bytes memory left, bytes memory right, string memory reason) internal pure {
        if (keccak256(left) != keccak256(right)) vm.assertEq(left, right, reason);
    }

    function assertEq(bool left, bool right, string memory reason) internal pure {
        if (left != right) vm.assertEq(left, right, reason);
    }

    function assertNotEq(uint256 left, uint256 right, string memory reason) internal pure {
        if (left == right) vm.assertNotEq(left, right, reason);
    }

    function assertGe(uint256 left, uint256 right, string memory reason) internal pure {
        if (left < right) vm.assertGe(left, right, reason);
    }

    function assertGe(int256 left, int256 right, string memory reason) internal pure {
        if (left < right) vm.assertGe(left, right, reason);
    }

    function assertGt(uint256 left, uint256 right, string memory reason) internal pure {
        if (left <= right) vm.assertGt(left, right, reason);
    }

    function assertGt(int256 left, int256 right, string memory reason) internal pure {
        if (left <= right) vm.assertGt(left, right, reason);
    }

    function assertLe(uint256 left, uint256 right, string memory reason) internal pure {
        if (left > right) vm.assertLe(left, right, reason);
    }

    function assertLe(int256 left, int256 right, string memory reason) internal pure {
        if (left > right) vm.assertLe(left, right, reason);
    }

    function assertLt(uint256 left, uint256 right, string memory reason) internal pure {
        if (left >= right) vm.assertLt(left, right, reason);
    }

    function assertLt(int256 left, int256 right, string memory reason) internal pure {
        if (left >= right) vm.assertLt(left, right, reason);
    }

    function assertApproxEqAbs(uint256 left, uint256 right, uint256 maxDelta, string memory reason) internal pure {
        vm.assertApproxEqAbs(left, right, maxDelta, reason);
    }

    function assertApproxEqAbs(int256 left, int256 right, uint256 maxDelta, string memory reason) internal pure {
        vm.assertApproxEqAbs(left, right, maxDelta, reason);
    }
}
