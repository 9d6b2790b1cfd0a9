// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Distress, ILiquidationAuction, Quote} from "../interfaces/ILiquidationAuction.sol";
import {Modes} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Assessment} from "../types/Market.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {Closing} from "./Closing.sol";
import {Distressed} from "./Distressed.sol";
import {AccountFrame, Frame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Judge} from "./Judge.sol";
import {Legs} from "./Legs.sol";
import {Lock} from "./Lock.sol";
import {Locks} from "./Locks.sol";
import {Settings} from "./Settings.sol";
import {Slices} from "./Slices.sol";

/// @notice Flags accounts below maintenance margin and sells slices of them. The auction module knows the time and
/// names the price; the ledger, here, finds for itself that the account is below maintenance, and holds every answer to
/// bounds no module can move:
///
/// 1. Only an account with E_MM < MM is touched, judged at usable prices in this very frame (RISK-2). What has no
///    usable price is not sold, and counts at its best (Distressed).
/// 2. A slice is never sold below f * (E* - M), the curve's floor at its full discount.
/// 3. The vault pays only towards an account below zero, at most f * (-E* + 0.2 * M), and only what it consents to.
/// 4. A step that is not whole never lowers E/M (RISK-4).
/// 5. The bidder must meet initial margin with what it took.
///
/// @dev Linked to the clearinghouse, because together they exceed what one contract's code may hold.
library Liquidation {
    uint256 private constant WAD = 1e18;
    uint256 private constant SELECTOR_SIZE = 4;
    /// @dev Of the arguments of `bid`.
    uint256 private constant BID_SIZE = 4 * 32;
    /// @dev Wad USD in one unit of the keeper deposit.
    uint256 private constant DEPOSIT_UNIT = 1e12;
    /// @dev RISK section 7's line of small accounts, which a bidder may always take whole. The vault has few places and
    /// locks a keeper deposit in each: it does not give them to crumbs.
    uint256 private constant LEAST_TAKEOVER = 200e18;

    /// @dev The arguments of IClearinghouse.bidBy.
    struct Bid {
        AccountId account;
        AccountId bidder;
        uint256 maxFraction;
        int256 minGain;
        Witness witness;
    }

    /// @notice A call of the clearinghouse's, as it came.
    function perform(address token, bytes calldata call) external {
        bytes4 selector = bytes4(call);
        bytes calldata args = call[SELECTOR_SIZE:];
        if (selector == IClearinghouse.flag.selector) {
            (AccountId account, AccountId rewardAccount) = abi.decode(args, (AccountId, AccountId));
            _flag(token, account, rewardAccount, WitnessLibrary.NONE);
        } else if (selector == IClearinghouse.flagBy.selector) {
            (AccountId account, AccountId rewardAccount, Witness witness) = abi.decode(
                args,
                (AccountId, AccountId, Witness)
            );
            _flag(token, account, rewardAccount, witness);
        } else if (selector == IClearinghouse.poke.selector) {
            _poke(token, abi.decode(args, (AccountId)));
        } else if (selector == IClearinghouse.takeOver.selector) {
            (AccountId account, AccountId rewardAccount) = abi.decode(args, (AccountId, AccountId));
            _takeOver(token, account, rewardAccount);
        } else {
            // What `bid` has, `bidBy` has with a witness behind.
            (AccountId account, AccountId bidder, uint256 maxFraction, int256 minGain) = abi.decode(
                args,
                (AccountId, AccountId, uint256, int256)
            );
            Witness witness =
                selector == IClearinghouse.bidBy.selector
                    ? abi.decode(args[BID_SIZE:], (Witness))
                    : WitnessLibrary.NONE;
            _bid(token, Bid(account, bidder, maxFraction, minGain, witness));
        }
    }

    /// @dev See IClearinghouse.flagBy.
    function _flag(address token, AccountId account, AccountId rewardAccount, Witness witness) private {
        Frame memory f = _open();
        uint256 aAt = Frames.look(f, account);
        AccountFrame memory a = f.accounts[aAt];
        Distress memory distress = Distressed.mustBeBelow(f, a, witness).distress;
        ILiquidationAuction auction = _auction(f);
        // An auction nobody acted on lapses, and only then may a flagged account be flagged again.
        if (a.current.flagged() && auction.running(account)) {
            revert IClearinghouse.Clearinghouse_AccountFlagged(account);
        }
        auction.onFlag(account, distress);
        a.current = a.current.withFlagged(true);
        uint256 reward = _payFlagger(f, a, rewardAccount);
        emit IClearinghouse.Flagged(account, rewardAccount, reward);
        Closing.close(f, token);
    }

    /// @dev See IClearinghouse.poke.
    function _poke(address token, AccountId account) private {
        Frame memory f = _open();
        uint256 aAt = Frames.look(f, account);
        AccountFrame memory a = f.accounts[aAt];
        if (!a.current.flagged()) revert IClearinghouse.Liquidation_NotFlagged(account);
        Distressed.Finding memory found = Distressed.mustBeTold(f, a);
        if (found.below) _auction(f).onTouch(account, found.distress);
        else a.current = a.current.withFlagged(false);
        Closing.close(f, token);
    }

    /// @dev See IClearinghouse.bidBy.
    function _bid(address token, Bid memory offer) private {
        (AccountId account, AccountId bidder) = (offer.account, offer.bidder);
        if (bidder.owner() != msg.sender) revert IClearinghouse.Clearinghouse_NotOwner(bidder, msg.sender);
        if (account == bidder) revert IClearinghouse.Liquidation_SelfBid(account);
        Frame memory f = _open();
        uint256 aAt = Frames.load(f, account);
        AccountFrame memory a = f.accounts[aAt];
        uint256 bAt = Frames.load(f, bidder);
        AccountFrame memory b = f.accounts[bAt];
        if (!a.current.flagged()) revert IClearinghouse.Liquidation_NotFlagged(account);
        Distressed.Finding memory found = Distressed.mustBeBelow(f, a, offer.witness);
        Distress memory distress = found.distress;
        Quote memory quote = _auction(f).onBid(account, distress, offer.maxFraction);
        Slices.checkQuote(account, distress, quote, offer.maxFraction);
        quote.cover = Slices.cover(f, a, b, distress, quote);
        Slices.transfer(f, a, b, quote, found.known);
        int256 gain = Slices.gainOf(found.value, quote);
        if (gain < offer.minGain) revert IClearinghouse.Liquidation_GainBelowMinimum(gain, offer.minGain);
        _finish(f, a, distress, quote, offer.witness);
        emit IClearinghouse.SliceSold(
            account,
            bidder,
            quote.fraction,
            distress.equity,
            distress.maintenanceMargin,
            quote.payment,
            quote.cover
        );
        b.judged = b.increased = b.strict = true;
        Closing.close(f, token);
    }

    /// @dev See IClearinghouse.takeOver.
    function _takeOver(address token, AccountId account, AccountId rewardAccount) private {
        Frame memory f = _open();
        uint256 aAt = Frames.load(f, account);
        AccountFrame memory a = f.accounts[aAt];
        if (!a.current.flagged()) revert IClearinghouse.Liquidation_NotFlagged(account);
        Distressed.Finding memory found = Distressed.mustBeBelow(f, a, WitnessLibrary.NONE);
        if (!found.known) Judge.refuse(found.doubt);
        Distress memory distress = found.distress;
        if (distress.equity < 0) revert IClearinghouse.Liquidation_Bankrupt(account, distress.equity);
        if (distress.maintenanceMargin < LEAST_TAKEOVER) {
            revert IClearinghouse.Liquidation_TooSmall(account, distress.maintenanceMargin, LEAST_TAKEOVER);
        }
        Quote memory quote = _auction(f).onTakeOver(account, distress);
        Slices.checkQuote(account, distress, quote, WAD);
        if (quote.fraction != WAD) {
            revert IClearinghouse.Liquidation_UnfairQuote(account, quote.fraction, quote.payment, quote.cover);
        }
        uint256 reward = _takeoverReward(distress, quote);
        uint256 margin = _marginNeeded(f, a, quote.payment + reward);
        uint256 vAt = _newVaultAccount(f, a, margin);
        AccountFrame memory v = f.accounts[vAt];
        Slices.transfer(f, a, v, quote, true);
        _payReward(f, v, rewardAccount, reward);
        _release(a);
        emit IClearinghouse.TakenOver(account, v.id, distress.equity, distress.maintenanceMargin, margin, reward);
        v.judged = v.increased = v.strict = true;
        Closing.close(f, token);
    }

    function _open() private returns (Frame memory f) {
        Lock.acquire();
        f.liquidation = true;
    }

    function _auction(Frame memory f) private view returns (ILiquidationAuction) {
        return ILiquidationAuction(Settings.auction(Frames.settings(f)));
    }

    /// @dev Nothing for flagging an account in the block it opened: else opening and flagging would farm deposits.
    function _payFlagger(
        Frame memory f,
        AccountFrame memory a,
        AccountId rewardAccount
    ) private returns (uint256 reward) {
        if (a.current.riskSince() == uint32(block.timestamp)) return 0;
        // Nor for the vault's accounts, or making it take accounts over would.
        if (a.id.owner() == Settings.vault(Frames.settings(f))) return 0;
        reward = a.current.keeperDeposit() * DEPOSIT_UNIT;
        if (reward == 0) return 0;
        a.current = a.current.withKeeperDeposit(0);
        uint256 at = Frames.account(f, rewardAccount);
        f.accounts[at].cash += int256(reward);
    }

    /// @dev The end of a sale: the auction's, when there is nothing left to sell for, and the deposit's, when there is
    /// nothing left at all. The auction's clock stays as it lies: without the flag nobody asks it, and the next flag
    /// starts another.
    function _finish(
        Frame memory f,
        AccountFrame memory a,
        Distress memory before,
        Quote memory q,
        Witness witness
    ) private view {
        Distressed.Finding memory left = Distressed.find(f, a, witness);
        // By what showed it below before: slices are of everything, so each scenario's loss shrinks alike.
        Slices.checkHealth(a.id, before, left.distress, q);
        if (left.sound && !witness.isNone()) left = Distressed.find(f, a, WitnessLibrary.NONE);
        if (left.sound) a.current = a.current.withFlagged(false);
        a.judged = false;
        if (a.positions.length == 0) Closing.returnDeposit(a);
    }

    function _release(AccountFrame memory a) private pure {
        a.current = a.current.withFlagged(false);
        a.judged = false;
        Closing.returnDeposit(a);
    }

    /// @dev As much as a keeper deposit, as far as what the vault receives goes that far.
    function _takeoverReward(Distress memory d, Quote memory q) private pure returns (uint256 reward) {
        reward = Closing.KEEPER_DEPOSIT * DEPOSIT_UNIT;
        uint256 received = uint256(d.equity) - q.payment;
        if (reward > received) reward = received;
    }

    /// @dev What the vault must add for its new account to start at initial margin.
    function _marginNeeded(Frame memory f, AccountFrame memory a, uint256 spent) private view returns (uint256) {
        (Assessment memory found, ) = Judge.assess(
            f,
            Modes.CROSS,
            a.cash - int256(spent),
            a.positions,
            WitnessLibrary.NONE
        );
        int256 missing = int256(found.initialMargin) - found.equityForInitial;
        // Proceeds that are locked come over locked, and back no initial margin there either.
        return (missing > 0 ? uint256(missing) : 0) + Closing.KEEPER_DEPOSIT * DEPOSIT_UNIT + Locks.held(f, a);
    }

    /// @dev The vault consents, names the account and bears the margin; the ledger sees to it that the account is
    /// fresh and the margin there.
    function _newVaultAccount(Frame memory f, AccountFrame memory a, uint256 margin) private returns (uint256 vAt) {
        address vault = Settings.vault(Frames.settings(f));
        if (a.id.owner() == vault) revert IClearinghouse.Liquidation_VaultsOwn(a.id);
        AccountId id = AccountIdLibrary.make(vault, IBackstopVault(vault).onTakeOver(a.id, margin));
        vAt = Frames.slotOf(f, id);
        uint256 ownAt = Frames.slotOf(f, AccountIdLibrary.make(vault, 0));
        AccountFrame memory v = f.accounts[vAt];
        AccountFrame memory own = f.accounts[ownAt];
        bool fresh = v.current.mode() == Modes.NONE && v.cash == 0 && v.current.positions() == 0;
        if (!fresh) revert IClearinghouse.Clearinghouse_AccountAlreadyOpen(id);
        if (own.cash < int256(margin)) revert IClearinghouse.Liquidation_VaultTooPoor(margin, own.cash);
        v.loaded = true;
        v.current = v.current.withMode(Modes.CROSS);
        emit IClearinghouse.AccountOpened(id, Modes.CROSS);
        Legs.cash(own, v, int256(margin));
    }

    function _payReward(Frame memory f, AccountFrame memory from, AccountId rewardAccount, uint256 reward) private {
        uint256 at = Frames.account(f, rewardAccount);
        Legs.cash(from, f.accounts[at], int256(reward));
    }
}
