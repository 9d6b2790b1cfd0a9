// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Venue} from "../../forge/Venue.sol";
import {AccountsHandler} from "./AccountsHandler.sol";
import {GovernanceHandler} from "./GovernanceHandler.sol";
import {LiquidationHandler} from "./LiquidationHandler.sol";
import {TradingHandler} from "./TradingHandler.sol";
import {VaultHandler} from "./VaultHandler.sol";

/// @notice Everybody who can act on the venue, in one contract, so that Forge draws its calls from one list.
contract Handlers is AccountsHandler, TradingHandler, LiquidationHandler, VaultHandler, GovernanceHandler {
    constructor(Venue venue_) {
        _join(venue_);
        _gather();
        _beginWorld();
        _seat(1, 20_000_000);
        // Of each trader's five accounts three are open, cross, isolated and cross, and one holds cash without risk.
        for (uint256 i; i < TRADERS; ++i) {
            uint256 first = 2 + i * ACCOUNTS_EACH;
            _seat(first, 50_000);
            _seat(first + 1, 10_000);
            _seat(first + 2, 2_000);
            _vaultDeposit(traders[i], 100_000e6);
        }
    }

    function _seat(uint256 at, uint256 dollars) private {
        AccountId id = ids[at];
        _open(id.owner(), id.index(), id.index() == 1 ? Modes.ISOLATED : Modes.CROSS, dollars);
        deposited += dollars * 1e6;
    }

    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](41);
        list[0] = this.openAccount.selector;
        list[1] = this.closeAccount.selector;
        list[2] = this.setMode.selector;
        list[3] = this.deposit.selector;
        list[4] = this.withdraw.selector;
        list[5] = this.touch.selector;
        list[6] = this.cancelNonces.selector;
        list[7] = this.raiseEpoch.selector;
        list[8] = this.settle.selector;
        list[9] = this.settleReduction.selector;
        list[10] = this.settleDistressed.selector;
        list[11] = this.settleBatch.selector;
        list[12] = this.settleMaker.selector;
        list[13] = this.settleAgain.selector;
        list[14] = this.settleForged.selector;
        list[15] = this.execute.selector;
        list[16] = this.flag.selector;
        list[17] = this.poke.selector;
        list[18] = this.bid.selector;
        list[19] = this.liquidate.selector;
        list[20] = this.vaultDeposit.selector;
        list[21] = this.vaultRequestRedeem.selector;
        list[22] = this.vaultCancelRedeem.selector;
        list[23] = this.vaultRedeem.selector;
        list[24] = this.moveSmall.selector;
        list[25] = this.moveLarge.selector;
        list[26] = this.crash.selector;
        list[27] = this.wait.selector;
        list[28] = this.silence.selector;
        list[29] = this.sicken.selector;
        list[30] = this.recover.selector;
        list[31] = this.postBasis.selector;
        list[32] = this.sampleVolatility.selector;
        list[33] = this.setMarketParams.selector;
        list[34] = this.registerModel.selector;
        list[35] = this.setVaultLimits.selector;
        list[36] = this.setReferencePrice.selector;
        list[37] = this.setModules.selector;
        list[38] = this.disagree.selector;
        list[39] = this.stop.selector;
        list[40] = this.announce.selector;
    }
}
