// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Account, Mode, Modes} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";

/// @notice For tests alone: as much of the Clearinghouse as the backstop vault uses, and levers to move its cash.
contract MockLedger {
    using SafeERC20 for IERC20;

    int128 private constant UNIT = 1e12;

    address public immutable settlementToken;
    bool public frameOpen;
    mapping(AccountId id => Account state) public accountOf;

    modifier frame() {
        if (frameOpen) revert IClearinghouse.Clearinghouse_FrameOpen();
        frameOpen = true;
        _;
        frameOpen = false;
    }

    constructor(address settlementToken_) {
        settlementToken = settlementToken_;
    }

    function openAccount(uint96 index, Mode mode) external frame returns (AccountId id) {
        id = AccountId.wrap((uint256(uint160(msg.sender)) << 96) | index);
        if (accountOf[id].mode() != Modes.NONE) revert IClearinghouse.Clearinghouse_AccountAlreadyOpen(id);
        accountOf[id] = accountOf[id].withMode(mode);
    }

    function deposit(AccountId id, uint256 amount) external frame {
        if (amount == 0) revert IClearinghouse.Clearinghouse_ZeroAmount();
        _addCash(id, int128(int256(amount)) * UNIT);
        IERC20(settlementToken).safeTransferFrom(msg.sender, address(this), amount);
    }

    function withdraw(AccountId id, uint256 amount, address to) external frame {
        if (id.owner() != msg.sender) revert IClearinghouse.Clearinghouse_NotOwner(id, msg.sender);
        if (amount == 0) revert IClearinghouse.Clearinghouse_ZeroAmount();
        int128 cash = accountOf[id].cash();
        uint256 free = cash > 0 ? uint128(cash / UNIT) : 0;
        if (amount > free) revert IClearinghouse.Clearinghouse_BeyondFreeCollateral(id, amount, free);
        _addCash(id, -int128(int256(amount)) * UNIT);
        IERC20(settlementToken).safeTransfer(to, amount);
    }

    /// @notice A liquidation as the vault sees it: its consent is asked inside a frame, and the cash leaves.
    function cover(IBackstopVault vault, AccountId bankrupt, uint256 asked) external frame returns (uint256 paid) {
        paid = vault.onCover(bankrupt, asked);
        _addCash(vault.vaultAccount(), -int128(int256(paid)));
    }

    /// @notice Fees or losses, USD Wad.
    function addCash(AccountId id, int128 amount) external {
        _addCash(id, amount);
    }

    /// @notice Makes one call from within a frame.
    function callInFrame(address target, bytes calldata data) external frame {
        Address.functionCall(target, data);
    }

    function setFrameOpen(bool open) external {
        frameOpen = open;
    }

    function _addCash(AccountId id, int128 amount) private {
        if (accountOf[id].mode() == Modes.NONE) revert IClearinghouse.Clearinghouse_AccountNotOpen(id);
        accountOf[id] = accountOf[id].withCash(accountOf[id].cash() + amount);
    }
}
