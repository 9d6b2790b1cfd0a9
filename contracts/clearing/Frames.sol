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
import {Ledger} from "./Ledger.sol";
import {Legs} from "./Legs.sol";
import {PointerList} from "./PointerList.sol";
import {Snapshot} from "./Snapshot.sol";

/// @notice Brings accounts and markets into a frame, each once.
library Frames {
    using PointerList for uint256;
    using PointerList for uint256[];

    /// @notice The account's slot alone: enough to credit it. Refused where nobody opened it.
    function account(Ledger storage ledger, Frame memory f, AccountId id) internal returns (AccountFrame memory a) {
        a = slotOf(ledger, f, id);
        if (a.current.mode() == Modes.NONE) revert IClearinghouse.Clearinghouse_AccountNotOpen(id);
    }

    /// @notice The account with its positions, its perpetuals settled to now.
    function load(Ledger storage ledger, Frame memory f, AccountId id) internal returns (AccountFrame memory a) {
        a = account(ledger, f, id);
        if (a.loaded) return a;
        a.loaded = true;
        uint256 count = a.stored.positions();
        if (count == 0) return a;
        Position[256] storage slots = ledger.positions[id];
        a.positionsStored = new Position[](count);
        a.positions = new Position[](count);
        for (uint256 i; i < count; ++i) {
            Position p = slots[i];
            a.positionsStored[i] = p;
            a.positions[i] = _settle(a, market(ledger, f, p.underlying()), p);
        }
    }

    /// @notice The underlying's market, read at its first use in the frame.
    function market(
        Ledger storage ledger,
        Frame memory f,
        uint16 underlying
    ) internal view returns (MarketFrame memory) {
        uint256 count = f.markets.length;
        for (uint256 i; i < count; ++i) {
            MarketFrame memory seen = f.markets[i].toMarket();
            if (seen.market.underlying == underlying) return seen;
        }
        MarketFrame memory m = Snapshot.take(ledger, underlying);
        f.markets = f.markets.append(PointerList.pointerTo(m));
        return m;
    }

    /// @notice The account's slot whether or not anybody opened it: for the ledger's own accounts.
    /// @dev Transient storage remembers where in the list an account stands. What it says is checked, so a hint left by
    /// an earlier frame of the transaction does no harm, and none has to be cleared.
    function slotOf(Ledger storage ledger, Frame memory f, AccountId id) internal returns (AccountFrame memory) {
        uint256 hint;
        assembly ("memory-safe") {
            hint := tload(id)
        }
        uint256 count = f.accounts.length;
        if (hint != 0 && hint <= count) {
            AccountFrame memory seen = f.accounts[hint - 1].toAccount();
            if (seen.id == id) return seen;
        }
        AccountFrame memory a;
        a.id = id;
        a.stored = a.current = ledger.accounts[id];
        a.cash = a.stored.cash();
        f.accounts = f.accounts.append(PointerList.pointerTo(a));
        assembly ("memory-safe") {
            tstore(id, add(count, 1))
        }
        return a;
    }

    /// @notice Tokens to send when everything is written.
    function payLater(Frame memory f, address to, uint256 amount) internal pure {
        f.payouts = f.payouts.append(PointerList.pointerTo(Payout(to, amount)));
    }

    /// @dev A perpetual's gain or loss since its last settlement moves between the account and the market's pot,
    /// rounded against the account. Without a usable price nothing moves and the position keeps its index.
    function _settle(AccountFrame memory a, MarketFrame memory m, Position p) private pure returns (Position) {
        if (m.market.status == PriceStatus.Unusable) return p;
        int256 gain = FixedPoint.valueFloor(p.lots(), m.market.index - p.index());
        Legs.cashWithPot(a, m, gain);
        return p.withIndex(SafeCastLib.toInt128(m.market.index));
    }
}
