// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RedeemRequest} from "../../../contracts/interfaces/IBackstopVault.sol";
import {IBackstopVault} from "../../../contracts/interfaces/IBackstopVault.sol";
import {BackstopVault} from "../../../contracts/liquidation/BackstopVault.sol";
import {vm} from "../../forge/Vm.sol";
import {WorldHandler} from "./WorldHandler.sol";

/// @notice Those who back the venue: buying shares, asking to leave, waiting, leaving.
abstract contract VaultHandler is WorldHandler {
    function vaultDeposit(uint256 seed, uint256 amount) external {
        _vaultDeposit(_traderAt(seed), bound(amount, 1e6, 500_000e6));
    }

    function _vaultDeposit(address holder, uint256 amount) internal {
        BackstopVault vault = venue.vault();
        token.mint(holder, amount);
        vm.prank(holder);
        token.approve(address(vault), amount);
        uint256 worthBefore = vault.previewRedeem(1e12);
        vm.prank(holder);
        uint256 shares = vault.deposit(amount, holder);
        deposited += amount;
        assertLe(vault.previewRedeem(shares), amount, "SOLV-3: shares are worth more than was paid");
        assertGe(vault.previewRedeem(1e12), worthBefore, "SOLV-3: a deposit diluted the holders");
    }

    function vaultRequestRedeem(uint256 seed, uint256 shares) external {
        address holder = _traderAt(seed);
        BackstopVault vault = venue.vault();
        uint256 balance = vault.balanceOf(holder);
        if (balance == 0) vm.assume(false);
        vm.prank(holder);
        vault.requestRedeem(bound(shares, 1, balance));
    }

    function vaultCancelRedeem(uint256 seed) external {
        address holder = _traderAt(seed);
        BackstopVault vault = venue.vault();
        if (vault.redeemRequest(holder).shares == 0) vm.assume(false);
        vm.prank(holder);
        vault.cancelRedeem();
    }

    /// @notice Redeems what was requested, after waiting for it if `patient`; before its time it must be refused.
    function vaultRedeem(uint256 seed, uint256 shares, bool patient) external {
        address holder = _traderAt(seed);
        BackstopVault vault = venue.vault();
        RedeemRequest memory request = vault.redeemRequest(holder);
        if (request.shares == 0) {
            uint256 balance = vault.balanceOf(holder);
            if (balance == 0) vm.assume(false);
            vm.prank(holder);
            vault.requestRedeem(bound(shares, 1, balance));
            request = vault.redeemRequest(holder);
        }
        shares = bound(shares, 1, request.shares);
        if (block.timestamp < request.opensAt && patient) {
            _elapse(request.opensAt - block.timestamp);
        }
        if (vm.getBlockTimestamp() < request.opensAt) {
            vm.expectPartialRevert(IBackstopVault.BackstopVault_ExitClosed.selector);
            vm.prank(holder);
            vault.redeem(shares, holder, holder);
            return;
        }
        uint256 fair = vault.previewRedeem(shares);
        uint256 held = token.balanceOf(holder);
        vm.prank(holder);
        withdrawn += vault.redeem(shares, holder, holder);
        assertEq(token.balanceOf(holder), held + fair, "SOLV-3: a holder got its shares' worth");
    }
}
