// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {AccountsHandler} from "./AccountsHandler.sol";

/// @notice Matchers settling orders: alone, in batches, for a second time, forged, and at sick prices.
abstract contract TradingHandler is AccountsHandler {
    uint256 private constant MAX_FILLS = 5;
    uint256 private constant MAX_POOL = 24;

    /// @dev Fills among three accounts, in the making.
    struct Batch {
        Watch watch;
        AccountId[] trio;
        SignedOrder[] orders;
        Fill[] fills;
    }

    SignedOrder[] internal pool;

    /// @notice One fill between two traders, at up to twelve times the poorer one's equity.
    function settle(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 leverage, int256 skew) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        _mayHold(a, b, u, leverage);
        _mend(leverage);
        Watch memory w = _watch(a, b);
        uint64 lots = _lotsFor(w, a, b, u, _leverage(leverage, 12e18));
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(a, b, u, lots, _priceNear(w, u, skew));
        _settle(keeper, orders, fills, w);
    }

    /// @notice Both sides hold opposite positions and reduce them at mark. While there is a price nothing can refuse it
    /// that does not leave a hedge half undone; where there is none, LastMarkHandler does.
    function settleReduction(uint256 seed, uint256 marketSeed, uint256 partSeed) external {
        uint16 u = _marketAt(marketSeed);
        AccountId long = _holderAt(seed, u, 1, ids[0]);
        AccountId short = _holderAt(uint256(keccak256(abi.encode(seed))), u, -1, long);
        if (_statusOf(u) == PriceStatus.Unusable) vm.assume(false);
        uint256 most = FixedPoint.abs(_held(long, u));
        if (FixedPoint.abs(_held(short, u)) < most) most = FixedPoint.abs(_held(short, u));
        // Every other time one of the two is closed.
        uint64 lots = uint64(partSeed % 2 == 0 ? most : bound(partSeed, 1, most));
        Watch memory w = _watch(long, short);
        Order memory sell = _order(long, u, -int64(lots));
        Order memory buy = _order(short, u, int64(lots));
        sell.reduceOnly = buy.reduceOnly = true;
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(sell, buy, lots, _market(w, u).mark);
        _expectFills(w, orders, fills);
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        (bool ok, bytes memory result) = _call(keeper, address(house), data);
        if (!ok && (_owesItsFee(w) || _hedges(w))) _refused(result, _judgements());
        assertTrue(ok, "ORAC-1: a reduction at mark was refused");
        _recordFills(orders, fills);
        _checkFrame(w);
    }

    /// @notice An account below initial margin reduces, closes or turns a position, mostly somewhat worse than mark:
    /// only reducing may cost it anything, and that within the price band.
    function settleDistressed(uint256 seed, uint256 partSeed, uint256 skew, bool kindly) external {
        _mend(seed);
        Watch memory w;
        (AccountId a, ) = _thinnestAt(w, seed, true);
        // The vault signs nothing.
        if (_account(a).positions() == 0 || a.owner() == address(vault)) vm.assume(false);
        Position p = _positions(a)[0];
        if (p.isOption()) vm.assume(false);
        _strain(a, p);
        w = _watch(a, ids[1]);
        uint16 u = p.underlying();
        int256 held = p.lots();
        uint256 most = FixedPoint.abs(held) * (partSeed % 3 == 0 ? 2 : 1);
        uint64 lots = uint64(bound(partSeed, 1 + most / 8, most));
        int256 worse = int256(bound(skew, 0, skew % 4 == 0 ? 0.05e18 : 0.011e18));
        int256 price = (int256(_market(w, u).mark) * (1e18 + ((held > 0) == kindly ? worse : -worse))) / 1e18;
        (SignedOrder[] memory orders, Fill[] memory fills) = held > 0
            ? _crossing(ids[1], a, u, lots, uint256(price))
            : _crossing(a, ids[1], u, lots, uint256(price));
        _settle(keeper, orders, fills, w);
    }

    /// @notice Up to five fills among three accounts, either way, so that a frame may open, turn and close again.
    function settleBatch(uint256 seed, uint256 marketSeed, uint256 howMany, uint256 leverage, int256 skew) external {
        Batch memory batch;
        batch.trio = _threeAt(seed);
        _mayHold(batch.trio, _marketAt(marketSeed), seed);
        _mend(seed);
        batch.watch = _watch(batch.trio);
        uint256 n = 1 + (howMany % MAX_FILLS);
        (batch.orders, batch.fills) = (new SignedOrder[](2 * n), new Fill[](n));
        for (uint256 i; i < n; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            uint16 u = _marketAt(dice & 1 == 0 ? marketSeed : dice >> 8);
            uint256 price = _priceNear(batch.watch, u, i == 0 ? skew : int256(dice >> 32));
            _addFill(batch, i, dice, u, leverage, price);
        }
        _settle(keeper, batch.orders, batch.fills, batch.watch);
    }

    /// @notice One maker's order, filled in parts by several takers and remembered for later.
    function settleMaker(uint256 seed, uint256 marketSeed, uint256 leverage, uint256 howMany, bool sells) external {
        AccountId[] memory trio = _threeAt(seed);
        uint16 u = _marketAt(marketSeed);
        _mayHold(trio, u, seed);
        _mend(seed);
        Watch memory w = _watch(trio);
        uint64 lots = _lotsFor(w, trio[0], trio[1], u, _leverage(leverage, 3e18));
        uint256 n = 1 + (howMany % 3);
        SignedOrder[] memory orders = new SignedOrder[](n + 1);
        Fill[] memory fills = new Fill[](n);
        int64 sign = sells ? int64(-1) : int64(1);
        Order memory resting = _order(trio[0], u, sign * int64(lots * uint64(n + 1)));
        resting.limitPrice = uint128(_market(w, u).mark);
        orders[0] = _sign(resting);
        for (uint256 i; i < n; ++i) {
            orders[i + 1] = _sign(_order(trio[1 + (i & 1)], u, -sign * int64(lots)));
            fills[i] = Fill(0, uint32(i + 1), lots, resting.limitPrice);
        }
        _settle(keeper, orders, fills, w);
        if (pool.length < MAX_POOL) pool.push(orders[0]);
        else pool[howMany % MAX_POOL] = orders[0];
    }

    /// @notice An order signed before, by now perhaps filled, cancelled, expired or of an old epoch.
    function settleAgain(uint256 poolSeed, uint256 seed, uint256 lotsSeed) external {
        if (pool.length == 0) vm.assume(false);
        SignedOrder memory resting = pool[poolSeed % pool.length];
        uint256 size = FixedPoint.abs(resting.order.size);
        uint64 lots = uint64(bound(lotsSeed, 1, size / 4 + 1));
        AccountId other = _openAt(seed);
        if (other == resting.order.account) vm.assume(false);
        Watch memory w = _watch(resting.order.account, other);
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = resting;
        int64 side = resting.order.size > 0 ? int64(-1) : int64(1);
        orders[1] = _sign(_order(other, resting.order.instrument.underlying(), side * int64(lots)));
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, lots, resting.order.limitPrice);
        bytes4 refusal = _whyDead(resting.order, lots);
        if (refusal != 0) {
            bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
            return _mustRefuse(keeper, data, refusal, "AUTH-2: a dead order was filled");
        }
        _settle(keeper, orders, fills, w);
    }

    /// @notice Somebody else's signature, terms changed after signing, or terms that are not met.
    function settleForged(uint256 seedA, uint256 seedB, uint256 marketSeed, uint8 what) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        Order memory sell = _order(a, u, -1);
        Order memory buy = _order(b, u, 1);
        uint128 price = 1_000e18;
        string memory reason = "AUTH-1: an account traded without its owner's signature";
        bytes4 refusal = IClearinghouse.Order_BadSignature.selector;
        if (what % 8 >= 4) reason = "AUTH-2: an account traded on other terms than it signed";
        if (what % 8 == 4) (sell.limitPrice, refusal) = (price + 1, IClearinghouse.Order_BeyondLimit.selector);
        else if (what % 8 == 5) (buy.limitPrice, refusal) = (price - 1, IClearinghouse.Order_BeyondLimit.selector);
        else if (what % 8 == 6) {
            (, , uint40 updatedAt, ) = oracle.read(u);
            buy.priceNotBefore = updatedAt + 1;
            (refusal, reason) = (IClearinghouse.Order_PriceTooOld.selector, "ORAC-2: filled at an older price");
        } else if (what % 8 == 7) {
            buy.reduceOnly = true;
            if (_held(b, u) < 0) vm.assume(false);
            refusal = IClearinghouse.Order_NotReducing.selector;
        }
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(sell, buy, 1, price);
        if (what % 8 == 0) orders[0].signature = _signature(keyOf[keeper], _digest(orders[0].order));
        else if (what % 8 == 1) orders[0].order.size *= 2;
        else if (what % 8 == 2) orders[1].order.limitPrice -= 1;
        else if (what % 8 == 3) orders[1].order.nonce += 1;
        _mustRefuse(keeper, abi.encodeCall(IClearinghouse.settle, (orders, fills)), refusal, reason);
    }

    /// @notice Several calls of one trader in one frame, the trade among them.
    function execute(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 leverage, uint256 mix) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        _mayHold(a, b, u, leverage);
        _mend(leverage);
        Watch memory w = _watch(a, b);
        uint64 lots = _lotsFor(w, a, b, u, _leverage(leverage, 8e18));
        uint256 price = _priceNear(w, u, int256(mix >> 96));
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(a, b, u, lots, price);
        _executeMixed(w, a, b, orders, fills, mix);
    }

    // ------------------------------------------------------------------ parts

    /// @dev Between two of the three, as `dice` says.
    function _addFill(Batch memory batch, uint256 at, uint256 dice, uint16 u, uint256 leverage, uint256 price) private {
        AccountId buyer = batch.trio[dice % 3];
        AccountId seller = batch.trio[(dice + 1 + ((dice >> 16) & 1)) % 3];
        uint64 lots = _lotsFor(batch.watch, buyer, seller, u, _leverage(leverage, 4e18));
        batch.orders[2 * at] = _sign(_order(seller, u, -int64(lots)));
        batch.orders[2 * at + 1] = _sign(_order(buyer, u, int64(lots)));
        batch.fills[at] = Fill(uint32(2 * at), uint32(2 * at + 1), lots, uint128(price));
    }

    function _executeMixed(
        Watch memory w,
        AccountId a,
        AccountId b,
        SignedOrder[] memory orders,
        Fill[] memory fills,
        uint256 mix
    ) private {
        uint256 paid = mix % 20_000e6;
        uint256 taken = (mix >> 64) % 8 == 0 ? 1 + ((mix >> 72) % 1_000e6) : 0;
        // The caller's own needs no signature.
        if (mix % 2 == 0) orders[1].signature = "";
        bytes[] memory calls = _mixed(a, b, orders, fills, paid, taken);
        if (paid != 0) token.mint(a.owner(), paid);
        _expectFills(w, orders, fills);
        _expectFlow(w, a, int256(paid) - int256(taken));
        bytes memory refusals = bytes.concat(_judgements(), IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector);
        _frame(a.owner(), abi.encodeCall(IClearinghouse.execute, (calls)), refusals);
        deposited += paid;
        withdrawn += taken;
        _recordFills(orders, fills);
        _checkFrame(w);
        bool fresh = _worst(w, _positions(a)) == PriceStatus.Fresh;
        if (taken != 0) assertTrue(fresh, "ORAC-1: a withdrawal at a stale price");
    }

    function _settle(address caller, SignedOrder[] memory orders, Fill[] memory fills, Watch memory w) internal {
        _expectFills(w, orders, fills);
        _frame(caller, abi.encodeCall(IClearinghouse.settle, (orders, fills)), _judgements());
        _recordFills(orders, fills);
        _checkFrame(w);
    }

    /// @dev One fill of two orders at mark.
    function _settleOne(address caller, SignedOrder[] memory orders, uint64 lots, uint16 u, Watch memory w) internal {
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, lots, uint128(_market(w, u).mark));
        _settle(caller, orders, fills, w);
    }

    function _mixed(
        AccountId a,
        AccountId b,
        SignedOrder[] memory orders,
        Fill[] memory fills,
        uint256 paid,
        uint256 taken
    ) private pure returns (bytes[] memory calls) {
        calls = new bytes[](2 + (paid == 0 ? 0 : 1) + (taken == 0 ? 0 : 1));
        uint256 n;
        // What is taken out first is only there because the rest of the frame brings it.
        if (taken != 0) calls[n++] = abi.encodeCall(IClearinghouse.withdraw, (a, taken, a.owner()));
        AccountId[] memory both = new AccountId[](2);
        (both[0], both[1]) = (b, a);
        calls[n++] = abi.encodeCall(IClearinghouse.touch, (both));
        calls[n++] = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        if (paid != 0) calls[n++] = abi.encodeCall(IClearinghouse.deposit, (a, paid));
    }

    /// @dev Only a fee that somebody else would have to pay is a reason to refuse a reduction.
    function _owesItsFee(Watch memory w) private view returns (bool owes) {
        for (uint256 i; i < w.seen.length; ++i) {
            Seen memory s = w.seen[i];
            if (s.fills != 0 && _was(w, s).equity < int256(s.fees) + 1) owes = true;
        }
    }

    /// @dev Of positions that offset each other the margin may rise as one is reduced.
    function _hedges(Watch memory w) private pure returns (bool hedges) {
        for (uint256 i; i < w.seen.length; ++i) {
            Seen memory s = w.seen[i];
            if (s.before.mode() == Modes.PORTFOLIO || _holdsOptions(s.held)) hedges = true;
        }
    }

    /// @dev The first reason, in the ledger's order, why the order admits no fill of so many lots; zero if none.
    function _whyDead(Order memory order, uint256 lots) private view returns (bytes4) {
        if (!_isOpen(order.account)) return IClearinghouse.Clearinghouse_AccountNotOpen.selector;
        if (block.timestamp > order.expiry) return IClearinghouse.Order_Expired.selector;
        if (_account(order.account).epoch() != order.epoch) return IClearinghouse.Order_WrongEpoch.selector;
        uint256 left = FixedPoint.abs(order.size) - filledOf[_digest(order)];
        if (_isSpent(order.account, order.nonce)) return IClearinghouse.Order_NonceSpent.selector;
        if (lots > left) return IClearinghouse.Order_Overfilled.selector;
        // What is to be done without a price is another handler's.
        if (_statusOf(order.instrument.underlying()) == PriceStatus.Unusable) vm.assume(false);
        return 0;
    }

    function _threeAt(uint256 seed) private view returns (AccountId[] memory trio) {
        trio = new AccountId[](3);
        (trio[0], trio[1]) = _twoAt(seed % 1e9, seed >> 32);
        for (uint256 i; i == 0 || trio[2] == trio[0] || trio[2] == trio[1]; ++i) {
            trio[2] = _openAt(((seed >> 64) % 1e9) + i);
        }
    }

    function _mayHold(AccountId a, AccountId b, uint16 u, uint256 seed) internal view {
        AccountId[] memory both = new AccountId[](2);
        (both[0], both[1]) = (a, b);
        _mayHold(both, u, seed);
    }

    /// @dev An isolated account holds one instrument. That it is refused a second is tried one time in eight.
    function _mayHold(AccountId[] memory who, uint16 u, uint256 seed) private view {
        if (uint256(keccak256(abi.encode(seed))) % 8 == 1) return;
        for (uint256 i; i < who.length; ++i) if (_isFull(who[i], u)) vm.assume(false);
    }

    function _isFull(AccountId id, uint16 u) private view returns (bool) {
        Account a = _account(id);
        return a.mode() == Modes.ISOLATED && a.positions() != 0 && _held(id, u) == 0;
    }

    /// @notice Mostly what most accounts can carry, and else up to `most`. Wad.
    function _leverage(uint256 seed, uint256 most) internal pure returns (uint256) {
        return bound(seed / 4, 0.01e18, seed % 4 == 0 ? most : 0.8e18);
    }

    /// @dev What `leverage` (Wad) times the poorer side's means, but for options, buys, at least one lot.
    function _lotsFor(
        Watch memory w,
        AccountId a,
        AccountId b,
        uint16 u,
        uint256 leverage
    ) internal view returns (uint64) {
        int256 means = _of(w, a).money;
        if (_of(w, b).money < means) means = _of(w, b).money;
        uint256 mark = _market(w, u).mark;
        // A market without a price, in which nothing was ever settled, has no mark either.
        if (means <= 0 || mark == 0) return 1;
        uint256 lots = (uint256(means) * leverage * 1e8) / (mark * 1e18);
        return lots == 0 ? 1 : uint64(lots);
    }

    /// @dev Mostly within 1 % of mark, sometimes up to 20 % away.
    function _priceNear(Watch memory w, uint16 u, int256 skew) internal view returns (uint256) {
        int256 range = skew % 8 == 0 ? int256(0.2e18) : int256(0.01e18);
        return uint256((int256(_market(w, u).mark) * (1e18 + bound(skew / 8, -range, range))) / 1e18);
    }

    /// @notice Makes sure that the account has less than initial margin: its owner withdraws what is free, and the
    /// market of one of its positions moves against it.
    function _strain(AccountId id, Position p) internal {
        Watch memory w;
        if (_isStrained(w, id)) return;
        _withdrawFree(w, id);
        for (uint256 i; i < 2; ++i) {
            _strike(w, p, 0.04e18);
            if (_isStrained(w, id)) return;
        }
        vm.assume(false);
    }

    function _isStrained(Watch memory w, AccountId id) private view returns (bool) {
        Assessment memory found = _assessed(w, id);
        return found.equityForInitial < int256(found.initialMargin);
    }
}
