// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IExpirySettlement, SettlementBasis} from "../interfaces/IExpirySettlement.sol";
import {FeedHistory, History, Round} from "../oracle/FeedHistory.sol";

/// @dev What makes an answer a usable price.
struct Terms {
    address feed;
    /// @dev An answer times this is USD Wad.
    uint256 scale;
    uint256 lower;
    uint256 upper;
    /// @dev Seconds from the date of a round.
    uint256 usableFor;
}

/// @dev An average under way: the span it is taken over, unix seconds, and what has been added up within it.
struct Average {
    uint256 start;
    uint256 end;
    /// @dev USD Wad times seconds.
    uint256 area;
    /// @dev Seconds.
    uint256 weight;
}

/// @notice The average of a feed's answers over a span of time, each weighted by how long it was in force, from a list
/// of rounds that is held against the feed's history until it is known to be the only one.
library TimeWeighted {
    using FeedHistory for History;

    /// @notice The average over the whole span; refused where any second of it had no usable answer.
    /// @return USD Wad, rounded down.
    function strict(
        Terms memory terms,
        uint256 start,
        uint256 end,
        uint80[] calldata ids
    ) internal view returns (uint256) {
        (History memory history, Round memory first) = _open(terms, ids);
        if (first.updatedAt > start) _refuseLate(first, start);
        Average memory average = Average(start, end, 0, 0);
        (, , uint256 used) = _walk(terms, history, average, first, ids, true);
        _requireEnd(ids, used);
        return average.area / average.weight;
    }

    /// @notice The average over the seconds of the span that had a usable answer; without any, the first usable answer
    /// after it.
    /// @return price USD Wad, rounded down.
    /// @return basis which of them it is.
    function lenient(
        Terms memory terms,
        uint256 start,
        uint256 end,
        uint80[] calldata ids
    ) internal view returns (uint256 price, SettlementBasis basis) {
        (History memory history, Round memory round) = _open(terms, ids);
        // Only the very first round has none before it that was in force at the start.
        if (round.updatedAt > start && history.enterAtFirst().id != round.id) _refuseLate(round, start);
        Average memory average = Average(start, end, 0, 0);
        Round memory following;
        uint256 used;
        (round, following, used) = _walk(terms, history, average, round, ids, false);
        if (average.weight != 0) {
            basis = average.weight == end - start ? SettlementBasis.Window : SettlementBasis.UsablePart;
            price = average.area / average.weight;
        } else {
            basis = SettlementBasis.AfterWindow;
            (price, used) = _firstUsable(terms, history, round, following, ids, used);
        }
        _requireEnd(ids, used);
    }

    /// @dev Adds up the rounds from `round` to the last that is dated within the span. Returns that, what follows it,
    /// and how many of the ids have been used.
    function _walk(
        Terms memory terms,
        History memory history,
        Average memory average,
        Round memory round,
        uint80[] calldata ids,
        bool exact
    ) private view returns (Round memory last, Round memory following, uint256 used) {
        // A history that begins after the span has nothing in it, and its first round is what follows.
        if (round.updatedAt > average.end) return (last, round, 0);
        for (used = 1; ; round = following) {
            following = history.next(round);
            if (used == 1) _requireInForce(round, following, average.start);
            bool more = following.id != 0 && following.updatedAt <= average.end;
            _add(terms, average, round, more ? following.updatedAt : average.end, exact);
            if (!more) return (round, following, used);
            _requireNext(ids, used++, following);
        }
    }

    /// @dev The first usable answer from `following` on, and how many of the ids have then been used.
    function _firstUsable(
        Terms memory terms,
        History memory history,
        Round memory round,
        Round memory following,
        uint80[] calldata ids,
        uint256 used
    ) private view returns (uint256 price, uint256 usedNow) {
        for (; ; following = history.next(round)) {
            if (following.id == 0) revert IExpirySettlement.ExpirySettlement_NoUsableRound(round.id);
            _requireNext(ids, used++, following);
            if (_isUsable(terms, following)) return (_priceOf(terms, following), used);
            round = following;
        }
    }

    /// @dev Adds what `round` was in force for up to `until`. A round that was followed in the second it is dated, or
    /// in that of the start, has no say.
    function _add(
        Terms memory terms,
        Average memory average,
        Round memory round,
        uint256 until,
        bool exact
    ) private pure {
        uint256 from = round.updatedAt > average.start ? round.updatedAt : average.start;
        if (from == until) return;
        uint256 usableUntil = round.updatedAt + terms.usableFor;
        uint256 price = _priceOf(terms, round);
        bool usable = _isUsable(terms, round);
        if (exact && !usable) {
            revert IExpirySettlement.ExpirySettlement_AnswerOutOfBounds(round.id, price, terms.lower, terms.upper);
        }
        if (until > usableUntil) {
            if (exact) revert IExpirySettlement.ExpirySettlement_RoundStale(round.id, usableUntil, until);
            until = usableUntil;
        }
        if (!usable || until <= from) return;
        average.area += price * (until - from);
        average.weight += until - from;
    }

    function _isUsable(Terms memory terms, Round memory round) private pure returns (bool) {
        uint256 price = _priceOf(terms, round);
        return price != 0 && price >= terms.lower && price <= terms.upper;
    }

    /// @dev Zero where an answer is none; below 2^187 in any case.
    function _priceOf(Terms memory terms, Round memory round) private pure returns (uint256) {
        if (round.answer <= 0 || round.answer > type(int128).max) return 0;
        return uint256(round.answer) * terms.scale;
    }

    function _open(
        Terms memory terms,
        uint80[] calldata ids
    ) private view returns (History memory history, Round memory first) {
        if (ids.length == 0) revert IExpirySettlement.ExpirySettlement_NoRounds();
        history = FeedHistory.open(terms.feed);
        first = history.enter(ids[0]);
    }

    function _refuseLate(Round memory first, uint256 start) private pure {
        revert IExpirySettlement.ExpirySettlement_FirstRoundTooLate(first.id, first.updatedAt, start);
    }

    function _requireInForce(Round memory first, Round memory following, uint256 start) private pure {
        if (following.id == 0 || following.updatedAt > start) return;
        revert IExpirySettlement.ExpirySettlement_FirstRoundTooEarly(
            first.id,
            following.id,
            following.updatedAt,
            start
        );
    }

    function _requireNext(uint80[] calldata ids, uint256 position, Round memory round) private pure {
        if (position == ids.length) {
            revert IExpirySettlement.ExpirySettlement_MissingRound(round.id, round.updatedAt);
        }
        if (ids[position] != round.id) {
            revert IExpirySettlement.ExpirySettlement_WrongRound(position, ids[position], round.id);
        }
    }

    function _requireEnd(uint80[] calldata ids, uint256 used) private pure {
        if (used == ids.length) return;
        revert IExpirySettlement.ExpirySettlement_RoundBeyondWindow(used, ids[used]);
    }
}
