// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {AccountId} from "../types/AccountId.sol";
import {IClearinghouse} from "./IClearinghouse.sol";

/// @notice What governance may set, one storage slot. The bounds are coded in the vault.
struct BackstopLimits {
    /// @dev The most one event may cost, in basis points of the vault's assets: 100 to 2,500. An event is one bid.
    uint16 eventCapBps;
    /// @dev The most any 60 minutes may cost, in basis points of the vault's assets without what those minutes cost:
    /// `eventCapBps` to 5,000.
    uint16 hourCapBps;
    /// @dev Seconds between the request to leave and the first moment to do so: 1 to 4 days.
    uint32 cooldown;
    /// @dev Seconds for which leaving is then possible: 6 hours to 2 days.
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
/// Where an account above zero finds no bidder, the vault takes it over into a fresh account of its own, to which it
/// gives initial margin within the same caps; more than that it cannot lose by it. What it took over it offers to
/// everybody, position by position, as an order the ledger settles like any other: from 1 % dearer than mark price to
/// 1 % cheaper, falling over two hours. Until it is sold, it counts among the assets at what that last price leaves, no
/// shares are sold, and none are redeemed while one of its prices is not fresh.
///
/// Nothing is bought or redeemed while a frame of the ledger is open, for the cash seen then may be about to change;
/// the ERC-4626 limits are zero meanwhile.
interface IBackstopVault is IERC1271 {
    /// @param asked what the price curve asked for; `asked - paid` is what the caps left uncovered. USD, Wad.
    event Covered(AccountId indexed account, uint256 asked, uint256 paid);
    /// @notice Replaces the holder's request before, if there was one.
    event RedeemRequested(address indexed holder, uint256 shares, uint256 opensAt, uint256 closesAt);
    /// @param index of the vault's account that took `account` over, with `margin` (USD, Wad) from the vault's cash.
    event TakeoverBegun(AccountId indexed account, uint96 indexed index, uint256 margin);
    /// @param returned what came back to the vault's cash, in units of the settlement token.
    event TakeoverEnded(uint96 indexed index, uint256 returned);
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
    /// @notice What a takeover asks for is beyond what an event or the hour may cost. USD, Wad.
    error BackstopVault_TakeoverBeyondCap(uint256 margin, uint256 limit);
    /// @notice As many takeovers are open as may be: sell one first.
    error BackstopVault_TooManyTakeovers(uint256 limit);
    /// @notice The vault sells perpetuals alone, and takes over no account that holds an option, settled or not.
    error BackstopVault_HoldsOptions(AccountId account);
    /// @notice No shares are sold while takeovers are open: what they gain or lose is the holders' before.
    error BackstopVault_TakeoversOpen(uint256 count);
    /// @notice A takeover holds what has no fresh price: no shares are redeemed at a stale one.
    error BackstopVault_TakeoverUnpriced();
    /// @notice No takeover of that index is open.
    error BackstopVault_NoTakeover(uint96 index);
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

    /// @notice The vault's consent to take `account` over, and to give it `margin` of its cash.
    /// @dev Reverts BackstopVault_HoldsOptions, BackstopVault_TakeoverBeyondCap and BackstopVault_TooManyTakeovers.
    /// @param margin USD Wad.
    /// @return index of the vault's account to take it over into, never used before.
    function onTakeOver(AccountId account, uint256 margin) external returns (uint96 index);

    /// @notice Whether the vault stands by an order: `signature` is the order itself, ABI-encoded, `hash` its EIP-712
    /// digest. It does if the order reduces a perpetual it took over, at its offer's price now or better, and the
    /// price is fresh.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);

    /// @notice Brings the cash of a takeover that is sold out back to the vault. Anyone may call.
    /// @dev Reverts BackstopVault_NoTakeover, and the ledger's refusals while the account holds positions.
    function endTakeover(uint96 index) external;

    /// @notice The takeovers that are open, in no order, and when each began, unix seconds.
    function takeovers() external view returns (uint96[] memory indices, uint40[] memory begunAt);

    /// @notice The vault's offer for a position of a takeover that began at `begunAt`: the least it takes for a unit of
    /// what it is long, or the most it pays for what it is short. USD Wad, rounded in its favour.
    function offerPrice(uint16 underlying, uint40 begunAt, bool long) external view returns (uint256);

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
