// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {IMarginModel} from "../../../contracts/interfaces/IMarginModel.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {LockedProceeds} from "../../../contracts/types/LockedProceeds.sol";
import {Expiry} from "../../../contracts/types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {MarketParams} from "../../../contracts/types/Parameters.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Books} from "../../forge/Books.sol";
import {vm} from "../../forge/Vm.sol";
import {Campaign, MARKETS} from "./Campaign.sol";

/// @dev Whether an account may be liquidated, as the campaign finds for itself.
struct Finding {
    /// @dev Of what has a usable price, cash included.
    Assessment rest;
    /// @dev Whether everything has one.
    bool known;
    bool below;
    /// @dev Whether what has a price carries itself. An account without all its prices can be neither.
    bool sound;
}

/// @notice The eyes that look at the book before and after each frame, and a model of what is locked.
abstract contract Watching is Campaign {
    using FixedPoint for uint256;

    /// @dev An account as it stood before a frame.
    struct Seen {
        AccountId id;
        Account before;
        Assessment was;
        int256[MARKETS] lots;
        /// @dev What its fills should cost: fees, and the difference between mark and price. USD, Wad.
        uint256 fees;
        int256 edge;
        uint256 fills;
        /// @dev What flowed in and out in the settlement token, Wad.
        int256 flow;
        /// @dev What fills without a price settle, and from which underlyings, a bit each.
        uint256 gained;
        uint256 gainedBy;
        uint256 settled;
    }

    /// @dev The accounts a frame may touch. No price moves inside a frame, so each market is asked for once.
    struct Watch {
        Market[MARKETS] markets;
        bool[MARKETS] known;
        Seen[] seen;
        Account vault;
    }

    uint256 private constant PRICE_BAND_BPS = 100;

    /// @dev What an account gained at the last good mark, and the underlyings it waits for, a bit each.
    mapping(AccountId id => uint256) internal lockOf;
    mapping(AccountId id => uint256) internal waitsFor;

    // ------------------------------------------------------------------ before

    function _watch(AccountId[] memory touched) internal view returns (Watch memory w) {
        w.vault = _account(ids[0]);
        w.seen = new Seen[](touched.length);
        for (uint256 i; i < touched.length; ++i) _see(w, w.seen[i], touched[i]);
    }

    function _watch(AccountId a) internal view returns (Watch memory) {
        AccountId[] memory touched = new AccountId[](1);
        touched[0] = a;
        return _watch(touched);
    }

    function _watch(AccountId a, AccountId b) internal view returns (Watch memory) {
        if (a == b) return _watch(a);
        AccountId[] memory touched = new AccountId[](2);
        (touched[0], touched[1]) = (a, b);
        return _watch(touched);
    }

    function _see(Watch memory w, Seen memory s, AccountId id) private view {
        (s.id, s.before) = (id, _account(id));
        if (s.before.mode() == Modes.NONE) return;
        Position[] memory list = _positions(id);
        s.was = _assessed(w, s.before, list);
        for (uint256 i; i < list.length; ++i) s.lots[list[i].underlying() - 1] = list[i].lots();
    }

    function _market(Watch memory w, uint16 u) internal view returns (Market memory) {
        if (!w.known[u - 1]) (w.markets[u - 1], w.known[u - 1]) = (house.marketOf(u), true);
        return w.markets[u - 1];
    }

    /// @notice The account as its model judges it at the markets of the watch. That the ledger's own view says the same
    /// is checked where accounts are touched.
    function _assessed(
        Watch memory w,
        Account a,
        Position[] memory list
    ) internal view returns (Assessment memory found) {
        if (list.length == 0) {
            found.equity = found.equityForInitial = found.equityForMaintenance = a.cash();
            return found;
        }
        Market[] memory held = new Market[](list.length);
        for (uint256 i; i < list.length; ++i) held[i] = _market(w, list[i].underlying());
        return models[a.mode()].assess(held, new Expiry[](0), 0, a.cash(), list);
    }

    function _assessed(Watch memory w, AccountId id) internal view returns (Assessment memory) {
        return _assessed(w, _account(id), _positions(id));
    }

    /// @notice The worst status among the markets of a list.
    function _worst(Watch memory w, Position[] memory list) internal view returns (PriceStatus worst) {
        worst = PriceStatus.Fresh;
        for (uint256 i; i < list.length; ++i) {
            PriceStatus status = _market(w, list[i].underlying()).status;
            if (status < worst) worst = status;
        }
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
            MarketParams memory p = house.marketParams(u);
            int256 edge = int256(_market(w, u).mark) - int256(uint256(fills[i].price));
            uint256 notional = uint256(fills[i].lots).valueUp(fills[i].price);
            int256 lots = taker.size > 0 ? int256(uint256(fills[i].lots)) : -int256(uint256(fills[i].lots));
            _expect(_of(w, maker.account), -lots, edge, notional.mulDivUp(p.makerFeeBps, FixedPoint.BPS));
            _expect(_of(w, taker.account), lots, edge, notional.mulDivUp(p.takerFeeBps, FixedPoint.BPS));
            if (_market(w, u).status != PriceStatus.Unusable) continue;
            _expectLock(_of(w, maker.account), _market(w, u));
            _expectLock(_of(w, taker.account), _market(w, u));
        }
    }

    /// @dev All that the position has gained up to the last mark since it was settled, the first time it is reduced.
    function _expectLock(Seen memory s, Market memory m) private view {
        if ((s.settled >> m.underlying) & 1 == 1) return;
        s.settled |= 1 << m.underlying;
        Position[] memory list = _positions(s.id);
        for (uint256 i; i < list.length; ++i) {
            int256 product = list[i].lots() * (m.index - list[i].index());
            if (list[i].underlying() != m.underlying || product < int256(FixedPoint.LOTS)) continue;
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
            _checkGain(s, a, now_);
            _checkRisk(w, s, a, list, now_, status);
            // Of several some may have had no part in the frame.
            bool took = s.fills != 0 || w.seen.length == 1;
            if (took && a.flagged()) assertFalse(_find(w, s.id).sound, "RISK-2: a healthy account is left in auction");
        }
    }

    /// @dev Each fill rounds the difference down by less than a wei.
    function _checkGain(Seen memory s, Account a, Assessment memory now_) private pure {
        int256 kept = (int256(uint256(a.keeperDeposit())) - int256(uint256(s.before.keeperDeposit()))) * 1e12;
        int256 expected = s.was.equity + s.edge - int256(s.fees) + s.flow - kept;
        assertLe(now_.equity, expected, "LEDGER-3: an account gained from nothing");
        assertGe(now_.equity + int256(s.fills), expected, "LEDGER-3: an account lost to nothing");
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
        assertLe(now_.initialMargin, s.was.initialMargin, "RISK-1: initial margin rose uncovered");
        int256 was = s.was.equityForInitial;
        int256 floor = grew ? was : was - int256(s.fees + band);
        assertGe(now_.equityForInitial, floor, "RISK-1: equity fell by more than fees and price band");
        // A debt at a price in doubt is nobody's yet: it is not traded away.
        int256 least = was < 0 && (s.fills == 0 || _wasFresh(w, s)) ? was : int256(0);
        assertGe(now_.equityForInitial, least, "SOLV-1: a trade made a debt for others to pay");
    }

    function _wasFresh(Watch memory w, Seen memory s) private view returns (bool) {
        for (uint16 u; u < MARKETS; ++u) {
            if (s.lots[u] != 0 && _market(w, u + 1).status != PriceStatus.Fresh) return false;
        }
        return true;
    }

    /// @return grew whether any position opened, grew or changed sides.
    /// @return band the price band of what was reduced, USD Wad.
    function _changes(
        Watch memory w,
        Seen memory s,
        Position[] memory list
    ) private view returns (bool grew, uint256 band) {
        for (uint16 u; u < MARKETS; ++u) {
            int256 lots = _lotsIn(list, u + 1);
            if (lots == s.lots[u]) continue;
            uint256 size = FixedPoint.abs(lots);
            uint256 sizeBefore = FixedPoint.abs(s.lots[u]);
            bool turned = lots != 0 && s.lots[u] != 0 && (lots ^ s.lots[u]) < 0;
            if (turned || size > sizeBefore) grew = true;
            if (turned) size = 0;
            if (size >= sizeBefore) continue;
            uint256 reduced = ((sizeBefore - size) * _market(w, u + 1).mark) / FixedPoint.LOTS;
            band += reduced.mulDivUp(PRICE_BAND_BPS, FixedPoint.BPS);
        }
    }

    /// @notice RISK-2 and RISK-3 written out, for what has no usable price among an account's positions counts at the
    /// best that could return, a factor of two beyond the bounds of the feed's answers; and at the worst before the
    /// account leaves an auction.
    function _find(Watch memory w, AccountId id) internal view returns (Finding memory f) {
        Position[] memory list = _positions(id);
        Position[] memory priced = new Position[](list.length);
        uint256 count;
        int256 best;
        int256 worst;
        for (uint256 i; i < list.length; ++i) {
            Market memory m = _market(w, list[i].underlying());
            if (m.status == PriceStatus.Unusable) {
                (int256 low, int256 high) = _extremes(m, list[i]);
                if (high > 0) best += high;
                if (low < 0) worst += low;
            } else {
                priced[count++] = list[i];
            }
        }
        assembly ("memory-safe") {
            mstore(priced, count)
        }
        f.known = count == list.length;
        f.rest = _assessed(w, _account(id), priced);
        if (count == 0 && !f.known) return f;
        int256 required = int256(f.rest.maintenanceMargin);
        f.sound = f.rest.equityForMaintenance + worst >= required;
        f.below = f.rest.equityForMaintenance + best < required;
        // The vault would pay for what a position without a price may yet cover.
        if (!f.known && f.rest.equity < 0 && f.rest.equity + best >= 0) f.below = false;
    }

    /// @notice What the position is worth at the lower and at the upper end, or the other way round.
    function _extremes(Market memory m, Position p) private view returns (int256, int256) {
        (uint256 lower, uint256 upper) = oracle.boundsOf(uint16(m.underlying));
        int256 funding = int256(m.mark) - m.index;
        int256 low = FixedPoint.valueFloor(p.lots(), int256(lower / 2) - funding - p.index());
        int256 high = FixedPoint.valueFloor(p.lots(), int256(upper * 2) - funding - p.index());
        return low < high ? (low, high) : (high, low);
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
        uint256 most = cash > 0 ? uint256(cash) : 0;
        return amount < most ? amount : most;
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
                IMarginModel.MarginModel_TooManyPositions.selector
            );
    }
}
