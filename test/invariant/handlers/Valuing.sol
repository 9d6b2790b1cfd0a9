// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Instrument} from "../../../contracts/instruments/Instrument.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Mode, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Expiry, SurfaceStatus} from "../../../contracts/types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../../../contracts/types/Market.sol";
import {Position, PositionLibrary} from "../../../contracts/types/Position.sol";
import {Campaign, MARKETS} from "./Campaign.sol";

/// @dev Whether an account may be liquidated, as the campaign finds for itself.
struct Finding {
    /// @dev Of what has a usable price, cash included.
    Assessment rest;
    /// @dev The part of that equity that is no value of options: what it is in cash once all else is settled.
    int256 money;
    /// @dev Whether everything has one.
    bool known;
    bool below;
    /// @dev Whether what has a price carries itself. An account without all its prices can be neither.
    bool sound;
}

/// @notice What positions are worth and require, by the margin models and what the oracles say, without the ledger.
abstract contract Valuing is Campaign {
    /// @dev An account as it stood before a frame.
    struct Seen {
        AccountId id;
        Account before;
        Position[] held;
        /// @dev The worst among what its positions are valued by.
        PriceStatus worst;
        /// @dev As in a Finding.
        int256 money;
        /// @dev What its fills should cost: fees, and what changes hands less its price. USD, Wad.
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

    /// @dev The accounts a frame may touch. No price moves inside a frame, so each market and expiry is asked for once.
    struct Watch {
        Market[MARKETS] markets;
        bool[MARKETS] known;
        Expiry[] expiries;
        /// @dev What models said of books without cash, the last of them first.
        Judgement[] judgements;
        Seen[] seen;
        Account vault;
    }

    struct Judgement {
        bytes32 book;
        Assessment found;
    }

    uint256 internal constant YEAR = 365 days;
    /// @dev RISK section 1, as the ledger bounds what an option without a price may become worth.
    uint256 private constant MOST_CARRY = 6;

    /// @notice What options of an expiry pay by, worked out from the feed's rounds when it was settled; zero before.
    mapping(uint16 underlying => mapping(uint256 expiresAt => uint256)) public settledAt;

    // ------------------------------------------------------------------ what the oracles say

    function _market(Watch memory w, uint16 u) internal view returns (Market memory) {
        if (!w.known[u - 1]) (w.markets[u - 1], w.known[u - 1]) = (house.marketOf(u), true);
        return w.markets[u - 1];
    }

    /// @notice The expiry of an option that is not settled.
    function _expiry(Watch memory w, uint16 u, uint256 expiresAt) internal view returns (Expiry memory e) {
        for (uint256 i; i < w.expiries.length; ++i) {
            e = w.expiries[i];
            if (e.expiresAt == expiresAt && e.underlying == u) return e;
        }
        e = venue.surfaceOracle().read(u, uint40(expiresAt));
        // What it would pay at the price of the moment.
        if (e.status == SurfaceStatus.Expired) (e.forwardRatio, e.tenor) = (WAD, 1);
        w.expiries = _append(w.expiries, e);
    }

    function _statusOf(Watch memory w, Position p) internal view returns (PriceStatus status) {
        status = _market(w, p.underlying()).status;
        if (!p.isOption()) return status;
        SurfaceStatus surface = _expiry(w, p.underlying(), p.expiresAt()).status;
        if (surface == SurfaceStatus.Absent) return PriceStatus.Unusable;
        // What expired and is not settled will pay something else than it would now.
        bool old = surface == SurfaceStatus.Aged || surface == SurfaceStatus.Expired;
        if (old && status == PriceStatus.Fresh) return PriceStatus.Aged;
    }

    /// @notice The worst status among what positions are valued by. What is settled is cash.
    function _worst(Watch memory w, Position[] memory list) internal view returns (PriceStatus worst) {
        worst = PriceStatus.Fresh;
        for (uint256 i; i < list.length; ++i) {
            if (_isSettled(list[i])) continue;
            PriceStatus status = _statusOf(w, list[i]);
            if (status < worst) worst = status;
        }
    }

    function _isSettled(Position p) internal view returns (bool) {
        return p.isOption() && settledAt[p.underlying()][p.expiresAt()] != 0;
    }

    // ------------------------------------------------------------------ what positions are worth

    /// @notice The account as its model judges it at the markets of the watch. That the ledger's own view says the same
    /// is checked where accounts are touched.
    function _assessed(Watch memory w, Account a, Position[] memory list) internal view returns (Assessment memory) {
        return _judged(w, a.mode(), a.cash(), list);
    }

    function _assessed(Watch memory w, AccountId id) internal view returns (Assessment memory) {
        return _assessed(w, _account(id), _positions(id));
    }

    function _judged(
        Watch memory w,
        Mode mode,
        int256 cash,
        Position[] memory list
    ) internal view returns (Assessment memory found) {
        Position[] memory live = new Position[](list.length);
        uint256 count;
        for (uint256 i; i < list.length; ++i) {
            if (_isSettled(list[i])) cash += _payoff(list[i]);
            else live[count++] = list[i];
        }
        if (count == 0) {
            found.equity = found.equityForInitial = found.equityForMaintenance = cash;
            return found;
        }
        _cut(live, count);
        found = _withoutCash(w, mode, live);
        found.equity += cash;
        found.equityForInitial += cash;
        found.equityForMaintenance += cash;
    }

    /// @dev Models are dear, and one frame is looked at from several sides. That cash only adds is seen where the
    /// ledger's own view is asked.
    function _withoutCash(
        Watch memory w,
        Mode mode,
        Position[] memory live
    ) private view returns (Assessment memory found) {
        bytes32 book = keccak256(abi.encodePacked(mode, live));
        for (uint256 i; i < w.judgements.length; ++i) {
            if (w.judgements[i].book == book) return _copyOf(w.judgements[i].found);
        }
        (Market[] memory markets, Expiry[] memory expiries) = _termsOf(w, live);
        uint256 correlation = mode == Modes.PORTFOLIO ? _leastCorrelation(markets) : 0;
        found = models[mode].assess(markets, expiries, correlation, 0, live);
        Judgement[] memory grown = new Judgement[](w.judgements.length + 1);
        grown[0] = Judgement(book, _copyOf(found));
        for (uint256 i; i < w.judgements.length; ++i) grown[i + 1] = w.judgements[i];
        w.judgements = grown;
    }

    function _copyOf(Assessment memory a) private pure returns (Assessment memory) {
        return
            Assessment({
                equity: a.equity,
                equityForInitial: a.equityForInitial,
                equityForMaintenance: a.equityForMaintenance,
                initialMargin: a.initialMargin,
                maintenanceMargin: a.maintenanceMargin
            });
    }

    /// @notice What one unit of an option is worth, USD Wad.
    function _markOf(Watch memory w, Instrument id) internal view returns (uint256) {
        Position[] memory one = new Position[](1);
        one[0] = PositionLibrary.option(id, UNIT);
        return uint256(_judged(w, Modes.CROSS, 0, one).equity);
    }

    /// @notice What the account has besides the value of options, written out: cash, what perpetuals gained since they
    /// were settled, and what settled options pay.
    function _money(Watch memory w, Account a, Position[] memory list) internal view returns (int256 sum) {
        sum = a.cash();
        for (uint256 i; i < list.length; ++i) {
            Position p = list[i];
            if (_isSettled(p)) sum += _payoff(p);
            else if (!p.isOption()) {
                sum += FixedPoint.valueFloor(p.lots(), _market(w, p.underlying()).index - p.index());
            }
        }
    }

    /// @notice What a settled option pays its holder, rounded down: intrinsic value.
    function _payoff(Position p) internal view returns (int256) {
        uint256 price = settledAt[p.underlying()][p.expiresAt()];
        uint256 strike = p.strike();
        (uint256 more, uint256 less) = p.isCall() ? (price, strike) : (strike, price);
        return more > less ? FixedPoint.valueFloor(p.lots(), int256(more - less)) : int256(0);
    }

    /// @notice MATH-2: what a book's options are worth together lies between what they would pay if the forward stayed
    /// where it is, and all that they can pay. What is no option is worth its money.
    function _checkValue(Watch memory w, Account a, Position[] memory list, Assessment memory found) internal view {
        int256 most = _money(w, a, list);
        int256 least = most;
        for (uint256 i; i < list.length; ++i) {
            if (!list[i].isOption() || _isSettled(list[i])) continue;
            (int256 low, int256 high) = _worthOf(w, list[i]);
            (least, most) = (least + low, most + high);
        }
        assertGe(found.equity, least, "MATH-2: options are worth less than intrinsic value");
        assertLe(found.equity, most, "MATH-2: options are worth more than they can pay");
    }

    /// @dev The least and the most that the position is worth, a wei aside for each rounding.
    function _worthOf(Watch memory w, Position p) private view returns (int256 low, int256 high) {
        Expiry memory e = _expiry(w, p.underlying(), p.expiresAt());
        uint256 spot = _market(w, p.underlying()).spot;
        int256 discount = FixedPointMathLib.expWad(-(e.rate * int256(e.timeLeft)) / int256(YEAR));
        int256 forward = (int256((spot * e.forwardRatio) / WAD) * discount) / int256(WAD);
        int256 strike = (int256(p.strike()) * discount) / int256(WAD);
        (int256 more, int256 less) = p.isCall() ? (forward, strike) : (strike, forward);
        low = more > less ? more - less - 2 : int256(0);
        high = FixedPoint.valueFloor(p.lots(), more + 2);
        low = FixedPoint.valueFloor(p.lots(), low);
        if (p.lots() < 0) (low, high) = (high - 1, low + 1);
    }

    // ------------------------------------------------------------------ who may be liquidated

    /// @notice RISK-2 and RISK-3 written out, for what has no usable price among an account's positions counts at the
    /// best that could return, a factor of two beyond the bounds of the feed's answers; and at the worst before the
    /// account leaves an auction.
    function _find(Watch memory w, AccountId id) internal view returns (Finding memory f) {
        Account a = _account(id);
        Position[] memory list = _positions(id);
        Position[] memory priced = new Position[](list.length);
        uint256 count;
        uint256 live;
        int256 best;
        int256 worst;
        for (uint256 i; i < list.length; ++i) {
            bool settled = _isSettled(list[i]);
            if (settled || _statusOf(w, list[i]) != PriceStatus.Unusable) {
                if (!settled) ++live;
                priced[count++] = list[i];
                continue;
            }
            (int256 low, int256 high) = _extremes(w, list[i]);
            if (high > 0) best += high;
            if (low < 0) worst += low;
        }
        _cut(priced, count);
        f.known = count == list.length;
        f.rest = _judged(w, a.mode(), a.cash(), priced);
        f.money = _money(w, a, priced);
        if (live == 0 && !f.known) return f;
        int256 required = int256(f.rest.maintenanceMargin);
        f.sound = f.rest.equityForMaintenance + worst >= required;
        f.below = f.rest.equityForMaintenance + best < required;
        // The vault would pay for what a position without a price may yet cover.
        if (!f.known && f.rest.equity < 0 && f.rest.equity + best >= 0) f.below = false;
    }

    /// @notice What the position is worth at the lower and at the upper end, or the other way round.
    function _extremes(Watch memory w, Position p) private view returns (int256, int256) {
        (uint256 lower, uint256 upper) = oracle.boundsOf(p.underlying());
        int256 low;
        int256 high;
        if (p.isOption()) {
            high = FixedPoint.valueFloor(p.lots(), int256((p.isCall() ? upper * 2 : p.strike()) * MOST_CARRY));
        } else {
            Market memory m = _market(w, p.underlying());
            int256 funding = int256(m.mark) - m.index;
            low = FixedPoint.valueFloor(p.lots(), int256(lower / 2) - funding - p.index());
            high = FixedPoint.valueFloor(p.lots(), int256(upper * 2) - funding - p.index());
        }
        return low < high ? (low, high) : (high, low);
    }

    // ------------------------------------------------------------------ lists

    /// @dev The markets and expiries of positions, each once.
    function _termsOf(
        Watch memory w,
        Position[] memory live
    ) private view returns (Market[] memory markets, Expiry[] memory expiries) {
        markets = new Market[](live.length < MARKETS ? live.length : MARKETS);
        uint256 count;
        uint256 asked;
        for (uint256 i; i < live.length; ++i) {
            uint16 u = live[i].underlying();
            if ((asked >> u) & 1 == 0) markets[count++] = _market(w, u);
            asked |= 1 << u;
            if (!live[i].isOption()) continue;
            Expiry memory e = _expiry(w, u, live[i].expiresAt());
            bool listed;
            for (uint256 j; j < expiries.length && !listed; ++j) {
                listed = expiries[j].expiresAt == e.expiresAt && expiries[j].underlying == e.underlying;
            }
            if (!listed) expiries = _append(expiries, e);
        }
        assembly ("memory-safe") {
            mstore(markets, count)
        }
    }

    function _leastCorrelation(Market[] memory markets) private view returns (uint256) {
        if (markets.length < 2) return 0;
        int256 least = type(int256).max;
        for (uint256 i; i < markets.length; ++i) {
            for (uint256 j; j < i; ++j) {
                uint16 u = uint16(markets[i].underlying);
                int256 one = venue.volatilityOracle().correlation(u, uint16(markets[j].underlying));
                if (one < least) least = one;
            }
        }
        return least < 0 ? 0 : uint256(least);
    }

    function _cut(Position[] memory list, uint256 count) private pure {
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @dev A list of structs is one of pointers: only these are copied.
    function _append(Expiry[] memory list, Expiry memory e) private pure returns (Expiry[] memory grown) {
        uint256 count = list.length;
        assembly ("memory-safe") {
            grown := mload(0x40)
            mstore(0x40, add(grown, shl(5, add(count, 2))))
            mstore(grown, add(count, 1))
            mcopy(add(grown, 0x20), add(list, 0x20), shl(5, count))
            mstore(add(grown, shl(5, add(count, 1))), e)
        }
    }
}
