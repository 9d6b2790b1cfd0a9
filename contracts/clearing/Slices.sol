// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Distress, Quote} from "../interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame, Frame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Judge} from "./Judge.sol";
import {Legs} from "./Legs.sol";
import {Locks} from "./Locks.sol";
import {PositionLists} from "./PositionLists.sol";
import {Settings} from "./Settings.sol";

/// @notice Slices of whole accounts: the bounds their prices are held to, and how they change hands.
library Slices {
    using PositionLists for Position[];

    uint256 private constant WAD = 1e18;
    /// @dev RISK section 7: the most the vault adds to a bankrupt slice, as a part of the maintenance margin.
    uint256 private constant MAX_COVER_RATE = 0.2e18;

    /// @notice Refuses a quote outside the bounds that Liquidation lists.
    function checkQuote(AccountId account, Distress memory d, Quote memory q, uint256 maxFraction) internal pure {
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

    /// @notice Has the vault pay the bidder what the curve asks below zero, and books what left as bad debt.
    function cover(
        Frame memory f,
        AccountFrame memory a,
        AccountFrame memory b,
        Distress memory d,
        Quote memory q
    ) internal returns (uint256 paid) {
        if (d.equity >= 0) return 0;
        address vault = Settings.vault(Frames.settings(f));
        if (q.cover != 0) {
            paid = IBackstopVault(vault).onCover(a.id, q.cover);
            uint256 vAt = Frames.slotOf(f, AccountIdLibrary.make(vault, 0));
            AccountFrame memory v = f.accounts[vAt];
            uint256 held = v.cash > 0 ? uint256(v.cash) : 0;
            if (paid > q.cover) paid = q.cover;
            if (paid > held) paid = held;
            Legs.cash(v, b, int256(paid));
        }
        emit IClearinghouse.BadDebt(a.id, FixedPoint.mulWadUp(q.fraction, uint256(-d.equity)), paid);
    }

    /// @notice What the bidder comes out ahead by at mark, where what has a price is worth `value` in all.
    function gainOf(int256 value, Quote memory q) internal pure returns (int256) {
        return FixedPoint.mulDivFloor(value, int256(q.fraction), int256(WAD)) - int256(q.payment) + int256(q.cover);
    }

    /// @notice Every position that has a price and the cash, pro rata. Perpetuals are settled, hence worth nothing at
    /// mark, so the fraction of each is rounded up, and so are options sold: the account is left with no more risk than
    /// the fraction says. Options bought and cash are rounded against the bidder.
    function transfer(Frame memory f, AccountFrame memory a, AccountFrame memory b, Quote memory q) internal view {
        int256 cash = FixedPoint.mulDivFloor(a.cash, int256(q.fraction), int256(WAD));
        Locks.transfer(a, b, q.fraction, cash);
        Legs.cash(a, b, cash - int256(q.payment));
        // From the end: a position that leaves whole has the last one take its place.
        for (uint256 i = a.positions.length; i > 0; --i) {
            Position p = a.positions.get(i - 1);
            int256 part = _partOf(p, q.fraction);
            // Of a crumb of a long option nothing goes: a bidder is given no position of no size.
            if (part == 0 || Judge.statusOf(f, p) == PriceStatus.Unusable) continue;
            uint256 at = Frames.market(f, p.underlying());
            Legs.instrumentAt(a, i - 1, b, f.markets[at], p.instrument(), part);
        }
    }

    /// @notice RISK-4: a slice that is not the whole leaves the account no worse off.
    /// @dev Below zero the ratio says nothing, for M shrinks faster than the slice: the deficit must not grow.
    function checkHealth(
        AccountId account,
        Distress memory before,
        Distress memory left,
        Quote memory q
    ) internal pure {
        if (q.fraction == WAD) return;
        bool worse =
            before.equityForMaintenance < 0
                ? left.equityForMaintenance < before.equityForMaintenance
                : left.equityForMaintenance * int256(before.maintenanceMargin) <
                    before.equityForMaintenance * int256(left.maintenanceMargin);
        if (worse) {
            revert IClearinghouse.Liquidation_UnfairQuote(account, q.fraction, q.payment, q.cover);
        }
    }

    /// @dev Lots, signed as those of `p`.
    function _partOf(Position p, uint256 fraction) private pure returns (int256) {
        int256 lots = p.lots();
        if (lots < 0) return -int256(FixedPoint.mulWadUp(uint256(-lots), fraction));
        if (p.isOption()) return int256((uint256(lots) * fraction) / WAD);
        return int256(FixedPoint.mulWadUp(uint256(lots), fraction));
    }
}
