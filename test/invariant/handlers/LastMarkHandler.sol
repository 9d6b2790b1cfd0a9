// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {MARKETS} from "./Campaign.sol";
import {OperatorsHandler} from "./OperatorsHandler.sol";

/// @notice While a price is unusable: reductions at the last good mark, and what their proceeds are tried for.
abstract contract LastMarkHandler is OperatorsHandler {
    /// @notice Two who both reduce, at the last mark. What each gains is locked.
    function reduceAtLastMark(uint256 seed, uint256 partSeed, bool quoted) external {
        uint16 u = _unusableAt(seed);
        (AccountId long, AccountId short, uint64 lots) = _opposite(seed, u, partSeed);
        _reduce(long, short, u, lots, quoted);
    }

    /// @notice At any other price, or so that one of the two does not reduce.
    function misuseLastMark(uint256 seed, uint256 partSeed, uint256 off, bool higher) external {
        uint16 u = _unusableAt(seed);
        string memory reason = "ORAC-1: a trade at an unusable price";
        if (partSeed % 2 == 0) {
            (AccountId a, AccountId b) = _twoAt(seed, partSeed);
            // The one buys, and reduces nothing by it.
            if (_held(a, u) < 0) (a, b) = (b, a);
            if (_held(a, u) < 0) vm.assume(false);
            (SignedOrder[] memory grow, Fill[] memory one) = _crossing(a, b, u, 1, _mark(u));
            bytes memory growth = abi.encodeCall(IClearinghouse.settle, (grow, one));
            return _mustRefuse(keeper, growth, IClearinghouse.Clearinghouse_PriceNotFresh.selector, reason);
        }
        (AccountId long, AccountId short, uint64 lots) = _opposite(seed, u, partSeed);
        uint256 price = _mark(u);
        off = bound(off, 1, price - 1);
        (SignedOrder[] memory orders, Fill[] memory fills) = _reduction(
            long,
            short,
            u,
            lots,
            higher ? price + off : price - off
        );
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        bytes4 refusal = IClearinghouse.Clearinghouse_NotAtLastMark.selector;
        // While the chain stood still for everybody, nobody is traded against at any price.
        (PriceStatus sequencer, ) = oracle.sequencer();
        if (sequencer == PriceStatus.Unusable) refusal = IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        _mustRefuse(keeper, data, refusal, reason);
    }

    /// @notice An account asks for a unit more than is free, and then for all of that.
    function withdrawBesideLock(uint256 seed) external {
        (AccountId id, Watch memory w) = _lockedAt(seed);
        Position[] memory list = _positions(id);
        if (_worst(w, list) != PriceStatus.Fresh) vm.assume(false);
        Assessment memory a = _assessed(w, id);
        // What was lost since is locked no more.
        uint256 lock = _atMost(lockOf[id], _account(id).cash());
        int256 free = a.equityForInitial - int256(lock) - int256(a.initialMargin);
        uint256 most = free > 0 ? uint256(free) / 1e12 : 0;
        bytes4 refusal = IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector;
        bytes memory data = abi.encodeCall(IClearinghouse.withdraw, (id, most + 1, id.owner()));
        _mustRefuse(id.owner(), data, refusal, "RISK-1: locked proceeds were withdrawn");
        if (most == 0) return;
        _frame(id.owner(), abi.encodeCall(IClearinghouse.withdraw, (id, most, id.owner())), "");
        withdrawn += most;
        _expectFlow(w, id, -int256(most));
        _checkFrame(w);
    }

    /// @notice The ways around a lock: to lose the proceeds to an accomplice, to change the mode, to close and reopen.
    function launder(uint256 seed, uint256 otherSeed, uint256 how) external {
        (AccountId id, Watch memory w) = _lockedAt(seed);
        AccountId other = _openAt(otherSeed);
        if (other == id) vm.assume(false);
        bytes memory refusals = bytes.concat(
            _judgements(),
            IClearinghouse.Clearinghouse_AccountFlagged.selector,
            IClearinghouse.Clearinghouse_AccountNotEmpty.selector,
            IClearinghouse.Clearinghouse_ProceedsStillLocked.selector,
            IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector
        );
        if (how % 4 == 0) {
            _frame(id.owner(), abi.encodeCall(IClearinghouse.setMode, (id, Modes.CROSS)), refusals);
        } else if (how % 4 == 1) {
            bytes[] memory calls = new bytes[](2);
            calls[0] = abi.encodeCall(IClearinghouse.closeAccount, (id));
            calls[1] = abi.encodeCall(IClearinghouse.openAccount, (id.index(), Modes.CROSS));
            _frame(id.owner(), abi.encodeCall(IClearinghouse.execute, (calls)), refusals);
        } else {
            _loseTo(id, other, how);
            return;
        }
        _checkFrame(w);
    }

    // ------------------------------------------------------------------ parts

    function _reduce(AccountId long, AccountId short, uint16 u, uint64 lots, bool quoted) private {
        Watch memory w = _watch(long, short);
        (SignedOrder[] memory orders, Fill[] memory fills) = _reduction(long, short, u, lots, _market(w, u).mark);
        if (quoted) orders[1].signature = "";
        _expectFills(w, orders, fills);
        _frame(quoted ? short.owner() : keeper, abi.encodeCall(IClearinghouse.settle, (orders, fills)), _judgements());
        _recordFills(orders, fills);
        _checkFrame(w);
    }

    /// @dev A trade far from mark in a market that has a price.
    function _loseTo(AccountId id, AccountId other, uint256 how) private {
        uint16 u = _marketAt(how >> 8);
        if (_statusOf(u) != PriceStatus.Fresh) vm.assume(false);
        Watch memory w = _watch(id, other);
        uint256 mark = _market(w, u).mark;
        uint64 lots = _lotsFor(w, id, other, u, _leverage(how >> 16, 4e18));
        uint256 worse = bound(how >> 128, 0, 0.3e18);
        (SignedOrder[] memory orders, Fill[] memory fills) = how % 8 < 4
            ? _crossing(id, other, u, lots, (mark * (1e18 + worse)) / 1e18)
            : _crossing(other, id, u, lots, (mark * (1e18 - worse)) / 1e18);
        _settle(keeper, orders, fills, w);
    }

    /// @dev A market without a usable price, in which somebody once settled.
    function _unusableAt(uint256 seed) private view returns (uint16 u) {
        for (uint256 i; i < MARKETS; ++i) {
            u = _marketAt((seed % 1e9) + i);
            if (_statusOf(u) == PriceStatus.Unusable && _mark(u) > 1) return u;
        }
        vm.assume(false);
    }

    /// @notice An account with proceeds that are locked. Where there is none, one is made.
    function _lockedAt(uint256 seed) private returns (AccountId id, Watch memory w) {
        for (uint256 i; i < SEATS; ++i) {
            id = ids[FIRST + addmod(seed, i, SEATS)];
            if (lockOf[id] == 0 || !_isOpen(id)) continue;
            w = _watch(id);
            if (_locked(w, id) != 0) return (id, w);
        }
        id = _lockOne(seed);
        w = _watch(id);
        if (_locked(w, id) == 0) vm.assume(false);
    }

    /// @dev The market moves for the smaller of two positions, the ledger learns its new mark from the other, the feeds
    /// are lost, and the winner closes.
    function _lockOne(uint256 seed) private returns (AccountId winner) {
        uint16 u = _marketAt(seed);
        _mend(seed);
        if (_statusOf(u) != PriceStatus.Fresh) vm.assume(false);
        (AccountId long, AccountId short, uint64 lots) = _opposite(seed, u, 1);
        bool rises = FixedPoint.abs(_held(long, u)) == lots;
        winner = rises ? long : short;
        // What is left of it after this must have its prices.
        if (_holdsOptions(_positions(winner))) vm.assume(false);
        // All it gains is from here on.
        _touchOne(winner);
        _move(u, rises ? int256(0.02e18) : -0.02e18);
        _touchOne(rises ? short : long);
        _lose(u);
        _reduce(long, short, u, lots, false);
    }

    function _touchOne(AccountId id) private {
        AccountId[] memory one = new AccountId[](1);
        one[0] = id;
        _frame(keeper, abi.encodeCall(IClearinghouse.touch, (one)), "");
    }

    function _opposite(
        uint256 seed,
        uint16 u,
        uint256 partSeed
    ) private view returns (AccountId long, AccountId short, uint64 lots) {
        long = _holderAt(seed, u, 1, ids[0]);
        short = _holderAt(uint256(keccak256(abi.encode(seed))), u, -1, long);
        uint256 most = FixedPoint.abs(_held(long, u));
        if (FixedPoint.abs(_held(short, u)) < most) most = FixedPoint.abs(_held(short, u));
        lots = uint64(partSeed % 3 == 0 ? bound(partSeed, 1, most) : most);
    }

    function _reduction(
        AccountId long,
        AccountId short,
        uint16 u,
        uint64 lots,
        uint256 price
    ) private returns (SignedOrder[] memory, Fill[] memory) {
        Order memory sell = _order(long, u, -int64(lots));
        Order memory buy = _order(short, u, int64(lots));
        sell.reduceOnly = buy.reduceOnly = true;
        return _pair(sell, buy, lots, price);
    }
}
