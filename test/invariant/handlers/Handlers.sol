// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Instrument} from "../../../contracts/instruments/Instrument.sol";
import {Mode, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Fill, SignedOrder} from "../../../contracts/types/Order.sol";
import {Venue} from "../../forge/Venue.sol";
import {MARKETS} from "./Campaign.sol";
import {GovernanceHandler} from "./GovernanceHandler.sol";

/// @notice Everybody who can act on the venue, in one contract, so that Forge draws its calls from one list.
contract Handlers is GovernanceHandler {
    constructor(Venue venue_) {
        _gather(venue_);
        _beginWorld();
        _seat(1, Modes.CROSS, 20_000_000);
        // For what the first, which holds a bit of everything, cannot carry while a price is missing.
        _open(keeper, 1, Modes.CROSS, 20_000_000);
        deposited += 20_000_000e6;
        // Of each trader's four accounts three or four are open: cross or portfolio, isolated, cross, and every other
        // trader's last a small portfolio; of very different means.
        for (uint256 i; i < TRADERS; ++i) {
            uint256 first = FIRST + i * ACCOUNTS_EACH;
            _seat(first, i % 2 == 0 ? Modes.PORTFOLIO : Modes.CROSS, 50_000);
            _seat(first + 1, Modes.ISOLATED, 10_000);
            _seat(first + 2, Modes.CROSS, 2_000);
            if (i % 2 == 0) _seat(first + 3, Modes.PORTFOLIO, 3_000);
            _vaultDeposit(traders[i], 100_000e6);
        }
        // A book to begin with: nobody can be liquidated who holds nothing.
        for (uint16 u = 1; u <= MARKETS; ++u) {
            for (uint256 i; i < TRADERS; ++i) {
                _begin(ids[FIRST + i * ACCOUNTS_EACH], ids[FIRST + ((i + 1) % TRADERS) * ACCOUNTS_EACH + 2], u, i);
            }
            _begin(ids[1], ids[FIRST + u * ACCOUNTS_EACH + 1], u, u);
        }
    }

    function _seat(uint256 at, Mode mode, uint256 dollars) private {
        AccountId id = ids[at];
        _open(id.owner(), id.index(), mode, dollars);
        deposited += dollars * 1e6;
    }

    /// @dev About twice the second account's means.
    function _begin(AccountId a, AccountId b, uint16 u, uint256 side) private {
        uint64 lots = uint64((uint256(_equity(b)) * 2 * 1e8) / _mark(u));
        (SignedOrder[] memory orders, Fill[] memory fills) = side % 2 == 0
            ? _crossing(a, b, u, lots, _mark(u))
            : _crossing(b, a, u, lots, _mark(u));
        house.settle(orders, fills);
        _recordFills(orders, fills);
    }

    /// @notice To be called once, as soon as the handlers may list expiries. The large portfolios have sold calls or
    /// puts beside the perpetuals they hold, and have something in the far expiry; the small ones have sold a call on
    /// each underlying, about half of what they may.
    function beginOptions() external {
        _beginSurfaces();
        for (uint256 i; i < TRADERS; i += 2) {
            AccountId large = ids[FIRST + i * ACCOUNTS_EACH];
            AccountId small = ids[FIRST + i * ACCOUNTS_EACH + 3];
            AccountId other = ids[FIRST + (i + 1) * ACCOUNTS_EACH];
            for (uint16 u = 1; u <= OPTION_MARKETS; ++u) {
                _sell(large, other, u, i == 0 ? 8 : 1, 50);
                _sell(small, ids[1], u, 9 - u, 200);
            }
            _sell(large, ids[1], 1, 11, 50);
            _sell(ids[1], large, 2, 19, 20);
        }
    }

    /// @dev Of the series of that number, for so many hundredths of the poorer one's equity, at its mark.
    function _sell(AccountId seller, AccountId buyer, uint16 u, uint256 number, uint256 hundredths) private {
        Instrument id = _seriesOf(u, series[u][number / 10], number % 10);
        Watch memory w = _watch(seller, buyer);
        uint64 lots = _lotsFor(w, seller, buyer, u, (hundredths * WAD) / 100);
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossingOf(buyer, seller, id, lots, _markOf(w, id));
        house.settle(orders, fills);
        _recordFills(orders, fills);
    }

    // A list, not a program.
    // solhint-disable-next-line function-max-lines
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](99);
        list[0] = this.openAccount.selector;
        list[1] = this.closeAccount.selector;
        list[2] = this.setMode.selector;
        list[3] = this.deposit.selector;
        list[4] = this.rescue.selector;
        list[5] = this.depositWithPermit.selector;
        list[6] = this.withdraw.selector;
        list[7] = this.touch.selector;
        list[8] = this.raiseEpoch.selector;
        list[9] = this.trespass.selector;
        list[10] = this.setOperator.selector;
        list[11] = this.operatorTrades.selector;
        list[12] = this.quote.selector;
        list[13] = this.operatorBeyond.selector;
        list[14] = this.operatorBeyondBand.selector;
        list[15] = this.operatorWithdraws.selector;
        list[16] = this.cancelNonces.selector;
        list[17] = this.settle.selector;
        list[18] = this.settleReduction.selector;
        list[19] = this.settleDistressed.selector;
        list[20] = this.settleBatch.selector;
        list[21] = this.settleMaker.selector;
        list[22] = this.settleAgain.selector;
        list[23] = this.settleForged.selector;
        list[24] = this.execute.selector;
        list[25] = this.reduceAtLastMark.selector;
        list[26] = this.misuseLastMark.selector;
        list[27] = this.withdrawBesideLock.selector;
        list[28] = this.launder.selector;
        list[29] = this.moveSmall.selector;
        list[30] = this.moveLarge.selector;
        list[31] = this.crash.selector;
        list[32] = this.wait.selector;
        list[33] = this.silence.selector;
        list[34] = this.sicken.selector;
        list[35] = this.disagree.selector;
        list[36] = this.blind.selector;
        list[37] = this.recover.selector;
        list[38] = this.sequencerDown.selector;
        list[39] = this.sequencerUp.selector;
        list[40] = this.postBasis.selector;
        list[41] = this.sample.selector;
        list[42] = this.sampleMany.selector;
        list[43] = this.sampleDay.selector;
        list[44] = this.flag.selector;
        list[45] = this.poke.selector;
        list[46] = this.bid.selector;
        list[47] = this.liquidate.selector;
        list[48] = this.liquidateUnpriced.selector;
        list[49] = this.takeOver.selector;
        list[50] = this.buyOffer.selector;
        list[51] = this.misuseOffer.selector;
        list[52] = this.endTakeover.selector;
        list[53] = this.vaultDeposit.selector;
        list[54] = this.vaultMint.selector;
        list[55] = this.vaultRequestRedeem.selector;
        list[56] = this.vaultCancelRedeem.selector;
        list[57] = this.vaultTransfer.selector;
        list[58] = this.vaultRedeem.selector;
        list[59] = this.vaultWithdraw.selector;
        list[60] = this.pretend.selector;
        list[61] = this.setMarketParams.selector;
        list[62] = this.registerModel.selector;
        list[63] = this.setVaultLimits.selector;
        list[64] = this.setReferencePrice.selector;
        list[65] = this.setModules.selector;
        list[66] = this.announce.selector;
        list[67] = this.withdrawAnnouncement.selector;
        list[68] = this.listMarket.selector;
        list[69] = this.replaceFeed.selector;
        list[70] = this.setSecondFeed.selector;
        list[71] = this.removeSecondFeed.selector;
        list[72] = this.stop.selector;
        list[73] = this.lift.selector;
        list[74] = this.setSigners.selector;
        list[75] = this.setPriceOracle.selector;
        list[76] = this.usurp.selector;
        list[77] = this.setOptionParams.selector;
        list[78] = this.listExpiry.selector;
        list[79] = this.postSurface.selector;
        list[80] = this.muteSigners.selector;
        list[81] = this.postSurfaceInVain.selector;
        list[82] = this.prune.selector;
        list[83] = this.openOption.selector;
        list[84] = this.reduceOption.selector;
        list[85] = this.tradeSpread.selector;
        list[86] = this.settleDistressedOption.selector;
        list[87] = this.tradeOptionInVain.selector;
        list[88] = this.passExpiry.selector;
        list[89] = this.settleExpiry.selector;
        list[90] = this.finaliseExpiry.selector;
        list[91] = this.settleExpiryInVain.selector;
        list[92] = this.touchHolders.selector;
        list[93] = this.liquidateOptions.selector;
        list[94] = this.setSurfaceSigners.selector;
        list[95] = this.setMoveLimits.selector;
        list[96] = this.setTimeOut.selector;
        list[97] = this.flagBy.selector;
        list[98] = this.bidBy.selector;
    }
}
