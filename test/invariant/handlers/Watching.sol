// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Instrument} from "../../../contracts/instruments/Instrument.sol";
import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {IMarginModel} from "../../../contracts/interfaces/IMarginModel.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {LockedProceeds} from "../../../contracts/types/LockedProceeds.sol";
import {Assessment, Market, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {MarketParams, OptionParams} from "../../../contracts/types/Parameters.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Books} from "../../forge/Books.sol";
import {vm} from "../../forge/Vm.sol";
import {MARKETS} from "./Campaign.sol";
import {Valuing} from "./Valuing.sol";

/// @notice The eyes that look at the book before and after each frame, and a model of what is locked.
abstract contract Watching is Valuing {
    using FixedPoint for uint256;

    uint256 private constant PRICE_BAND_BPS = 100;

    /// @dev What an account gained at the last good mark, and the underlyings it waits for, a bit each.
    mapping(AccountId id => uint256) internal lockOf;
    mapping(AccountId id => uint256) internal waitsFor;

    // ------------------------------------------------------------------ before

    function _watch(AccountId[] memory touched) internal view returns (Watch memory w) {
        _look(w, touched);
    }

    function _watch(AccountId a) internal view returns (Watch memory w) {
        _look(w, a, a);
    }

    function _watch(AccountId a, AccountId b) internal view returns (Watch memory w) {
        _look(w, a, b);
    }

    /// @notice The accounts as they stand now, watched with what has been asked already at the prices of this moment.
    function _look(Watch memory w, AccountId[] memory touched) internal view {
        w.vault = _account(ids[0]);
        w.seen = new Seen[](touched.length);
        for (uint256 i; i < touched.length; ++i) _see(w, w.seen[i], touched[i]);
    }

    /// @dev One account, where both are the same.
    function _look(Watch memory w, AccountId a, AccountId b) internal view {
        AccountId[] memory touched = new AccountId[](a == b ? 1 : 2);
        touched[0] = a;
        if (a != b) touched[1] = b;
        _look(w, touched);
    }

    function _see(Watch memory w, Seen memory s, AccountId id) private view {
        (s.id, s.before) = (id, _account(id));
        if (s.before.mode() == Modes.NONE) return;
        Position[] memory list = _positions(id);
        s.held = list;
        s.worst = _worst(w, list);
        s.money = _money(w, s.before, list);
    }

    /// @notice As the account's model judged it before the frame, at the prices that were noted then. Models are dear,
    /// and of most frames nobody asks.
    function _was(Watch memory w, Seen memory s) internal view returns (Assessment memory found) {
        if (s.before.mode() != Modes.NONE) found = _assessed(w, s.before, s.held);
    }

    function _of(Watch memory w, AccountId id) internal pure returns (Seen memory) {
        for (uint256 i; i < w.seen.length; ++i) if (w.seen[i].id == id) return w.seen[i];
        revert("not seen");
    }

    /// @notice Notes what the fills should cost each side.
    function _expectFills(Watch memory w, SignedOrder[] memory orders, Fill[] memory fills) internal view {
        for (uint256 i; i < fills.length; ++i) {
            Order memory maker = orders[fills[i].maker].order;
            Order memory taker = orders[fills[i].taker].order;
            uint16 u = taker.instrument.underlying();
            // An option is paid for in cash: nothing of its price is a difference to anything.
            int256 worth = taker.instrument.isOption() ? int256(0) : int256(_market(w, u).mark);
            int256 edge = worth - int256(uint256(fills[i].price));
            (uint256 makerFee, uint256 takerFee) = _feesOf(w, taker.instrument, fills[i]);
            int256 lots = taker.size > 0 ? int256(uint256(fills[i].lots)) : -int256(uint256(fills[i].lots));
            _expect(_of(w, maker.account), -lots, edge, makerFee);
            _expect(_of(w, taker.account), lots, edge, takerFee);
            if (_market(w, u).status != PriceStatus.Unusable) continue;
            _expectLock(_of(w, maker.account), _market(w, u));
            _expectLock(_of(w, taker.account), _market(w, u));
        }
    }

    /// @dev Of a perpetual's notional; for an option of its underlying's, and at most an eighth of the premium.
    function _feesOf(
        Watch memory w,
        Instrument id,
        Fill memory fill
    ) private view returns (uint256 makerFee, uint256 takerFee) {
        uint256 notional = uint256(fill.lots).valueUp(fill.price);
        if (!id.isOption()) {
            MarketParams memory p = house.marketParams(id.underlying());
            return (notional.mulDivUp(p.makerFeeBps, FixedPoint.BPS), notional.mulDivUp(p.takerFeeBps, FixedPoint.BPS));
        }
        OptionParams memory o = house.optionParams(id.underlying());
        uint256 most = notional / 8;
        notional = uint256(fill.lots).valueUp(_market(w, id.underlying()).spot);
        makerFee = _least(most, notional.mulDivUp(o.makerFeeBps, FixedPoint.BPS));
        takerFee = _least(most, notional.mulDivUp(o.takerFeeBps, FixedPoint.BPS));
    }

    /// @dev All that the position has gained up to the last mark since it was settled, the first time it is reduced.
    function _expectLock(Seen memory s, Market memory m) private view {
        if ((s.settled >> m.underlying) & 1 == 1) return;
        s.settled |= 1 << m.underlying;
        Position[] memory list = _positions(s.id);
        for (uint256 i; i < list.length; ++i) {
            int256 product = list[i].lots() * (m.index - list[i].index());
            if (list[i].isOption() || list[i].underlying() != m.underlying) continue;
            if (product < int256(FixedPoint.LOTS)) continue;
            s.gained += uint256(product) / FixedPoint.LOTS;
            s.gainedBy |= 1 << m.underlying;
        }
    }

    /// @dev Rounded up: the account may have been given a wei less a fill, never more.
    function _expect(Seen memory s, int256 lots, int256 edge, uint256 fee) private pure {
        int256 product = lots * edge;
        s.edge += product > 0 ? (product - 1) / int256(FixedPoint.LOTS) + 1 : product / int256(FixedPoint.LOTS);
        s.fees += fee;
        ++s.fills;
    }

    /// @notice What has been asked stays so once this market alone has moved, and no time has passed.
    function _forget(Watch memory w, uint16 u) internal pure {
        w.known[u - 1] = false;
        delete w.judgements;
    }

    function _expectFlow(Watch memory w, AccountId id, int256 tokens) internal pure {
        _of(w, id).flow += tokens * 1e12;
    }

    // ------------------------------------------------------------------ after

    /// @notice No frame writes to an account it may not touch, and to the vault's account it only adds.
    function _checkBystanders(Watch memory w) internal {
        _checkWrites(w);
        assertGe(_account(ids[0]).cash(), w.vault.cash(), "AUTH-1: the vault's cash fell");
    }

    /// @notice The same but for the vault's cash, with which liquidations may pay.
    function _checkWrites(Watch memory w) internal {
        (, bytes32[] memory writes) = vm.accesses(address(house));
        for (uint256 i; i < writes.length; ++i) {
            uint256 place = ownerOfSlot[writes[i]];
            // The vault's, and slots that are no account's.
            if (place <= 1) continue;
            bool touched;
            for (uint256 j; j < w.seen.length && !touched; ++j) touched = w.seen[j].id == ids[place - 1];
            assertTrue(touched, "AUTH-1: a bystander's account changed");
        }
        Account now_ = _account(ids[0]);
        assertEq(
            Account.unwrap(now_.withCash(0)),
            Account.unwrap(w.vault.withCash(0)),
            "AUTH-1: the vault's account changed"
        );
    }

    /// @notice RISK-1, ORAC-1 and, to the wei, what each touched account gained, after a frame of its owner or a
    /// matcher.
    function _checkFrame(Watch memory w) internal {
        _checkBystanders(w);
        for (uint256 i; i < w.seen.length; ++i) {
            Seen memory s = w.seen[i];
            if (s.id == ids[0]) continue;
            Account a = _account(s.id);
            if (s.gained != 0) _lock(s.id, s.gained, s.gainedBy);
            _checkLock(w, s.id, a, _leastLocked(s) + s.gained);
            if (a.mode() == Modes.NONE) continue;
            Position[] memory list = _positions(s.id);
            Assessment memory now_ = _assessed(w, a, list);
            PriceStatus status = _worst(w, list);
            _checkGain(w, s, a, list);
            _checkValue(w, a, list, now_);
            _checkRisk(w, s, a, list, now_, status);
            // Of several some may have had no part in the frame.
            bool took = s.fills != 0 || w.seen.length == 1;
            if (took && a.flagged()) assertFalse(_find(w, s.id).sound, "RISK-2: a healthy account is left in auction");
        }
    }

    /// @notice What must not be left out after a frame that only prepares another: the model of what is locked.
    function _checkPrepared(Watch memory w) internal {
        _checkBystanders(w);
        for (uint256 i; i < w.seen.length; ++i) {
            _checkLock(w, w.seen[i].id, _account(w.seen[i].id), _leastLocked(w.seen[i]));
        }
    }

    /// @dev Each fill rounds the difference down by less than a wei. Of options only what is paid counts here, and what
    /// they pay once they are settled.
    function _checkGain(Watch memory w, Seen memory s, Account a, Position[] memory list) private view {
        int256 kept = (int256(uint256(a.keeperDeposit())) - int256(uint256(s.before.keeperDeposit()))) * 1e12;
        int256 expected = s.money + s.edge - int256(s.fees) + s.flow - kept;
        int256 money = _money(w, a, list);
        assertLe(money, expected, "LEDGER-3: an account gained from nothing");
        assertGe(money + int256(s.fills), expected, "LEDGER-3: an account lost to nothing");
        if (s.fills == 0 && s.flow >= 0) return;
        for (uint256 i; i < list.length; ++i) {
            assertFalse(_isSettled(list[i]), "LEDGER-3: an option outlives its settlement");
        }
    }

    /// @notice FUND-1, after a touch: perpetuals moved no equity, and options paid intrinsic value, to the wei. What is
    /// the account's besides is the keeper deposit, which is due to one that holds nothing any more.
    function _checkTouched(Watch memory w, Seen memory s) internal view {
        Account a = _account(s.id);
        Position[] memory left = _positions(s.id);
        int256 given = (int256(uint256(s.before.keeperDeposit())) - int256(uint256(a.keeperDeposit()))) * 1e12;
        assertEq(_money(w, a, left), s.money + given, "FUND-1: options paid another sum than intrinsic value");
        Assessment memory now_ = _assessed(w, a, left);
        Assessment memory was = _was(w, s);
        assertEq(now_.equity, was.equity + given, "FUND-1: settling changed an account's equity");
        assertEq(now_.maintenanceMargin, was.maintenanceMargin, "RISK-2: settling changed what is required");
        if (left.length != 0) assertEq(given, 0, "RISK-3: nothing for its keeper");
        for (uint256 i; i < left.length; ++i) {
            assertFalse(_isSettled(left[i]), "LEDGER-3: an option outlives its settlement");
        }
    }

    function _checkRisk(
        Watch memory w,
        Seen memory s,
        Account a,
        Position[] memory list,
        Assessment memory now_,
        PriceStatus status
    ) private view {
        (bool grew, uint256 band) = _changes(w, s, list);
        if (grew) assertEq(a.keeperDeposit(), KEEPER_DEPOSIT, "RISK-3: nothing for its keeper");
        if (grew || s.flow < 0) {
            assertTrue(status == PriceStatus.Fresh, "ORAC-1: risk grew at a price that is not fresh");
        }
        int256 free = now_.equityForInitial - int256(_locked(w, s.id));
        if (status == PriceStatus.Fresh && free >= int256(now_.initialMargin)) return;
        assertTrue(s.flow >= 0, "RISK-1: a withdrawal left less than initial margin, or took what is locked");
        Assessment memory was = _was(w, s);
        assertLe(now_.initialMargin, was.initialMargin, "RISK-1: initial margin rose uncovered");
        // Of a hedged book the band alone could be more than all its margin.
        uint256 excused = grew ? 0 : _least(s.fees + band, (was.initialMargin - now_.initialMargin) / 4);
        string memory fell = "RISK-1: equity fell by more than fees, price band and a quarter of what was set free";
        assertGe(now_.equityForInitial, was.equityForInitial - int256(excused), fell);
        // A debt at a price in doubt is nobody's yet: it is not traded away.
        bool whole = was.equityForInitial >= 0 || (s.fills != 0 && s.worst != PriceStatus.Fresh);
        assertGe(
            now_.equityForInitial,
            whole ? int256(0) : was.equityForInitial,
            "SOLV-1: a trade made a debt for others to pay"
        );
    }

    /// @return grew whether any position opened, grew or changed sides.
    /// @return band the price band of what was reduced, USD Wad: of an option, of what it is on.
    function _changes(
        Watch memory w,
        Seen memory s,
        Position[] memory list
    ) private view returns (bool grew, uint256 band) {
        for (uint256 i; i < list.length; ++i) {
            if (_lotsOf(s.held, list[i].instrument()) == 0) grew = true;
        }
        for (uint256 i; i < s.held.length; ++i) {
            Position p = s.held[i];
            // Nobody reduced what was settled.
            if (_isSettled(p)) continue;
            int256 before = p.lots();
            int256 lots = _lotsOf(list, p.instrument());
            uint256 size = FixedPoint.abs(lots);
            uint256 sizeBefore = FixedPoint.abs(before);
            bool turned = lots != 0 && (lots ^ before) < 0;
            if (turned || size > sizeBefore) grew = true;
            if (turned) size = 0;
            if (size >= sizeBefore) continue;
            Market memory m = _market(w, p.underlying());
            uint256 reduced = ((sizeBefore - size) * (p.isOption() ? m.spot : m.mark)) / FixedPoint.LOTS;
            band += reduced.mulDivUp(PRICE_BAND_BPS, FixedPoint.BPS);
        }
    }

    // ------------------------------------------------------------------ what is locked

    /// @notice What of the account's equity may not leave yet, by the model.
    function _locked(Watch memory w, AccountId id) internal view returns (uint256) {
        uint256 amount = lockOf[id];
        if (amount == 0) return 0;
        for (uint16 u = 1; u <= MARKETS; ++u) {
            if ((waitsFor[id] >> u) & 1 == 1 && _market(w, u).status == PriceStatus.Unusable) return amount;
        }
        return 0;
    }

    /// @dev What was lost before the frame is locked no more; what leaves in it is still held against the whole.
    function _leastLocked(Seen memory s) internal view returns (uint256) {
        return _atMost(lockOf[s.id] - s.gained, s.before.cash());
    }

    function _atMost(uint256 amount, int256 cash) internal pure returns (uint256) {
        return _least(amount, cash > 0 ? uint256(cash) : 0);
    }

    function _least(uint256 x, uint256 y) internal pure returns (uint256) {
        return x < y ? x : y;
    }

    /// @dev A lock ends when it is looked at with every price usable, and only then; until then it shrinks by what the
    /// account lost, and by nothing else.
    function _checkLock(Watch memory w, AccountId id, Account a, uint256 least) internal {
        if (lockOf[id] == 0 && !a.locked()) {
            // A lock of nothing, too, waited until it was looked at.
            waitsFor[id] = 0;
            return;
        }
        uint256 stored = a.locked() ? Books.lock(address(house), id).amount() : 0;
        assertLe(stored, lockOf[id], "RISK-1: more is locked than was gained");
        if (stored < least) {
            assertEq(_locked(w, id), 0, "RISK-1: a lock ended, or shrank, before its prices were back");
            assertEq(stored, 0, "RISK-1: less is locked than was gained");
        }
        lockOf[id] = stored;
        if (!a.locked()) waitsFor[id] = 0;
    }

    function _lock(AccountId id, uint256 amount, uint256 underlyings) internal {
        lockOf[id] += amount;
        waitsFor[id] |= underlyings;
    }

    /// @notice What the ledger keeps says as much as the model, for an account that no frame has touched since.
    function checkLockOf(AccountId id) external view {
        LockedProceeds p = Books.lock(address(house), id);
        assertEq(p.amount(), lockOf[id], "RISK-1: another sum is locked than was gained");
        for (uint16 u = 1; u <= MARKETS; ++u) {
            bool waits;
            for (uint256 i; i < p.count() && !waits; ++i) waits = p.underlying(i) == u;
            assertEq(waits, (waitsFor[id] >> u) & 1 == 1, "RISK-1: a lock waits for other prices");
        }
    }

    /// @notice What the end of a frame may say of an account that trades, withdraws or changes its mode.
    function _judgements() internal pure returns (bytes memory) {
        return
            bytes.concat(
                IClearinghouse.Clearinghouse_BelowInitialMargin.selector,
                IClearinghouse.Clearinghouse_PriceNotFresh.selector,
                IClearinghouse.Clearinghouse_NotAtLastMark.selector,
                IClearinghouse.Clearinghouse_OpenInterestCap.selector,
                IClearinghouse.Clearinghouse_AccountInterestCap.selector,
                IClearinghouse.Option_SurfaceNotFresh.selector,
                IClearinghouse.Option_OpenInterestCap.selector,
                IClearinghouse.Option_AccountInterestCap.selector,
                IMarginModel.MarginModel_TooManyPositions.selector
            );
    }
}
