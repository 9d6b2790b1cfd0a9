// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBackstopVault} from "../../../contracts/interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {ILiquidationAuction} from "../../../contracts/interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {AccountId, AccountIdLibrary} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {WitnessHandler} from "./WitnessHandler.sol";
import {Finding} from "./Valuing.sol";

/// @notice The vault taking over accounts nobody bid for, and selling what it took.
abstract contract TakeoverHandler is WitnessHandler {
    uint256 private constant LEAST_TAKEOVER = 200e18;

    uint96 private lastIndex;

    /// @notice An account is left to its auction until the discount is whole, and then the vault takes it over.
    function takeOver(uint256 seed, uint256 rewardSeed) external {
        _takeOver(seed, rewardSeed);
    }

    function _takeOver(uint256 seed, uint256 rewardSeed) private {
        // The vault takes over no options, which only some of them should find out.
        (AccountId id, Watch memory w) = _belowAt(seed, rewardSeed % 8 != 0);
        _flagFirst(w, id);
        _letRun(id);
        AccountId reward = _openAt(rewardSeed);
        AccountId into = AccountIdLibrary.make(address(vault), lastIndex + 1);
        w = _watch(id);
        Finding memory f = _find(w, id);
        bytes memory data = abi.encodeCall(IClearinghouse.takeOver, (id, reward));
        bytes4 refusal = _whyNot(id, f);
        if (refusal != 0) return _mustRefuseNow(keeper, data, refusal, "SOLV-2: the vault took over what it may not");
        _enterTakeover(into);
        AccountId[] memory touched = new AccountId[](3);
        (touched[0], touched[1], touched[2]) = (id, into, reward);
        _look(w, touched);
        bytes memory refusals = bytes.concat(
            IBackstopVault.BackstopVault_TakeoverBeyondCap.selector,
            IBackstopVault.BackstopVault_TooManyTakeovers.selector
        );
        _frame(keeper, data, refusals);
        ++lastIndex;
        _checkTakeover(w, f, id, into, reward);
    }

    /// @notice What the vault took over is bought at its offer, dearer, or cheaper than it stands by.
    function buyOffer(uint256 seed, uint256 buyerSeed, uint256 partSeed, uint256 off) external {
        (AccountId taken, uint16 u, uint40 begunAt) = _offeredAt(seed);
        AccountId buyer = _openAt(buyerSeed);
        (Order memory order, bool stands) = _orderOf(taken, u, begunAt, partSeed, off);
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = SignedOrder(order, abi.encode(order));
        Watch memory w = _watch(taken, buyer);
        Order memory against = _order(buyer, u, -order.size);
        orders[1] = off % 4 == 0 ? SignedOrder(against, "") : _sign(against);
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, uint64(FixedPoint.abs(order.size)), order.limitPrice);
        if (!stands || _market(w, u).status != PriceStatus.Fresh) {
            bytes4 refusal = IClearinghouse.Order_BadSignature.selector;
            bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
            return _mustRefuseNow(buyer.owner(), data, refusal, "AUTH-1: the vault sold below its offer");
        }
        _settle(buyer.owner(), orders, fills, w);
    }

    /// @notice An order of the vault's that it does not stand by: not reducing, of no takeover, or of its own account.
    function misuseOffer(uint256 seed, uint256 buyerSeed, uint8 how) external {
        AccountId taken = how % 3 == 0 ? ids[0] : AccountIdLibrary.make(address(vault), uint96(seed % 16));
        AccountId buyer = _openAt(buyerSeed);
        uint16 u = _marketAt(seed);
        Order memory order = _order(taken, u, how % 2 == 0 ? int64(1) : -1);
        order.limitPrice = uint128(_mark(u));
        order.reduceOnly = how % 3 == 2 && _held(taken, u) == 0 && taken == ids[0];
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = SignedOrder(order, abi.encode(order));
        orders[1] = _sign(_order(buyer, u, -order.size));
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, 1, order.limitPrice);
        bytes4 refusal =
            _isOpen(taken)
                ? IClearinghouse.Order_BadSignature.selector
                : IClearinghouse.Clearinghouse_AccountNotOpen.selector;
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        _mustRefuse(buyer.owner(), data, refusal, "AUTH-1: the vault traded what it does not offer");
    }

    /// @notice Brings home the cash of a takeover that is sold out. Where none is, the keeper buys one out first.
    function endTakeover(uint256 seed) external {
        _takeOneOver(seed);
        (uint96[] memory indices, uint40[] memory begunAt) = vault.takeovers();
        uint96 index = indices[seed % indices.length];
        AccountId taken = AccountIdLibrary.make(address(vault), index);
        if (_account(taken).positions() != 0 && seed % 3 != 0) _buyOut(taken, begunAt[seed % indices.length]);
        Watch memory w = _watch(taken);
        Account a = w.seen[0].before;
        int256 whole = a.cash() + int256(uint256(a.keeperDeposit())) * 1e12;
        bytes memory data = abi.encodeCall(vault.endTakeover, (index));
        (bool ok, bytes memory result) = _call(keeper, address(vault), data);
        if (a.positions() != 0 || a.cash() < 0 || _locked(w, taken) != 0) {
            assertFalse(ok, "SOLV-2: a takeover ended before it was sold");
            vm.assume(false);
        }
        if (!ok) _bubble(result);
        _checkBystanders(w);
        _checkLock(w, taken, _account(taken), 0);
        assertFalse(_isOpen(taken), "SOLV-2: the takeover's account is closed");
        int256 gained = _account(ids[0]).cash() - w.vault.cash();
        assertEq(gained, whole, "LEDGER-3: what a takeover was worth came home");
        // It leaves the ledger for a moment on its way.
        uint256 moved = uint256(whole) / 1e12;
        deposited += moved;
        withdrawn += moved;
    }

    // ------------------------------------------------------------------ parts

    /// @dev Ten minutes at a time, poked at each, at the prices there are.
    function _letRun(AccountId id) private {
        for (uint256 i; i < 6 && auction.discount(id) < WAD; ++i) {
            vm.warp(vm.getBlockTimestamp() + 10 minutes);
            vm.roll(vm.getBlockNumber() + 50);
            vm.prank(keeper);
            (bool ok, ) = address(house).call(abi.encodeCall(IClearinghouse.poke, (id)));
            if (!ok || !_account(id).flagged()) vm.assume(false);
        }
    }

    /// @dev The first reason, in the ledger's order; zero if none.
    function _whyNot(AccountId id, Finding memory f) private view returns (bytes4) {
        if (!_account(id).flagged()) return IClearinghouse.Liquidation_NotFlagged.selector;
        if (!f.below && f.known) return IClearinghouse.Liquidation_Healthy.selector;
        if (!f.known) return IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        if (f.rest.equity < 0) return IClearinghouse.Liquidation_Bankrupt.selector;
        if (f.rest.maintenanceMargin < LEAST_TAKEOVER) return IClearinghouse.Liquidation_TooSmall.selector;
        if (!auction.running(id)) return ILiquidationAuction.LiquidationAuction_NotRunning.selector;
        if (auction.discount(id) < WAD) return ILiquidationAuction.LiquidationAuction_DiscountNotWhole.selector;
        if (id.owner() == address(vault)) return IClearinghouse.Liquidation_VaultsOwn.selector;
        if (_holdsOptions(_positions(id))) return IBackstopVault.BackstopVault_HoldsOptions.selector;
        return 0;
    }

    function _enterTakeover(AccountId into) private {
        if (AccountId.unwrap(ids[ids.length - 1]) == AccountId.unwrap(into)) return;
        _enter(into);
    }

    function _checkTakeover(
        Watch memory w,
        Finding memory was,
        AccountId id,
        AccountId into,
        AccountId reward
    ) private {
        _checkWrites(w);
        Account a = _account(id);
        assertEq(a.positions(), 0, "SOLV-2: a takeover is of the whole");
        assertFalse(a.flagged(), "RISK-2: an account without positions is in auction");
        Assessment memory v = _assessed(w, into);
        if (lockOf[id] != 0) {
            uint256 lock = _atMost(_leastLocked(_of(w, id)), was.money);
            _lock(into, lock, lock == 0 ? 0 : waitsFor[id]);
            lockOf[id] = 0;
            _checkLock(w, into, _account(into), lock);
        }
        _checkLock(w, id, a, 0);
        int256 free = v.equityForInitial - int256(_locked(w, into));
        assertGe(free, int256(v.initialMargin), "RISK-1: the vault took over what it cannot carry");
        uint256 margin = uint256(int256(w.vault.cash()) - _account(ids[0]).cash());
        _notePaid(w, margin);
        int256 rewarded = reward == id ? int256(0) : _assessed(w, reward).equity - _was(w, _of(w, reward)).equity;
        assertGe(was.rest.equity, rewarded, "SOLV-2: more was paid for a takeover than there was");
        assertLe(rewarded, 10e18, "SOLV-2: the reward of a takeover");
        // Everything is somewhere: the deposit of the old account came back, that of the new one is locked.
        int256 before = _was(w, _of(w, id)).equity + int256(uint256(_of(w, id).before.keeperDeposit())) * 1e12;
        int256 after_ = int256(a.cash()) + v.equity + int256(KEEPER_DEPOSIT) * 1e12 + rewarded;
        assertEq(after_, before + int256(margin), "LEDGER-3: a takeover created or destroyed value");
    }

    /// @dev Where nothing is taken over, something is now, and the feeds report again.
    function _takeOneOver(uint256 seed) private {
        (uint96[] memory indices, ) = vault.takeovers();
        if (indices.length != 0) return;
        _takeOver(seed, seed);
        _elapse(1);
    }

    function _offeredAt(uint256 seed) private returns (AccountId taken, uint16 u, uint40 begunAt) {
        _takeOneOver(seed);
        (uint96[] memory indices, uint40[] memory times) = vault.takeovers();
        for (uint256 i; i < indices.length; ++i) {
            uint256 at = addmod(seed, i, indices.length);
            taken = AccountIdLibrary.make(address(vault), indices[at]);
            Position[] memory list = _positions(taken);
            if (list.length != 0) return (taken, list[seed % list.length].underlying(), times[at]);
        }
        vm.assume(false);
    }

    /// @notice The vault's order for some of what it took over, and whether it stands by it.
    function _orderOf(
        AccountId taken,
        uint16 u,
        uint40 begunAt,
        uint256 partSeed,
        uint256 off
    ) private returns (Order memory order, bool stands) {
        int256 held = _held(taken, u);
        uint256 size = FixedPoint.abs(held);
        uint64 lots = uint64(partSeed % 2 == 0 ? size : bound(partSeed, 1, size));
        uint256 offer = vault.offerPrice(u, begunAt, held > 0);
        uint256 distance = off % 2 == 0 ? 0 : bound(off, 1, offer / 100);
        bool better = off % 16 != 1;
        order = _order(taken, u, held > 0 ? -int64(lots) : int64(lots));
        order.reduceOnly = true;
        // The vault sells dearer and buys cheaper than it must, or the other way round.
        order.limitPrice = uint128((held > 0) == better ? offer + distance : offer - distance);
        stands = better || distance == 0;
    }

    /// @dev The keeper buys every position at the vault's offer.
    function _buyOut(AccountId taken, uint40 begunAt) private {
        Position[] memory list = _positions(taken);
        for (uint256 i; i < list.length; ++i) {
            uint16 u = list[i].underlying();
            int64 lots = list[i].lots();
            Watch memory w = _watch(taken, ids[1]);
            if (_market(w, u).status != PriceStatus.Fresh) return;
            Order memory order = _order(taken, u, -lots);
            order.reduceOnly = true;
            order.limitPrice = uint128(vault.offerPrice(u, begunAt, lots > 0));
            SignedOrder[] memory orders = new SignedOrder[](2);
            orders[0] = SignedOrder(order, abi.encode(order));
            orders[1] = _sign(_order(ids[1], u, lots));
            Fill[] memory fills = new Fill[](1);
            fills[0] = Fill(0, 1, uint64(lots > 0 ? lots : -lots), order.limitPrice);
            _settle(keeper, orders, fills, w);
        }
    }
}
