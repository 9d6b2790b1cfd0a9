// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MockUSDC} from "./MockUSDC.sol";

/// @notice A dollar that keeps 0.1 % of every transfer.
contract MockFeeToken is MockUSDC {
    uint256 private constant FEE_DIVISOR = 1_000;

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / FEE_DIVISOR);
    }
}
