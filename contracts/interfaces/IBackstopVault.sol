// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountId} from "../types/AccountId.sol";

/// @title The vault behind bankrupt accounts
/// @notice An ERC-4626 vault whose assets are the cash of its own ledger account. It earns the protocol's fees and pays
/// liquidators what an account below zero cannot, within a cap an event and a cap an hour.
interface IBackstopVault {
    /// @param asked what the price curve asked for; `asked - paid` is what the caps left uncovered. USD, Wad.
    event Covered(AccountId indexed account, uint256 asked, uint256 paid);

    /// @notice Only the ledger may call.
    error BackstopVault_NotClearinghouse(address caller);

    /// @notice The vault's consent to pay, from its own ledger account, towards the liquidation of `account`.
    /// @param asked USD Wad.
    /// @return paid USD Wad, at most `asked`, the vault's assets, and both caps.
    function onCover(AccountId account, uint256 asked) external returns (uint256 paid);
}
