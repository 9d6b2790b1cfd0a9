// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Distress, ILiquidationAuction, Quote} from "../interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Assessment, PriceStatus} from "../types/Market.sol";
import {Closing} from "./Closing.sol";
import {AccountFrame, Frame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Judge} from "./Judge.sol";
import {Ledger} from "./Ledger.sol";
import {Legs} from "./Legs.sol";
import {Lock} from "./Lock.sol";
import {Settings} from "./Settings.sol";

/// @notice Flags accounts below maintenance margin and sells slices of them. The auction module knows the time and
/// names the price; the ledger, here, finds for itself that the account is below maintenance, and holds every answer to
/// bounds no module can move:
///
/// 1. Only an account with E_MM < MM is touched, judged at usable prices in this very frame (RISK-2).
/// 2. A slice is never sold below f * (E* - M), the curve's floor at its full discount.
/// 3. The vault pays only towards an account below zero, at most f * (-E* + 0.2 * M), and only what it consents to.
/// 4. A step that is not whole never lowers E/M (RISK-4).
/// 5. The bidder must meet initial margin with what it took.
///
/// @dev Linked to the clearinghouse, because together they exceed what one contract's code may hold.
library Liquidation {
    uint256 private constant WAD = 1e18;
    /// @dev Wad USD in one unit of the keeper deposit.
    uint256 private constant DEPOSIT_UNIT = 1e12;
    /// @dev RISK section 7: the most the vault adds to a bankrupt slice, as a part of the maintenance margin.
    uint256 private constant MAX_COVER_RATE = 0.2e18;

    /// @notice See IClearinghouse.flag.
    function flag(Ledger storage ledger, address token, AccountId account, AccountId rewardAccount) external {
        Frame memory f = _open();
        uint256 aAt = Frames.look(ledger, f, account);
        AccountFrame memory a = f.accounts[aAt];
        Distress memory distress = _mustBeBelow(ledger, f, a);
        ILiquidationAuction auction = _auction(ledger, f);
        // An auction nobody acted on lapses, and only then may a flagged account be flagged again.
        if (a.current.flagged() && auction.running(account)) {
            revert IClearinghouse.Clearinghouse_AccountFlagged(account);
        }
        auction.onFlag(account, distress);
        a.current = a.current.withFlagged(true);
        uint256 reward = _payFlagger(ledger, f, a, rewardAccount);
        emit IClearinghouse.Flagged(account, rewardAccount, reward);
        Closing.close(ledger, f, token);
    }

    /// @notice See IClearinghouse.poke.
    function poke(Ledger storage ledger, address token, AccountId account) external {
        Frame memory f = _open();
        uint256 aAt = Frames.look(ledger, f, account);
        AccountFrame memory a = f.accounts[aAt];
        if (!a.current.flagged()) revert IClearinghouse.Liquidation_NotFlagged(account);
        Distress memory distress = _distress(ledger, f, a);
        if (_below(distress)) _auction(ledger, f).onTouch(account, distress);
        else _clear(a);
        Closing.close(ledger, f, token);
    }

    /// @notice See IClearinghouse.bid.
    function bid(
        Ledger storage ledger,
        address token,
        AccountId account,
        AccountId bidder,
        uint256 maxFraction,
        int256 minGain
    ) external {
        if (bidder.owner() != msg.sender) revert IClearinghouse.Clearinghouse_NotOwner(bidder, msg.sender);
        if (account == bidder) revert IClearinghouse.Liquidation_SelfBid(account);
        Frame memory f = _open();
        uint256 aAt = Frames.load(ledger, f, account);
        AccountFrame memory a = f.accounts[aAt];
        uint256 bAt = Frames.load(ledger, f, bidder);
        AccountFrame memory b = f.accounts[bAt];
        if (!a.current.flagged()) revert IClearinghouse.Liquidation_NotFlagged(account);
        Distress memory distress = _mustBeBelow(ledger, f, a);
        Quote memory quote = _auction(ledger, f).onBid(account, distress, maxFraction);
        _checkQuote(account, distress, quote, maxFraction);
        quote.cover = _cover(ledger, f, a, b, distress, quote);
        int256 gain = _transferSlice(ledger, f, a, b, quote);
        if (gain < minGain) revert IClearinghouse.Liquidation_GainBelowMinimum(gain, minGain);
        _finish(ledger, f, a, distress, quote);
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
        Closing.close(ledger, f, token);
    }

    function _open() private returns (Frame memory f) {
        Lock.acquire();
        f.liquidation = true;
    }

    function _auction(Ledger storage ledger, Frame memory f) private view returns (ILiquidationAuction) {
        return ILiquidationAuction(Settings.auction(Frames.settings(ledger, f)));
    }

    function _below(Distress memory d) private pure returns (bool) {
        return d.equityForMaintenance < int256(d.maintenanceMargin);
    }

    function _mustBeBelow(
        Ledger storage ledger,
        Frame memory f,
        AccountFrame memory a
    ) private view returns (Distress memory d) {
        d = _distress(ledger, f, a);
        if (!_below(d)) {
            revert IClearinghouse.Liquidation_Healthy(a.id, d.equityForMaintenance, d.maintenanceMargin);
        }
    }

    /// @dev Judged as it stands in the frame, at usable prices or not at all (ORAC-3).
    function _distress(
        Ledger storage ledger,
        Frame memory f,
        AccountFrame memory a
    ) private view returns (Distress memory) {
        (Assessment memory found, uint16 underlying, PriceStatus status) = Judge.assess(
            ledger,
            f,
            a,
            a.cash,
            a.positions
        );
        if (status == PriceStatus.Unusable) revert IClearinghouse.Clearinghouse_PriceNotFresh(underlying, status);
        return Distress(found.equity, found.equityForMaintenance, found.maintenanceMargin);
    }

    /// @dev Nothing for flagging an account in the block it opened: else opening and flagging would farm deposits.
    function _payFlagger(
        Ledger storage ledger,
        Frame memory f,
        AccountFrame memory a,
        AccountId rewardAccount
    ) private returns (uint256 reward) {
        if (a.current.riskSince() == uint32(block.timestamp)) return 0;
        reward = a.current.keeperDeposit() * DEPOSIT_UNIT;
        if (reward == 0) return 0;
        a.current = a.current.withKeeperDeposit(0);
        uint256 at = Frames.account(ledger, f, rewardAccount);
        f.accounts[at].cash += int256(reward);
    }

    function _checkQuote(AccountId account, Distress memory d, Quote memory q, uint256 maxFraction) private pure {
        int256 equity = d.equity;
        uint256 floor =
            equity > int256(d.maintenanceMargin)
                ? FixedPoint.mulWadUp(q.fraction, uint256(equity) - d.maintenanceMargin)
                : 0;
        uint256 reward = FixedPoint.mulWadUp(MAX_COVER_RATE, d.maintenanceMargin);
        uint256 ceiling = equity < 0 ? FixedPoint.mulWadUp(q.fraction, uint256(-equity) + reward) : 0;
        bool fair =
            q.fraction != 0 &&
                q.fraction <= WAD &&
                q.fraction <= maxFraction &&
                q.payment >= floor &&
                q.cover <= ceiling;
        if (!fair) revert IClearinghouse.Liquidation_UnfairQuote(account, q.fraction, q.payment, q.cover);
    }

    /// @dev Has the vault pay the bidder what the curve asks below zero, and books what left as bad debt.
    function _cover(
        Ledger storage ledger,
        Frame memory f,
        AccountFrame memory a,
        AccountFrame memory b,
        Distress memory d,
        Quote memory q
    ) private returns (uint256 paid) {
        if (d.equity >= 0) return 0;
        address vault = Settings.vault(Frames.settings(ledger, f));
        if (q.cover != 0) {
            paid = IBackstopVault(vault).onCover(a.id, q.cover);
            uint256 vAt = Frames.slotOf(ledger, f, AccountIdLibrary.make(vault, 0));
            AccountFrame memory v = f.accounts[vAt];
            uint256 held = v.cash > 0 ? uint256(v.cash) : 0;
            if (paid > q.cover) paid = q.cover;
            if (paid > held) paid = held;
            Legs.cash(v, b, int256(paid));
        }
        emit IClearinghouse.BadDebt(a.id, FixedPoint.mulWadUp(q.fraction, uint256(-d.equity)), paid);
    }

    /// @dev Every position and the cash, pro rata. Positions are settled, hence worth nothing at mark, so the fraction
    /// of each is rounded up: the account is left with no more risk than the fraction says. Cash is rounded against the
    /// bidder.
    /// @return gain what the bidder comes out ahead by at mark.
    function _transferSlice(
        Ledger storage ledger,
        Frame memory f,
        AccountFrame memory a,
        AccountFrame memory b,
        Quote memory q
    ) private view returns (int256 gain) {
        int256 cash = FixedPoint.mulDivFloor(a.cash, int256(q.fraction), int256(WAD));
        gain = cash - int256(q.payment) + int256(q.cover);
        Legs.cash(a, b, cash - int256(q.payment));
        // From the end: a position that leaves whole has the last one take its place.
        for (uint256 i = a.positions.length; i > 0; --i) {
            int256 lots = a.positions[i - 1].lots();
            int256 part = int256(FixedPoint.mulWadUp(FixedPoint.abs(lots), q.fraction));
            uint16 underlying = a.positions[i - 1].underlying();
            uint256 at = Frames.market(ledger, f, underlying);
            Legs.perp(a, b, f.markets[at], lots < 0 ? -part : part);
        }
    }

    /// @dev RISK-4, and the end of the auction when there is nothing left to sell for.
    function _finish(
        Ledger storage ledger,
        Frame memory f,
        AccountFrame memory a,
        Distress memory before,
        Quote memory q
    ) private {
        Distress memory left = _distress(ledger, f, a);
        if (q.fraction < WAD) {
            // Below zero the ratio says nothing, for M shrinks faster than the slice: the deficit must not grow.
            bool worse =
                before.equityForMaintenance < 0
                    ? left.equityForMaintenance < before.equityForMaintenance
                    : left.equityForMaintenance * int256(before.maintenanceMargin) <
                        before.equityForMaintenance * int256(left.maintenanceMargin);
            if (worse) {
                revert IClearinghouse.Liquidation_UnfairQuote(a.id, q.fraction, q.payment, q.cover);
            }
        }
        if (!_below(left)) _clear(a);
        a.judged = false;
        if (a.positions.length == 0) Closing.returnDeposit(a);
    }

    /// @dev The auction's clock stays as it lies: without the flag nobody asks it, and the next flag starts another.
    function _clear(AccountFrame memory a) private pure {
        a.current = a.current.withFlagged(false);
    }
}
