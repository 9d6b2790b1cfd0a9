// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVault} from "./Built.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {Permit} from "../../contracts/types/Permit.sol";
import {IBackstopVault} from "../../contracts/interfaces/IBackstopVault.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Fill, SignedOrder} from "../../contracts/types/Order.sol";
import {Witness} from "../../contracts/types/Witness.sol";

/// @notice Called by its token amid a transfer, it tries every door of the ledger and the vault and counts those shut.
contract Trespasser {
    IClearinghouse private immutable house;
    IVault private immutable vault;

    AccountId public account;
    uint256 public doors;
    uint256 public shut;

    constructor(IClearinghouse house_, IVault vault_) {
        (house, vault) = (house_, vault_);
    }

    function begin() external {
        account = house.openAccount(0, Modes.CROSS);
        IERC20 token = IERC20(house.settlementToken());
        token.approve(address(house), type(uint256).max);
        token.approve(address(vault), type(uint256).max);
    }

    function deposit(uint256 amount) external {
        house.deposit(account, amount);
    }

    function withdraw(uint256 amount) external {
        house.withdraw(account, amount, address(this));
    }

    function onTransfer() external {
        AccountId[] memory list = new AccountId[](1);
        list[0] = account;
        _knock(abi.encodeCall(IClearinghouse.openAccount, (1, Modes.CROSS)));
        _knock(abi.encodeCall(IClearinghouse.closeAccount, (account)));
        _knock(abi.encodeCall(IClearinghouse.setMode, (account, Modes.ISOLATED)));
        _knock(abi.encodeCall(IClearinghouse.deposit, (account, 1)));
        _knock(abi.encodeCall(IClearinghouse.depositWithPermit, (account, 1, Permit(0, 0, 0, 0))));
        _knock(abi.encodeCall(IClearinghouse.setOperator, (account, address(1), 1, type(uint40).max)));
        _knock(abi.encodeCall(IClearinghouse.withdraw, (account, 1, address(this))));
        _knock(abi.encodeCall(IClearinghouse.touch, (list)));
        _knock(abi.encodeCall(IClearinghouse.execute, (new bytes[](0))));
        _knock(abi.encodeCall(IClearinghouse.settle, (new SignedOrder[](0), new Fill[](0))));
        _knock(abi.encodeCall(IClearinghouse.cancelNonces, (account, 0, 2)));
        _knock(abi.encodeCall(IClearinghouse.raiseEpoch, (account)));
        _knock(abi.encodeCall(IClearinghouse.flag, (account, account)));
        _knock(abi.encodeCall(IClearinghouse.flagBy, (account, account, Witness.wrap(1))));
        _knock(abi.encodeCall(IClearinghouse.poke, (account)));
        _knock(abi.encodeCall(IClearinghouse.bid, (house.vaultAccount(), account, 1e18, 0)));
        _knock(abi.encodeCall(IClearinghouse.bidBy, (house.vaultAccount(), account, 1e18, 0, Witness.wrap(1))));
        _knock(abi.encodeCall(IClearinghouse.takeOver, (account, account)));
        ++doors;
        try vault.deposit(1, address(this)) {} catch (bytes memory reason) {
            if (bytes4(reason) == IBackstopVault.BackstopVault_FrameOpen.selector) ++shut;
        }
        ++doors;
        try vault.endTakeover(1) {} catch (bytes memory reason) {
            if (bytes4(reason) == IBackstopVault.BackstopVault_FrameOpen.selector) ++shut;
        }
    }

    function _knock(bytes memory data) private {
        ++doors;
        (bool ok, bytes memory reason) = address(house).call(data);
        if (!ok && bytes4(reason) == IClearinghouse.Clearinghouse_FrameOpen.selector) ++shut;
    }
}
