// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {IExpirySettlement, Settlement, SettlementBasis} from "../../../contracts/interfaces/IExpirySettlement.sol";
import {MockAggregator} from "../../../contracts/mocks/MockAggregator.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {OptionsHandler} from "./OptionsHandler.sol";

/// @notice Expiries come, are settled by the feed's rounds or after the time-out, and become cash on touch.
abstract contract ExpiryHandler is OptionsHandler {
    /// @dev The rounds that settle an expiry, and what the campaign works out of them.
    struct Proof {
        uint80[] rounds;
        /// @dev Whether every second of the hour had a usable price.
        bool fit;
        uint256 price;
        SettlementBasis basis;
    }

    /// @dev Once without a price nobody can have been paid by one.
    mapping(uint16 underlying => mapping(uint40 expiresAt => bool)) private isSettled;

    /// @notice The last hour of an expiry goes by, up to just before its end, or just after.
    function passExpiry(uint256 seed, int256 move, bool past) external {
        _pass(_optionMarketAt(seed), seed, move, past);
    }

    /// @notice Anyone settles by the rounds of the feed, and by no others.
    function settleExpiry(uint256 seed, int256 move) external {
        (uint16 u, uint40 expiresAt) = _unsettledAt(seed, move);
        if (vm.getBlockTimestamp() < expiresAt + 1 minutes) _elapse(expiresAt + 1 minutes - vm.getBlockTimestamp());
        if (!_settleByRounds(u, expiresAt)) vm.assume(false);
    }

    /// @notice An expiry that nobody could settle is finalised after the time-out.
    function finaliseExpiry(uint256 seed, int256 move) external {
        (uint16 u, uint40 expiresAt) = _unsettledAt(seed, move);
        uint256 from = uint256(expiresAt) + venue.expirySettlement().timeOut();
        if (vm.getBlockTimestamp() < from) _elapse(from - vm.getBlockTimestamp());
        Proof memory proof = _proofOf(u, expiresAt);
        bytes memory data = abi.encodeCall(IExpirySettlement.finalise, (u, expiresAt, proof.rounds));
        (bool ok, bytes memory result) = address(venue.expirySettlement()).call(data);
        if (proof.basis == SettlementBasis.None) {
            assertFalse(ok, "ORAC-1: an expiry was settled without a price");
            vm.assume(false);
        }
        if (!ok) _bubble(result);
        _note(u, expiresAt, proof, proof.basis);
    }

    /// @notice With a round too many, one too few, another one, too early, or a second time.
    function settleExpiryInVain(uint256 seed, int256 move, uint8 what) external {
        uint16 u = _optionMarketAt(seed);
        uint40 expiresAt = _liveAt(u, seed);
        IExpirySettlement settlement = venue.expirySettlement();
        bytes4 refusal = IExpirySettlement.ExpirySettlement_TooEarly.selector;
        uint80[] memory rounds = new uint80[](1);
        if (what % 5 != 0) (u, expiresAt) = _unsettledAt(seed, move);
        if (what % 5 != 0) rounds = _proofOf(u, expiresAt).rounds;
        uint256 last = rounds.length - 1;
        if (what % 5 == 1) {
            rounds = _with(rounds, rounds[last] + 1);
            refusal = 0;
        } else if (what % 5 == 2) {
            if (last == 0) vm.assume(false);
            assembly ("memory-safe") {
                mstore(rounds, last)
            }
            refusal = IExpirySettlement.ExpirySettlement_MissingRound.selector;
        } else if (what % 5 == 3) {
            if (last == 0) vm.assume(false);
            rounds[last] -= 1;
            refusal = IExpirySettlement.ExpirySettlement_WrongRound.selector;
        } else if (what % 5 == 4) {
            if (rounds[0] == 1) vm.assume(false);
            rounds[0] -= 1;
            refusal = 0;
        }
        bytes memory data = abi.encodeCall(settlement.settle, (u, expiresAt, rounds));
        (bool ok, bytes memory result) = address(settlement).call(data);
        assertFalse(ok, "ORAC-1: an expiry was settled by other rounds than the feed's");
        // An hour that is unfit may be refused before its end is looked at.
        if (refusal == IExpirySettlement.ExpirySettlement_TooEarly.selector && bytes4(result) != refusal) {
            _bubble(result);
        }
    }

    /// @notice FUND-1: everybody with options of a settled expiry is touched, among others, open or not, some twice.
    /// Each is paid intrinsic value, to the wei; nothing refuses it.
    function touchHolders(uint256 seed) external {
        AccountId[] memory list = _settledHolders(seed);
        Watch memory w = _watch(_once(list));
        _frame(_traderAt(seed), abi.encodeCall(IClearinghouse.touch, (list)), "");
        _checkBystanders(w);
        for (uint256 i; i < w.seen.length; ++i) _checkTouched(w, w.seen[i]);
    }

    // ------------------------------------------------------------------ parts

    /// @dev All that can be, a minute after it ended. What had no price for a part of its last hour waits.
    function _settleExpiries() internal override {
        uint256 now_ = vm.getBlockTimestamp();
        for (uint16 u = 1; u <= OPTION_MARKETS; ++u) {
            uint40[] storage list = series[u];
            for (uint256 i; i < list.length && list[i] + 1 minutes <= now_; ++i) {
                if (!isSettled[u][list[i]]) _settleByRounds(u, list[i]);
            }
        }
    }

    /// @return settled whether the feed has a price for every second of the expiry's last hour.
    function _settleByRounds(uint16 u, uint40 expiresAt) private returns (bool settled) {
        Proof memory proof = _proofOf(u, expiresAt);
        bytes memory data = abi.encodeCall(IExpirySettlement.settle, (u, expiresAt, proof.rounds));
        (bool ok, bytes memory result) = address(venue.expirySettlement()).call(data);
        if (!proof.fit) {
            assertFalse(ok, "ORAC-1: an expiry was settled by rounds that are of no use");
            return false;
        }
        if (!ok) _bubble(result);
        _note(u, expiresAt, proof, SettlementBasis.Window);
        return true;
    }

    /// @dev An hour before the end, at 20 and 40 minutes, and at the end itself or just before it the feed reports.
    function _pass(uint16 u, uint256 seed, int256 move, bool past) private returns (uint40 expiresAt) {
        expiresAt = _liveAt(u, 1);
        uint256 time = vm.getBlockTimestamp();
        if (time + 61 minutes < expiresAt) _elapse(expiresAt - time - 61 minutes);
        move = bound(move, -0.03e18, 0.03e18);
        for (uint256 i; i < 3; ++i) {
            time = vm.getBlockTimestamp();
            if (time + 20 minutes >= expiresAt) break;
            _elapse(20 minutes - (seed % 60));
            _move(u, i % 2 == 0 ? move : -move / 2);
        }
        time = vm.getBlockTimestamp();
        if (past) _elapse(expiresAt + 61 - time);
        else if (time + 60 < expiresAt) _elapse(expiresAt - time - 60);
    }

    /// @dev An expiry that is past and not settled. Where there is none, one passes.
    function _unsettledAt(uint256 seed, int256 move) private returns (uint16 u, uint40 expiresAt) {
        // A round from the future, one second ahead, would hold up every settlement until its time.
        _elapse(1);
        uint256 now_ = vm.getBlockTimestamp();
        for (uint16 i; i < OPTION_MARKETS; ++i) {
            u = _optionMarketAt((seed % 1e9) + i);
            uint40[] storage list = series[u];
            for (uint256 j = list.length; j > 0; --j) {
                expiresAt = list[j - 1];
                if (expiresAt <= now_ && !isSettled[u][expiresAt]) return (u, expiresAt);
            }
        }
        u = _optionMarketAt(seed);
        expiresAt = _pass(u, seed, move, true);
    }

    /// @dev The average price of the hour before, weighted by seconds, from the feed's own record. After the time-out
    /// the seconds without a usable price are left out, and where none had one the first that is usable counts.
    function _proofOf(uint16 u, uint40 expiresAt) private view returns (Proof memory proof) {
        MockV3Aggregator feed = venue.feedOf(u).aggregator();
        uint256 latest = feed.latestRound();
        uint256 first = latest;
        while (first > 1 && feed.getTimestamp(first) > expiresAt - 1 hours) --first;
        uint256 area;
        uint256 weight;
        uint256 id = first;
        for (; id <= latest; ++id) {
            (uint256 from, uint256 until) = (feed.getTimestamp(id), expiresAt);
            if (from > expiresAt) break;
            if (id < latest) until = _least(until, feed.getTimestamp(id + 1));
            if (until > from + 2 * venue.HEARTBEAT()) until = from + 2 * venue.HEARTBEAT();
            if (from < expiresAt - 1 hours) from = expiresAt - 1 hours;
            uint256 price = _usableAnswer(u, id);
            if (price == 0 || until <= from) continue;
            area += price * (until - from);
            weight += until - from;
        }
        proof.fit = weight == 1 hours;
        if (weight != 0) {
            proof.price = area / weight;
            proof.basis = proof.fit ? SettlementBasis.Window : SettlementBasis.UsablePart;
        } else {
            for (; id <= latest && proof.price == 0; ++id) proof.price = _usableAnswer(u, id);
            if (proof.price != 0) proof.basis = SettlementBasis.AfterWindow;
        }
        proof.rounds = new uint80[](id - first);
        for (uint256 i; i < proof.rounds.length; ++i) proof.rounds[i] = uint80(first + i);
    }

    /// @dev USD Wad; zero where the answer is out of bounds.
    function _usableAnswer(uint16 u, uint256 id) private view returns (uint256 price) {
        MockAggregator feed = venue.feedOf(u);
        int256 answer = feed.aggregator().getAnswer(id);
        if (answer <= 0 || answer > type(int96).max) return 0;
        price = uint256(answer) * 10 ** (18 - feed.decimals());
        (uint256 lower, uint256 upper) = oracle.boundsOf(u);
        if (price < lower || price > upper) price = 0;
    }

    function _note(uint16 u, uint40 expiresAt, Proof memory proof, SettlementBasis basis) private {
        IExpirySettlement settlement = venue.expirySettlement();
        Settlement memory found = settlement.settlementOf(u, expiresAt);
        assertEq(found.price, proof.price, "ORAC-2: settled at another price than the hour's average");
        assertEq(uint256(found.basis), uint256(basis), "ORAC-2: settled on another basis than the feed's record");
        settledAt[u][expiresAt] = proof.price;
        isSettled[u][expiresAt] = true;
        bytes memory data = abi.encodeCall(settlement.finalise, (u, expiresAt, proof.rounds));
        (bool ok, ) = address(settlement).call(data);
        assertFalse(ok, "ORAC-2: an expiry was settled twice");
    }

    /// @dev Holders of what is settled, from `seed` on, each followed by somebody else, who need not be open.
    function _settledHolders(uint256 seed) private view returns (AccountId[] memory list) {
        uint256 n = FIRST - 1 + SEATS;
        list = new AccountId[](2 * n);
        uint256 count;
        for (uint256 i; i < n; ++i) {
            AccountId id = ids[1 + addmod(seed, i, n)];
            Position[] memory held = _positions(id);
            bool holds;
            for (uint256 j; j < held.length && !holds; ++j) holds = _isSettled(held[j]);
            if (!holds) continue;
            list[count++] = id;
            if (i % 3 == 0) list[count++] = ids[(seed >> 16) % ids.length];
        }
        if (count == 0) vm.assume(false);
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @dev Without those that stand in it for a second time.
    function _once(AccountId[] memory list) private pure returns (AccountId[] memory once) {
        once = new AccountId[](list.length);
        uint256 count;
        for (uint256 i; i < list.length; ++i) {
            bool known;
            for (uint256 j; j < count && !known; ++j) known = once[j] == list[i];
            if (!known) once[count++] = list[i];
        }
        assembly ("memory-safe") {
            mstore(once, count)
        }
    }

    function _with(uint80[] memory list, uint80 more) private pure returns (uint80[] memory longer) {
        longer = new uint80[](list.length + 1);
        for (uint256 i; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = more;
    }
}
