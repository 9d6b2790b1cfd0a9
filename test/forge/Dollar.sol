// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice A settlement token of 6 decimals with permits, which anyone may mint and which may call somebody back before
/// each transfer, as tokens with hooks do.
contract Dollar is ERC20Permit {
    address private _hookTarget;
    bytes private _hookCall;

    constructor() ERC20("Dollar", "USD") ERC20Permit("Dollar") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setHook(address target, bytes calldata data) external {
        _hookTarget = target;
        _hookCall = data;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_hookTarget != address(0)) Address.functionCall(_hookTarget, _hookCall);
        super._update(from, to, value);
    }
}
