// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice The settlement token of local networks: 6 decimals, EIP-2612 permits, and anyone may mint.
contract MockUSDC is ERC20Permit {
    constructor() ERC20("USD Coin (local mock)", "USDC") ERC20Permit("USD Coin (local mock)") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
