// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {vm} from "../../forge/Vm.sol";
import {Campaign} from "./Campaign.sol";

/// @notice Matchers settling orders: alone, in batches, for a second time, forged, and at sick prices.
abstract contract TradingHandler is Campaign {
    uint256 private constant MAX_FILLS = 5;
    uint256 private constant MAX_POOL = 24;

    /// @notice One fill between two traders, at up to twelve times the poorer one's equity.
    function settle(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 leverage, int256 skew) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        uint64 lots = _lotsFor(a, b, u, bound(leverage, 0.01e18, 12e18));
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(a, b, u, lots, _priceNear(u, skew));
        _settle(orders, fills, _look(a, b));
    }

    /// @notice Both sides hold opposite positions and reduce them at mark. Nothing but an unusable price can refuse it.
    function settleReduction(uint256 seed, uint256 marketSeed, uint256 partSeed) external {
        uint16 u = _marketAt(marketSeed);
        AccountId long = _holderAt(seed, u, 1);
        AccountId short = _holderAt(uint256(keccak256(abi.encode(seed))), u, -1);
        uint256 most = FixedPoint.abs(_lotsOf(long, u));
        if (FixedPoint.abs(_lotsOf(short, u)) < most) most = FixedPoint.abs(_lotsOf(short, u));
        // Every other time one of the two is closed.
        uint64 lots = uint64(partSeed % 2 == 0 ? most : bound(partSeed, 1, most));
        Order memory sell = _order(long, u, -int64(lots));
        Order memory buy = _order(short, u, int64(lots));
        sell.reduceOnly = buy.reduceOnly = true;
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(sell, buy, lots, _mark(u));
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        if (_statusOf(u) == PriceStatus.Unusable) {
            bytes4 refusal = IClearinghouse.Clearinghouse_PriceNotFresh.selector;
            return _mustRefuse(keeper, data, refusal, "ORAC-1: a trade at an unusable price");
        }
        Seen[] memory seen = _look(long, short);
        _expectFills(seen, orders, fills);
        vm.prank(keeper);
        (bool ok, bytes memory result) = address(house).call(data);
        if (!ok && _owesItsFee(seen)) _refused(result, _judgements());
        assertTrue(ok, "ORAC-1: a reduction at mark was refused");
        _recordFills(orders, fills);
        _checkFrame(seen);
    }

    /// @notice An account below initial margin reduces, closes or turns a position, mostly somewhat worse than mark:
    /// only reducing may cost it anything, and that within the price band.
    function settleDistressed(uint256 seed, uint256 partSeed, uint256 skew, bool kindly) external {
        AccountId a = _uncoveredAt(seed);
        uint16 u = house.positionsOf(a)[0].underlying();
        int256 held = _lotsOf(a, u);
        uint256 most = FixedPoint.abs(held) * (partSeed % 3 == 0 ? 2 : 1);
        uint64 lots = uint64(bound(partSeed, 1 + most / 8, most));
        int256 worse = int256(bound(skew, 0, 0.05e18));
        int256 price = (int256(_mark(u)) * (1e18 + ((held > 0) == kindly ? worse : -worse))) / 1e18;
        (SignedOrder[] memory orders, Fill[] memory fills) = held > 0
            ? _crossing(ids[1], a, u, lots, uint256(price))
            : _crossing(a, ids[1], u, lots, uint256(price));
        _settle(orders, fills, _look(a, ids[1]));
    }

    /// @notice Up to five fills among three accounts, either way, so that a frame may open, turn and close again.
    function settleBatch(uint256 seed, uint256 marketSeed, uint256 howMany, uint256 leverage, int256 skew) external {
        AccountId[] memory trio = _threeAt(seed);
        uint256 n = 1 + (howMany % MAX_FILLS);
        SignedOrder[] memory orders = new SignedOrder[](2 * n);
        Fill[] memory fills = new Fill[](n);
        for (uint256 i; i < n; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            uint16 u = _marketAt(dice & 1 == 0 ? marketSeed : dice >> 8);
            AccountId buyer = trio[dice % 3];
            AccountId seller = trio[(dice + 1 + ((dice >> 16) & 1)) % 3];
            uint64 lots = _lotsFor(buyer, seller, u, bound(leverage, 0.01e18, 4e18));
            orders[2 * i] = _sign(_order(seller, u, -int64(lots)));
            orders[2 * i + 1] = _sign(_order(buyer, u, int64(lots)));
            uint256 price = _priceNear(u, i == 0 ? skew : int256(dice >> 32));
            fills[i] = Fill(uint32(2 * i), uint32(2 * i + 1), lots, uint128(price));
        }
        _settle(orders, fills, _look(trio));
    }

    /// @notice One maker's order, filled in parts by several takers and remembered for later.
    function settleMaker(uint256 seed, uint256 marketSeed, uint256 leverage, uint256 howMany, bool sells) external {
        AccountId[] memory trio = _threeAt(seed);
        uint16 u = _marketAt(marketSeed);
        uint64 lots = _lotsFor(trio[0], trio[1], u, bound(leverage, 0.01e18, 4e18));
        uint256 n = 1 + (howMany % MAX_FILLS);
        SignedOrder[] memory orders = new SignedOrder[](n + 1);
        Fill[] memory fills = new Fill[](n);
        int64 sign = sells ? int64(-1) : int64(1);
        Order memory resting = _order(trio[0], u, sign * int64(lots * uint64(n + 1)));
        resting.limitPrice = uint128(_mark(u));
        orders[0] = _sign(resting);
        for (uint256 i; i < n; ++i) {
            orders[i + 1] = _sign(_order(trio[1 + (i & 1)], u, -sign * int64(lots)));
            fills[i] = Fill(0, uint32(i + 1), lots, resting.limitPrice);
        }
        _settle(orders, fills, _look(trio));
        if (pool.length < MAX_POOL) pool.push(orders[0]);
    }

    /// @notice An order signed before, by now perhaps filled, cancelled, expired or of an old epoch.
    function settleAgain(uint256 poolSeed, uint256 seed, uint256 lotsSeed) external {
        if (pool.length == 0) vm.assume(false);
        SignedOrder memory resting = pool[poolSeed % pool.length];
        uint256 size = FixedPoint.abs(resting.order.size);
        uint64 lots = uint64(bound(lotsSeed, 1, size));
        AccountId other = _openAt(seed);
        if (other == resting.order.account) vm.assume(false);
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = resting;
        int64 side = resting.order.size > 0 ? int64(-1) : int64(1);
        orders[1] = _sign(_order(other, resting.order.instrument.underlying(), side * int64(lots)));
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, lots, resting.order.limitPrice);
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        bytes4 refusal = _whyDead(resting.order, lots);
        if (refusal != 0) return _mustRefuse(keeper, data, refusal, "AUTH-2: a dead order was filled");
        _settle(orders, fills, _look(resting.order.account, other));
    }

    /// @notice Somebody else's signature, or terms changed after signing.
    function settleForged(uint256 seedA, uint256 seedB, uint256 marketSeed, uint8 what) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(a, b, u, 1, _mark(u));
        if (what % 4 == 0) orders[0].signature = _signature(keyOf[keeper], _digest(orders[0].order));
        else if (what % 4 == 1) orders[0].order.size *= 2;
        else if (what % 4 == 2) orders[1].order.limitPrice -= 1;
        else orders[1].order.nonce += 1;
        bytes memory data = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        bytes4 refusal = IClearinghouse.Order_BadSignature.selector;
        _mustRefuse(keeper, data, refusal, "AUTH-1: an account traded without its owner's signature");
    }

    /// @notice Several calls of one trader in one frame, the trade among them.
    function execute(uint256 seedA, uint256 seedB, uint256 marketSeed, uint256 leverage, uint256 mix) external {
        (AccountId a, AccountId b) = _twoAt(seedA, seedB);
        uint16 u = _marketAt(marketSeed);
        uint64 lots = _lotsFor(a, b, u, bound(leverage, 0.01e18, 8e18));
        uint256 paid = mix % 20_000e6;
        uint256 taken = (mix >> 64) % 8 == 0 ? 1 + ((mix >> 72) % 1_000e6) : 0;
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(a, b, u, lots, _priceNear(u, int256(mix >> 96)));
        bytes[] memory calls = _mixed(a, b, orders, fills, paid, taken);
        if (paid != 0) token.mint(a.owner(), paid);
        Seen[] memory seen = _look(a, b);
        _expectFills(seen, orders, fills);
        _expectFlow(seen, a, int256(paid) - int256(taken));
        bytes memory refusals = bytes.concat(_judgements(), IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector);
        _frame(a.owner(), abi.encodeCall(IClearinghouse.execute, (calls)), refusals);
        deposited += paid;
        withdrawn += taken;
        _recordFills(orders, fills);
        _checkFrame(seen);
        if (taken != 0) assertTrue(_worstStatus(a) == PriceStatus.Fresh, "ORAC-1: a withdrawal at a stale price");
    }

    // ------------------------------------------------------------------ parts

    function _settle(SignedOrder[] memory orders, Fill[] memory fills, Seen[] memory seen) private {
        _expectFills(seen, orders, fills);
        _frame(keeper, abi.encodeCall(IClearinghouse.settle, (orders, fills)), _judgements());
        _recordFills(orders, fills);
        _checkFrame(seen);
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
    function _owesItsFee(Seen[] memory seen) private pure returns (bool owes) {
        for (uint256 i; i < seen.length; ++i) {
            if (seen[i].fills != 0 && seen[i].assessed.equity < int256(seen[i].fees) + 1) owes = true;
        }
    }

    /// @dev The first reason, in the ledger's order, why the order admits no fill of so many lots; zero if none.
    function _whyDead(Order memory order, uint256 lots) private view returns (bytes4) {
        if (!_isOpen(order.account)) return IClearinghouse.Clearinghouse_AccountNotOpen.selector;
        if (block.timestamp > order.expiry) return IClearinghouse.Order_Expired.selector;
        if (house.accountOf(order.account).epoch() != order.epoch) return IClearinghouse.Order_WrongEpoch.selector;
        uint256 left = FixedPoint.abs(order.size) - filledOf[_digest(order)];
        if (cancelled[order.account][order.nonce] || left == 0) return IClearinghouse.Order_NonceSpent.selector;
        if (_statusOf(order.instrument.underlying()) == PriceStatus.Unusable) {
            return IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        }
        return lots > left ? IClearinghouse.Order_Overfilled.selector : bytes4(0);
    }

    function _twoAt(uint256 seedA, uint256 seedB) internal view returns (AccountId a, AccountId b) {
        a = _openAt(seedA);
        b = _openAt(seedB);
        for (uint256 i = 1; a == b; ++i) b = _openAt((seedB % 1e9) + i);
    }

    function _threeAt(uint256 seed) private view returns (AccountId[] memory trio) {
        trio = new AccountId[](3);
        (trio[0], trio[1]) = _twoAt(seed % 1e9, seed >> 32);
        for (uint256 i; i == 0 || trio[2] == trio[0] || trio[2] == trio[1]; ++i) {
            trio[2] = _openAt(((seed >> 64) % 1e9) + i);
        }
    }

    /// @dev What `leverage` (Wad) times the poorer side's equity buys, at least one lot.
    function _lotsFor(AccountId a, AccountId b, uint16 u, uint256 leverage) private view returns (uint64) {
        int256 equity = _equity(a);
        if (_equity(b) < equity) equity = _equity(b);
        // A market without a price, in which nothing was ever settled, has no mark either.
        if (equity <= 0 || _mark(u) == 0) return 1;
        uint256 lots = (uint256(equity) * leverage * 1e8) / (_mark(u) * 1e18);
        return lots == 0 ? 1 : uint64(lots);
    }

    /// @dev Mostly within 1 % of mark, sometimes up to 20 % away.
    function _priceNear(uint16 u, int256 skew) private view returns (uint256) {
        int256 range = skew % 8 == 0 ? int256(0.2e18) : int256(0.01e18);
        return uint256((int256(_mark(u)) * (1e18 + bound(skew / 8, -range, range))) / 1e18);
    }

    /// @dev The first account from `seed` on that holds something and has less than initial margin.
    function _uncoveredAt(uint256 seed) private view returns (AccountId id) {
        uint256 n = ids.length - 2;
        for (uint256 i; i < n; ++i) {
            id = ids[2 + addmod(seed, i, n)];
            if (house.accountOf(id).positions() == 0) continue;
            Assessment memory a = house.assess(id);
            if (a.equityForInitial < int256(a.initialMargin)) return id;
        }
        vm.assume(false);
    }

    /// @dev The first account from `seed` on whose position has the sign of `side`.
    function _holderAt(uint256 seed, uint16 u, int256 side) private view returns (AccountId id) {
        uint256 n = ids.length - 1;
        for (uint256 i; i < n; ++i) {
            id = ids[1 + addmod(seed, i, n)];
            if (_lotsOf(id, u) * side > 0) return id;
        }
        vm.assume(false);
    }
}
