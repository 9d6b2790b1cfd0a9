// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice For tests alone: a settlement token with permits that anyone may mint, which may call somebody back before
/// each transfer, as tokens with hooks do.
contract MockDollar is ERC20Permit {
    uint8 private immutable _places;
    address private _hookTarget;
    bytes private _hookCall;

    constructor(uint8 places) ERC20("Mock Dollar", "mUSD") ERC20Permit("Mock Dollar") {
        _places = places;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setHook(address target, bytes calldata data) external {
        _hookTarget = target;
        _hookCall = data;
    }

    function decimals() public view override returns (uint8) {
        return _places;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_hookTarget != address(0)) Address.functionCall(_hookTarget, _hookCall);
        super._update(from, to, value);
    }
}
