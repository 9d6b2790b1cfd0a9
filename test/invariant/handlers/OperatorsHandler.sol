// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Scopes} from "../../../contracts/types/Grant.sol";
import {PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {vm} from "../../forge/Vm.sol";
import {ExpiryHandler} from "./ExpiryHandler.sol";

/// @notice Owners who let others act for them, those others within what they may and beyond it, and orders of the
/// caller's own.
abstract contract OperatorsHandler is ExpiryHandler {
    /// @dev What an owner said, as it was said.
    struct Word {
        uint8 scopes;
        uint32 epoch;
        uint256 expiry;
    }

    mapping(AccountId id => mapping(address operator => Word)) private words;

    function setOperator(uint256 seed, uint256 operatorSeed, uint8 scopes, uint32 time) external {
        AccountId id = _openAt(seed);
        scopes &= Scopes.ALL;
        // Now and then one that is over already.
        uint40 expiry = uint40(time % 8 == 0 ? block.timestamp - 1 : block.timestamp + (time % 2 days));
        _setOperator(id, operators[operatorSeed % OPERATORS], scopes, expiry);
    }

    /// @notice An operator signs for the account, which takes or makes.
    function operatorTrades(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 mix) external {
        _mend(mix);
        (AccountId a, AccountId b, address operator) = _grantAt(seedA, seedB, Scopes.TRADE | Scopes.REDUCE);
        uint16 u = _marketAt(marketSeed);
        bool reduce = words[a][operator].scopes & Scopes.TRADE == 0;
        _mayHold(a, b, u, mix);
        Watch memory w = _watch(a, b);
        (Order memory order, Order memory against, uint64 lots) = _opposed(w, a, b, u, mix, reduce);
        SignedOrder[] memory orders = new SignedOrder[](2);
        uint256 at = mix & 1;
        orders[at] = SignedOrder(order, _signature(keyOf[operator], _digest(order)));
        orders[1 - at] = _sign(against);
        _settleOne(keeper, orders, lots, u, w);
    }

    /// @notice The account's own order, which nobody signs: its owner, or whom it lets trade, submits it.
    function quote(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 mix) external {
        _mend(mix);
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        address caller = a.owner();
        bool reduce = mix & 2 == 0 && _held(a, _marketAt(marketSeed)) != 0;
        if (mix & 4 == 0) (a, b, caller) = _grantAt(seedA, seedB, reduce ? Scopes.REDUCE : Scopes.TRADE);
        uint16 u = _marketAt(marketSeed);
        _mayHold(a, b, u, mix);
        Watch memory w = _watch(a, b);
        (Order memory order, Order memory against, uint64 lots) = _opposed(w, a, b, u, mix, reduce);
        // Any nonce will do, be it spent: none is used.
        order.nonce = uint64(mix >> 32) % 512;
        SignedOrder[] memory orders = new SignedOrder[](2);
        uint256 at = mix & 1;
        orders[at] = SignedOrder(order, "");
        orders[1 - at] = _sign(against);
        _settleOne(caller, orders, lots, u, w);
    }

    /// @notice An operator without the scope, of an old epoch, or after its time, by signature or by calling itself.
    function operatorBeyond(uint256 seedA, uint256 seedB, uint256 operatorSeed, uint256 mix) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        address operator = operators[operatorSeed % OPERATORS];
        uint16 u = _marketAt(mix);
        uint8 kind = uint8(mix >> 8) % 5;
        uint8 lacking =
            kind <= 1
                ? Scopes.TRADE
                : kind == 2
                    ? Scopes.TRADE | Scopes.REDUCE
                    : Scopes.CANCEL;
        if (kind == 4) lacking = Scopes.WITHDRAW;
        _deprive(a, operator, lacking, mix >> 16);
        bytes4 notPermitted = IClearinghouse.Clearinghouse_NotPermitted.selector;
        string memory reason = "AUTH-1: an operator did more than its owner allowed";
        if (kind == 3) {
            bytes memory cancel = abi.encodeCall(IClearinghouse.cancelNonces, (a, 1, 1));
            return _mustRefuse(operator, cancel, notPermitted, reason);
        }
        if (kind == 4) {
            bytes memory take = abi.encodeCall(IClearinghouse.withdraw, (a, 1, a.owner()));
            return _mustRefuse(operator, take, notPermitted, reason);
        }
        SignedOrder[] memory orders = new SignedOrder[](2);
        Order memory order = _order(a, u, 1);
        order.reduceOnly = kind == 2;
        orders[0] = SignedOrder(order, kind == 0 ? bytes("") : _signature(keyOf[operator], _digest(order)));
        orders[1] = _sign(_order(b, u, -1));
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, 1, 1);
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        bytes4 refusal = kind == 0 ? notPermitted : IClearinghouse.Order_BadSignature.selector;
        _mustRefuse(operator, data, refusal, reason);
    }

    /// @notice Who may only reduce does so near mark price, and cannot give the account away.
    function operatorBeyondBand(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 off) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        int256 held = _held(a, u);
        if (held == 0) vm.assume(false);
        address operator = operators[off % OPERATORS];
        _setOperator(a, operator, Scopes.REDUCE | Scopes.CANCEL, type(uint40).max);
        Order memory order = _order(a, u, held > 0 ? int64(-1) : int64(1));
        order.reduceOnly = true;
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = SignedOrder(order, off % 2 == 0 ? bytes("") : _signature(keyOf[operator], _digest(order)));
        orders[1] = _sign(_order(b, u, -order.size));
        Fill[] memory fills = new Fill[](1);
        uint256 mark = _mark(u);
        off = bound(off, mark / 100 + 1, mark);
        fills[0] = Fill(0, 1, 1, uint128(held > 0 ? mark - off : mark + off));
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        bytes4 refusal =
            _statusOf(u) == PriceStatus.Fresh
                ? IClearinghouse.Order_BeyondBand.selector
                : IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        _mustRefuse(operator, data, refusal, "AUTH-1: who may only reduce gave the account away");
    }

    /// @notice To the owner's own address, and nowhere else.
    function operatorWithdraws(uint256 seed, uint256 amount) external {
        _mend(amount);
        (AccountId a, , address operator) = _grantAt(seed, seed, Scopes.WITHDRAW);
        int256 cash = _account(a).cash();
        if (cash < 4e12) vm.assume(false);
        amount = bound(amount, 1, uint256(cash) / 4e12);
        bytes4 notOwner = IClearinghouse.Clearinghouse_NotOwner.selector;
        bytes memory away = abi.encodeCall(IClearinghouse.withdraw, (a, amount, operator));
        _mustRefuse(operator, away, notOwner, "AUTH-1: an operator took funds for itself");
        _withdraw(_watch(a), operator, amount, a.owner());
    }

    /// @notice Some nonces of a group or all of them, used or not, by the owner or by whom it lets cancel.
    function cancelNonces(uint256 seed, uint256 groupSeed, uint128 mask, bool whole) external {
        AccountId id = _openAt(seed);
        address caller = id.owner();
        if (seed % 3 == 0) (id, , caller) = _grantAt(seed, seed, Scopes.CANCEL);
        uint64 group = uint64(FIRST_NONCE + given[id] + (groupSeed % 64)) >> 7;
        if (pool.length != 0 && groupSeed % 4 == 0) {
            Order memory order = pool[groupSeed % pool.length].order;
            (id, caller, group) = (order.account, order.account.owner(), order.nonce >> 7);
            mask = uint128(1) << (order.nonce & 127);
            whole = false;
        }
        // A whole group cancelled is 128 nonces less: not all the time.
        if (whole && groupSeed % 8 == 1) mask = type(uint128).max;
        _frame(caller, abi.encodeCall(IClearinghouse.cancelNonces, (id, group, mask)), "");
        cancellations[id].push(Cancellation(group << 7, mask));
        for (uint64 i; i < 128; i += 1 + (mask == type(uint128).max ? 0 : 9)) _checkNonce(id, (group << 7) + i);
        _checkNonce(id, (group << 7) + 128);
    }

    // ------------------------------------------------------------------ parts

    function _setOperator(AccountId id, address operator, uint8 scopes, uint40 expiry) private {
        Watch memory w = _watch(id);
        _frame(id.owner(), abi.encodeCall(IClearinghouse.setOperator, (id, operator, scopes, expiry)), "");
        _checkFrame(w);
        words[id][operator] = Word(scopes, _account(id).epoch(), expiry);
        (uint8 told, uint40 until) = house.operatorOf(id, operator);
        bool counts = scopes != 0 && block.timestamp <= expiry;
        assertEq(told, counts ? scopes : 0, "AUTH-1: the ledger tells other scopes");
        assertEq(until, counts ? expiry : 0, "AUTH-1: the ledger tells another expiry");
    }

    function _mayDo(AccountId id, address operator, uint8 scopes) private view returns (bool) {
        Word memory word = words[id][operator];
        return word.scopes & scopes != 0 && word.epoch == _account(id).epoch() && block.timestamp <= word.expiry;
    }

    /// @dev An account whose operator has any of `scopes`; it is given one of them where none has.
    function _grantAt(
        uint256 seedA,
        uint256 seedB,
        uint8 scopes
    ) private returns (AccountId a, AccountId b, address operator) {
        (a, b) = _twoAt(seedA, seedB);
        for (uint256 i; i < OPERATORS; ++i) {
            operator = operators[addmod(seedA, i, OPERATORS)];
            if (_mayDo(a, operator, scopes)) return (a, b, operator);
        }
        _setOperator(a, operator, scopes, uint40(block.timestamp + 1 days));
    }

    /// @dev Whatever the operator may do, it may not do this: by scope, by time, or because the epoch is another.
    function _deprive(AccountId id, address operator, uint8 lacking, uint256 dice) private {
        if (!_mayDo(id, operator, lacking)) return;
        if (dice % 3 == 0) {
            vm.prank(id.owner());
            house.raiseEpoch(id);
        } else if (dice % 3 == 1) {
            _setOperator(id, operator, Scopes.ALL, uint40(block.timestamp - 1));
        } else {
            _setOperator(id, operator, Scopes.ALL & ~lacking, type(uint40).max);
        }
        assertFalse(_mayDo(id, operator, lacking), "AUTH-1: still allowed");
    }

    /// @dev Two orders that match: a reduction of what `a` holds where it must be one, else of any size.
    function _opposed(
        Watch memory w,
        AccountId a,
        AccountId b,
        uint16 u,
        uint256 mix,
        bool reduce
    ) private returns (Order memory order, Order memory against, uint64 lots) {
        int256 held = _held(a, u);
        if (reduce && held == 0) vm.assume(false);
        bool buys = reduce ? held < 0 : mix & 8 == 0;
        uint256 size = uint256(held < 0 ? -held : held);
        lots = reduce ? uint64(bound(mix >> 96, 1, size)) : _lotsFor(w, a, b, u, _leverage(mix >> 96, 3e18));
        order = _order(a, u, buys ? int64(lots) : -int64(lots));
        order.reduceOnly = reduce;
        against = _order(b, u, buys ? -int64(lots) : int64(lots));
    }
}
