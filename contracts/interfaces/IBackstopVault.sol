// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountId} from "../types/AccountId.sol";
import {IClearinghouse} from "./IClearinghouse.sol";

/// @notice What governance may set, one storage slot. The bounds are coded in the vault.
struct BackstopLimits {
    /// @dev The most one event may cost, in basis points of the vault's assets: 100 to 2,500. An event is one bid.
    uint16 eventCapBps;
    /// @dev The most any 60 minutes may cost, in basis points of the vault's assets without what those minutes cost:
    /// `eventCapBps` to 5,000.
    uint16 hourCapBps;
    /// @dev Seconds between the request to leave and the first moment to do so: 1 to 14 days.
    uint32 cooldown;
    /// @dev Seconds for which leaving is then possible: 6 hours to 3 days.
    uint32 exitWindow;
}

/// @notice Shares on their way out, one storage slot.
struct RedeemRequest {
    uint176 shares;
    /// @dev Unix seconds: shares may be redeemed from `opensAt` on and before `closesAt`.
    uint40 opensAt;
    uint40 closesAt;
}

/// @title The vault behind bankrupt accounts
/// @notice An ERC-4626 vault whose assets are the cash of its own ledger account. It earns the protocol's fees and pays
/// liquidators what an account below zero cannot, within a cap an event and a cap an hour.
/// @dev To leave, a holder requests it, waits out the cool-down and redeems while the exit window is open. Shares in a
/// request cannot be transferred and bear losses like all others. The window closes, and with it the request ends: a
/// request that stood open for ever would let its holder leave first in a crash.
///
/// Nothing is bought or redeemed while a frame of the ledger is open, for the cash seen then may be about to change;
/// the ERC-4626 limits are zero meanwhile.
interface IBackstopVault {
    /// @param asked what the price curve asked for; `asked - paid` is what the caps left uncovered. USD, Wad.
    event Covered(AccountId indexed account, uint256 asked, uint256 paid);
    /// @notice Replaces the holder's request before, if there was one.
    event RedeemRequested(address indexed holder, uint256 shares, uint256 opensAt, uint256 closesAt);
    event RedeemCancelled(address indexed holder, uint256 shares);
    event LimitsChanged(BackstopLimits from, BackstopLimits to);

    /// @notice Only the ledger may call.
    error BackstopVault_NotClearinghouse(address caller);
    /// @notice A frame of the ledger is open: no shares are bought or redeemed inside it.
    error BackstopVault_FrameOpen();
    /// @notice Shares can be redeemed only from `opensAt` on and before `closesAt`; both are zero without a request.
    error BackstopVault_ExitClosed(address holder, uint256 opensAt, uint256 closesAt);
    /// @notice More shares were requested than the holder has.
    error BackstopVault_RequestBeyondBalance(uint256 shares, uint256 balance);
    /// @notice No shares were named, or the assets are worth none.
    error BackstopVault_ZeroShares();
    /// @notice The holder has no request to cancel.
    error BackstopVault_NoRequest(address holder);
    /// @notice Of the holder's shares only `free` are outside its request.
    error BackstopVault_SharesInRequest(address holder, uint256 shares, uint256 free);
    /// @notice The vault counts in a settlement token of 6 decimals.
    error BackstopVault_UnsupportedDecimals(uint256 decimals);
    /// @notice A limit is outside the bounds that are coded here.
    error BackstopVault_LimitOutOfBounds(bytes32 limit, uint256 value, uint256 lower, uint256 upper);

    /// @notice Opens the vault's account with the ledger, once; nothing can be deposited before. Anyone may call.
    /// @dev The ledger reverts Clearinghouse_AccountAlreadyOpen the second time, and Clearinghouse_UnknownMode before
    /// cross margin has a model.
    function open() external;

    /// @notice The vault's consent to pay, from its own ledger account, towards the liquidation of `account`.
    /// @dev Judges by the cash the ledger has stored, which the frame that asks may have changed in memory since: the
    /// ledger pays no more than the vault's account then holds.
    /// @param asked USD Wad.
    /// @return paid USD Wad, at most `asked`, the vault's assets, and both caps.
    function onCover(AccountId account, uint256 asked) external returns (uint256 paid);

    /// @notice Asks to redeem `shares` of the caller's after the cool-down; a request before is replaced, and its time
    /// is lost.
    /// @dev Reverts BackstopVault_ZeroShares and BackstopVault_RequestBeyondBalance.
    function requestRedeem(uint256 shares) external;

    /// @notice Takes the caller's request back; its shares can be transferred again.
    /// @dev Reverts BackstopVault_NoRequest where there is none or its window has closed.
    function cancelRedeem() external;

    /// @notice Sets the caps, the cool-down and the exit window; requests that stand keep their times. Restricted.
    /// @dev Reverts BackstopVault_LimitOutOfBounds.
    function setLimits(BackstopLimits calldata limits) external;

    /// @notice The most `onCover` would pay now, USD Wad.
    function coverLimit() external view returns (uint256);

    /// @notice The holder's request; all zero where there is none or its window has closed.
    function redeemRequest(address holder) external view returns (RedeemRequest memory);

    function limits() external view returns (BackstopLimits memory);

    /// @notice The vault's account with the ledger: the first of the accounts it owns.
    function vaultAccount() external view returns (AccountId);

    /// @notice The ledger that keeps the vault's cash and may call `onCover`.
    function clearinghouse() external view returns (IClearinghouse);
}
