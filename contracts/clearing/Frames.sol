// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCastLib} from "solady/src/utils/SafeCastLib.sol";

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Modes} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame, Frame, MarketFrame, Payout} from "./Frame.sol";
import {FrameLists} from "./FrameLists.sol";
import {ledger} from "./Ledger.sol";
import {Legs} from "./Legs.sol";
import {Options} from "./Options.sol";
import {PositionLists} from "./PositionLists.sol";
import {PositionStore} from "./PositionStore.sol";
import {Settings} from "./Settings.sol";
import {Snapshot} from "./Snapshot.sol";

/// @notice Brings accounts and markets into a frame, each once, and says where in its lists they stand.
library Frames {
    using FrameLists for AccountFrame[];
    using FrameLists for MarketFrame[];
    using FrameLists for Payout[];
    using PositionLists for Position[];

    /// @notice The account's slot alone: enough to credit it. Refused where nobody opened it.
    function account(Frame memory f, AccountId id) internal returns (uint256 at) {
        at = slotOf(f, id);
        if (f.accounts[at].current.mode() == Modes.NONE) revert IClearinghouse.Clearinghouse_AccountNotOpen(id);
    }

    /// @notice The account with its positions as stored: to judge it, not to change what it holds. A model counts what
    /// a perpetual gained since its last settlement, so judging needs none.
    function look(Frame memory f, AccountId id) internal returns (uint256 at) {
        at = account(f, id);
        AccountFrame memory a = f.accounts[at];
        a.positions = PositionStore.load(id, a.stored);
    }

    /// @notice The account with its positions, its perpetuals settled to now, and options of settled expiries cash.
    function load(Frame memory f, AccountId id) internal returns (uint256 at) {
        at = account(f, id);
        AccountFrame memory a = f.accounts[at];
        if (a.loaded) return at;
        a.loaded = true;
        if (a.stored.positions() == 0) return at;
        a.positionsStored = PositionStore.load(id, a.stored);
        a.positions = a.positionsStored.copy();
        // From the end: an option that leaves has the last one take its place.
        for (uint256 i = a.positions.length; i > 0; --i) _settle(f, a, i - 1);
    }

    /// @notice The underlying's market, read at its first use in the frame.
    function market(Frame memory f, uint16 underlying) internal view returns (uint256 at) {
        MarketFrame[] memory markets = f.markets;
        uint256 count = markets.length;
        for (; at < count; ++at) {
            if (markets[at].market.underlying == underlying) return at;
        }
        MarketFrame memory m;
        Snapshot.take(settings(f), underlying, m);
        f.markets = markets.append(m);
    }

    /// @notice Everything governed, read at its first use in the frame.
    function settings(Frame memory f) internal view returns (uint256[] memory) {
        if (f.settings.length == 0) f.settings = Settings.load();
        return f.settings;
    }

    /// @notice The account's slot whether or not anybody opened it: for the ledger's own accounts.
    /// @dev Transient storage remembers where in the list an account stands. What it says is checked, so a hint left by
    /// an earlier frame of the transaction does no harm, and none has to be cleared.
    function slotOf(Frame memory f, AccountId id) internal returns (uint256 at) {
        uint256 hint;
        assembly ("memory-safe") {
            hint := tload(id)
        }
        at = f.accounts.length;
        if (hint != 0 && hint <= at && f.accounts[hint - 1].id == id) return hint - 1;
        AccountFrame memory a;
        a.id = id;
        a.stored = a.current = ledger().accounts[id];
        a.cash = a.stored.cash();
        f.accounts = f.accounts.append(a);
        assembly ("memory-safe") {
            tstore(id, add(at, 1))
        }
    }

    /// @notice Tokens to send when everything is written.
    function payLater(Frame memory f, address to, uint256 amount) internal pure {
        f.payouts = f.payouts.append(Payout(to, amount));
    }

    /// @dev The position at a place of the account's list.
    function _settle(Frame memory f, AccountFrame memory a, uint256 place) private {
        Position p = a.positions.get(place);
        uint256 at = market(f, p.underlying());
        MarketFrame memory m = f.markets[at];
        if (!p.isOption()) _settlePerp(a, m, p, place);
        else if (p.expiresAt() <= block.timestamp) _settleOption(f, a, m, p, place);
    }

    /// @dev An option of a settled expiry becomes what it pays, which the market's pot receives from the other side.
    function _settleOption(
        Frame memory f,
        AccountFrame memory a,
        MarketFrame memory m,
        Position p,
        uint256 place
    ) private {
        (uint256 price, bool settled) = Options.settlementOf(settings(f), p);
        if (!settled) return;
        int256 gain = Options.payoff(p, price);
        Legs.cashWithPot(a, m, gain);
        Legs.end(a, m, place);
        emit IClearinghouse.OptionSettled(a.id, p, price, gain);
    }

    /// @dev A perpetual's gain or loss since its last settlement moves between the account and the market's pot,
    /// rounded against the account. Without a usable price nothing moves and the position keeps its index.
    function _settlePerp(AccountFrame memory a, MarketFrame memory m, Position p, uint256 place) private pure {
        if (m.market.status == PriceStatus.Unusable) return;
        int256 since;
        unchecked {
            // Either is the difference of 128 bits and 96.
            since = m.market.index - p.index();
        }
        int256 gain = FixedPoint.valueFloor(p.lots(), since);
        Legs.cashWithPot(a, m, gain);
        a.positions.set(place, p.withIndex(SafeCastLib.toInt128(m.market.index)));
    }
}
