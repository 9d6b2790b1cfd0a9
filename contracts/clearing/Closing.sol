// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCastLib} from "solady/src/utils/SafeCastLib.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Account} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame, Frame, MarketFrame, Payout} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Judge} from "./Judge.sol";
import {MarketStateLibrary, MarketWords, ledger} from "./Ledger.sol";
import {Lock} from "./Lock.sol";
import {Legs} from "./Legs.sol";
import {Locks} from "./Locks.sol";
import {OptionTerms} from "./OptionTerms.sol";
import {PositionLists} from "./PositionLists.sol";
import {PositionStore} from "./PositionStore.sol";
import {Relief} from "./Relief.sol";
import {Settings} from "./Settings.sol";

/// @notice Ends a frame: deposits for keepers, judgement, storage, and last of all the tokens.
library Closing {
    using MarketStateLibrary for MarketWords;
    using PositionLists for Position[];

    /// @dev RISK section 9: locked while an account holds positions, paid to whoever flags it. 1e-6 USD.
    uint32 internal constant KEEPER_DEPOSIT = 10e6;
    /// @dev Wad USD in one unit of the settlement token and of the keeper deposit.
    int256 private constant TOKEN_UNIT = 1e12;

    /// @notice Judges, writes, unlocks and pays. Nothing of the frame may be used afterwards.
    function close(Frame memory f, address token) internal {
        if (f.fees != 0) {
            AccountId vault = AccountIdLibrary.make(Settings.vault(Frames.settings(f)), 0);
            uint256 at = Frames.slotOf(f, vault);
            f.accounts[at].cash += int256(f.fees);
        }
        uint256 count = f.accounts.length;
        for (uint256 i; i < count; ++i) {
            AccountFrame memory a = f.accounts[i];
            if (a.judged) {
                _keepDeposit(a);
                Judge.pass(f, a, Locks.held(f, a));
            } else if (a.closed.length != 0 && a.positions.length == 0) {
                // Settlement may end the last position in a frame that has nothing to judge.
                returnDeposit(a);
            }
            if (a.current.flagged() && !f.liquidation) _relieve(a);
        }
        for (uint256 i; i < count; ++i) _writeAccount(f.accounts[i]);
        for (uint256 i; i < f.markets.length; ++i) _writeMarket(f, f.markets[i]);
        // The lock is held while tokens move, so that a token that calls back finds every door shut.
        for (uint256 i; i < f.payouts.length; ++i) {
            Payout memory p = f.payouts[i];
            SafeTransferLib.safeTransfer(token, p.to, p.amount);
        }
        Lock.release();
    }

    /// @notice What is left of the keeper deposit goes back to an account that holds nothing any more.
    function returnDeposit(AccountFrame memory a) internal pure {
        a.cash += int256(uint256(a.current.keeperDeposit())) * TOKEN_UNIT;
        a.current = a.current.withKeeperDeposit(0);
    }

    /// @dev Who tops up or reduces to health is out of the auction at once: a flag left standing would sell the next
    /// dip at the discount the last one had reached.
    function _relieve(AccountFrame memory a) private view {
        Position[] memory positions = a.loaded ? a.positions : PositionStore.load(a.id, a.stored);
        if (Relief.isSound(a.current.mode(), a.cash, positions)) a.current = a.current.withFlagged(false);
    }

    /// @dev Locked with the first position, refilled before risk grows, returned with the last. It comes out of cash
    /// before the account is judged, so no equity counts it.
    function _keepDeposit(AccountFrame memory a) private view {
        uint32 held = a.current.keeperDeposit();
        if (a.positions.length == 0) {
            returnDeposit(a);
        } else if (a.increased && held < KEEPER_DEPOSIT) {
            a.cash -= int256(uint256(KEEPER_DEPOSIT - held)) * TOKEN_UNIT;
            a.current = a.current.withKeeperDeposit(KEEPER_DEPOSIT);
        }
        if (a.positionsStored.length == 0 && a.positions.length != 0) {
            a.current = a.current.withRiskSince(uint32(block.timestamp));
        }
    }

    function _writeAccount(AccountFrame memory a) private {
        Account current = a.current.withCash(SafeCastLib.toInt128(a.cash));
        if (a.loaded) {
            uint256 packed = PositionStore.store(a);
            current = current.withPositions(uint8(a.positions.length), uint8(packed));
            _announceClosed(a);
        }
        Locks.store(a);
        if (Account.unwrap(current) == Account.unwrap(a.stored)) return;
        ledger().accounts[a.id] = current;
        if (a.stored.flagged() && !current.flagged()) emit IClearinghouse.FlagCleared(a.id);
        emit IClearinghouse.AccountChanged(a.id, current);
    }

    /// @dev Whoever rebuilds the account from events learns which positions are gone. Where nothing is left the
    /// account's own word says so of all options at once; a perpetual tells besides at which index it was settled.
    function _announceClosed(AccountFrame memory a) private {
        bool empty = a.positions.length == 0;
        for (uint256 i; i < a.closed.length; ++i) {
            Position p = a.closed.get(i);
            if (empty && p.isOption()) continue;
            if (Legs.find(a, p.instrument()) == a.positions.length)
                emit IClearinghouse.PositionChanged(a.id, p.withLots(0));
        }
    }

    function _writeMarket(Frame memory f, MarketFrame memory m) private {
        if (m.state.openInterest > m.openInterestBefore && !f.liquidation) {
            uint256 open = FixedPoint.valueUp(m.state.openInterest, m.market.mark);
            uint256 cap = Settings.openInterestCap(m.params) * FixedPoint.WAD;
            if (open > cap) {
                revert IClearinghouse.Clearinghouse_OpenInterestCap(uint16(m.market.underlying), open, cap);
            }
        }
        uint16 underlying = uint16(m.market.underlying);
        if (m.optionInterestChange != 0) _writeOptionInterest(f, m, underlying);
        if (!m.touched) return;
        ledger().markets[underlying].store(m.state);
        if (m.hourlyFunding != 0) {
            emit IClearinghouse.FundingAccrued(underlying, m.hourlyFunding, m.state.cumulativeFunding);
        }
    }

    function _writeOptionInterest(Frame memory f, MarketFrame memory m, uint16 underlying) private {
        MarketWords storage words = ledger().markets[underlying];
        uint64 lots = SafeCastLib.toUint64(uint256(int256(uint256(words.optionInterest)) + m.optionInterestChange));
        words.optionInterest = lots;
        if (m.optionInterestChange < 0 || f.liquidation) return;
        uint256 open = FixedPoint.valueUp(lots, m.market.spot);
        uint256 cap = OptionTerms.openInterestCap(m.options) * FixedPoint.WAD;
        if (open > cap) revert IClearinghouse.Option_OpenInterestCap(underlying, open, cap);
    }
}
