// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBackstopVault, RedeemRequest} from "../../../contracts/interfaces/IBackstopVault.sol";
import {Distress, ILiquidationAuction} from "../../../contracts/interfaces/ILiquidationAuction.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {vm} from "../../forge/Vm.sol";
import {TakeoverHandler} from "./TakeoverHandler.sol";

/// @notice Those who back the venue: buying shares, asking to leave, waiting, leaving.
abstract contract VaultHandler is TakeoverHandler {
    function vaultDeposit(uint256 seed, uint256 amount) external {
        _mustBeOnSale();
        _vaultDeposit(_traderAt(seed), bound(amount, 1e6, 500_000e6));
    }

    function vaultMint(uint256 seed, uint256 amount) external {
        _mustBeOnSale();
        address holder = _traderAt(seed);
        uint256 shares = vault.previewDeposit(bound(amount, 1e6, 100_000e6));
        uint256 cost = vault.previewMint(shares);
        token.mint(holder, cost);
        vm.startPrank(holder);
        token.approve(address(vault), cost);
        assertEq(vault.mint(shares, holder), cost, "SOLV-3: shares cost another sum than was told");
        vm.stopPrank();
        deposited += cost;
        assertLe(vault.previewRedeem(shares), cost, "SOLV-3: shares are worth more than was paid");
    }

    function _vaultDeposit(address holder, uint256 amount) internal {
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
        uint256 balance = vault.balanceOf(holder);
        if (balance == 0) vm.assume(false);
        vm.prank(holder);
        vault.requestRedeem(bound(shares, 1, balance));
    }

    function vaultCancelRedeem(uint256 seed) external {
        for (uint256 i; i < TRADERS; ++i) {
            address holder = traders[addmod(seed, i, TRADERS)];
            if (vault.redeemRequest(holder).shares == 0) continue;
            vm.prank(holder);
            return vault.cancelRedeem();
        }
        vm.assume(false);
    }

    /// @notice Shares change hands, by their holder or whom it allowed; those in a request do not.
    function vaultTransfer(uint256 seed, uint256 shares, bool from) external {
        address holder = _traderAt(seed);
        address to = _traderAt((seed % 1e9) + 1);
        uint256 free = vault.balanceOf(holder) - vault.redeemRequest(holder).shares;
        bytes memory data = abi.encodeCall(vault.transfer, (to, free + 1));
        vm.prank(holder);
        (bool ok, ) = address(vault).call(data);
        assertFalse(ok, "SOLV-3: shares in a request were given away");
        if (free == 0) vm.assume(false);
        shares = bound(shares, 1, free);
        vm.prank(holder);
        if (!from) {
            vault.transfer(to, shares);
        } else {
            vault.approve(to, shares);
            vm.prank(to);
            vault.transferFrom(holder, to, shares);
        }
    }

    /// @notice Redeems what was requested, after waiting for it if `patient`; before its time it must be refused.
    function vaultRedeem(uint256 seed, uint256 shares, uint8 patience) external {
        (address holder, uint256 most) = _leaverAt(seed, patience);
        shares = bound(shares, 1, most);
        uint256 fair = vault.previewRedeem(shares);
        uint256 held = token.balanceOf(holder);
        vm.prank(holder);
        withdrawn += vault.redeem(shares, holder, holder);
        assertEq(token.balanceOf(holder), held + fair, "SOLV-3: a holder got its shares' worth");
    }

    function vaultWithdraw(uint256 seed, uint256 assets, uint8 patience) external {
        (address holder, uint256 most) = _leaverAt(seed, patience);
        uint256 worth = vault.convertToAssets(most);
        if (worth == 0) vm.assume(false);
        assets = bound(assets, 1, worth);
        uint256 fair = vault.previewWithdraw(assets);
        if (fair > most) vm.assume(false);
        uint256 shares = vault.balanceOf(holder);
        vm.prank(holder);
        vault.withdraw(assets, holder, holder);
        withdrawn += assets;
        assertEq(vault.balanceOf(holder), shares - fair, "SOLV-3: a holder gave other shares than were told");
    }

    /// @notice What the ledger alone may ask of the vault and the auction, and nobody twice.
    function pretend(uint256 seed, uint8 what, uint128 amount) external {
        AccountId id = _idAt(seed);
        address caller = what % 2 == 0 ? keeper : address(vault);
        Distress memory x = Distress(0, 0, 1e18);
        bytes4 refusal = ILiquidationAuction.LiquidationAuction_NotClearinghouse.selector;
        address target = address(auction);
        bytes memory data;
        if (what % 7 == 0) data = abi.encodeCall(auction.onFlag, (id, x));
        else if (what % 7 == 1) data = abi.encodeCall(auction.onTouch, (id, x));
        else if (what % 7 == 2) data = abi.encodeCall(auction.onBid, (id, x, amount));
        else if (what % 7 == 3) data = abi.encodeCall(auction.onTakeOver, (id, x));
        else {
            target = address(vault);
            refusal = IBackstopVault.BackstopVault_NotClearinghouse.selector;
            if (what % 7 == 4) data = abi.encodeCall(vault.onCover, (id, amount));
            else if (what % 7 == 5) data = abi.encodeCall(vault.onTakeOver, (id, amount));
            else {
                (data, refusal) = (abi.encodeCall(vault.open, ()), bytes4(0));
            }
        }
        vm.prank(caller);
        (bool ok, bytes memory result) = target.call(data);
        assertFalse(ok, "AUTH-3: somebody spoke for the ledger");
        if (refusal != 0) assertEq(bytes32(bytes4(result)), bytes32(refusal), "AUTH-3: refused for another reason");
    }

    /// @dev No shares are sold while takeovers are open, or while the vault's account owes.
    function _mustBeOnSale() private {
        if (vault.maxDeposit(keeper) != 0) return;
        vm.prank(keeper);
        (bool ok, ) = address(vault).call(abi.encodeCall(vault.deposit, (0, keeper)));
        (uint96[] memory indices, ) = vault.takeovers();
        assertFalse(ok && indices.length != 0, "SOLV-3: shares were sold while takeovers are open");
        vm.assume(false);
    }

    /// @dev A holder whose exit is open, and how many shares it may redeem.
    function _leaverAt(uint256 seed, uint8 patience) private returns (address holder, uint256 most) {
        holder = _traderAt(seed);
        RedeemRequest memory request = vault.redeemRequest(holder);
        if (request.shares == 0) {
            uint256 balance = vault.balanceOf(holder);
            if (balance == 0) vm.assume(false);
            vm.prank(holder);
            vault.requestRedeem(balance / 4 + 1);
            request = vault.redeemRequest(holder);
        }
        if (block.timestamp < request.opensAt && patience % 4 != 0) _elapse(request.opensAt - block.timestamp);
        if (vm.getBlockTimestamp() < request.opensAt) {
            vm.prank(holder);
            (bool ok, ) = address(vault).call(abi.encodeCall(vault.redeem, (1, holder, holder)));
            assertFalse(ok, "SOLV-3: a holder left before its time");
            vm.assume(false);
        }
        most = vault.maxRedeem(holder);
        if (most == 0) vm.assume(false);
    }
}
