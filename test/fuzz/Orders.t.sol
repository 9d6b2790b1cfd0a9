// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Fill, Order, SignedOrder} from "../../contracts/types/Order.sol";
import {Desk} from "../forge/Desk.sol";
import {vm} from "../forge/Vm.sol";

/// @notice An order is filled at most its size and only as it was signed, however a batch or a frame repeats it.
contract OrdersTest is Desk {
    uint16 private constant ETH = 1;
    uint256 private constant PRICE = 3_000e18;

    AccountId private maker;
    AccountId private taker;
    AccountId private third;

    function setUp() public {
        _newVenue();
        maker = _open(_trader("maker"), 0, Modes.CROSS, 1_000_000);
        taker = _open(_trader("taker"), 0, Modes.CROSS, 1_000_000);
        third = _open(_trader("third"), 0, Modes.CROSS, 1_000_000);
    }

    /// @dev The same signed order twice in one batch, each copy filled in part.
    function testFuzz_duplicateInABatch(uint64 size, uint64 first, uint64 second) public {
        size = uint64(bound(size, 2, 100e8));
        first = uint64(bound(first, 1, size));
        second = uint64(bound(second, 1, size));
        SignedOrder[] memory orders = new SignedOrder[](4);
        orders[0] = orders[1] = _sign(_order(maker, ETH, -int64(size)));
        orders[2] = _sign(_order(taker, ETH, int64(size)));
        orders[3] = _sign(_order(third, ETH, int64(size)));
        Fill[] memory fills = new Fill[](2);
        fills[0] = Fill(0, 2, first, uint128(PRICE));
        fills[1] = Fill(1, 3, second, uint128(PRICE));
        _expectTaken(orders[0].order);
        house.settle(orders, fills);
    }

    /// @dev Named twice but filled once, the order is as good as named once.
    function testFuzz_duplicateLeftAlone(uint64 size) public {
        size = uint64(bound(size, 1, 100e8));
        SignedOrder[] memory orders = new SignedOrder[](3);
        orders[0] = orders[2] = _sign(_order(maker, ETH, -int64(size)));
        orders[1] = _sign(_order(taker, ETH, int64(size)));
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(2, 1, size, uint128(PRICE));
        house.settle(orders, fills);
        assertEq(_lotsOf(taker, ETH), int256(uint256(size)), "AUTH-2: filled once");
    }

    /// @dev Filled whole, the first order has spent the nonce; filled in part, it keeps it.
    function testFuzz_twoOrdersUnderOneNonce(uint64 size, uint64 filled, bool whole, bool sameBatch) public {
        size = uint64(bound(size, 2, 100e8));
        filled = whole ? size : uint64(bound(filled, 1, size - 1));
        Order memory a = _order(maker, ETH, -int64(size));
        Order memory b = _order(maker, ETH, -int64(size) - 1);
        b.nonce = a.nonce;
        SignedOrder[] memory orders = new SignedOrder[](4);
        orders[0] = _sign(a);
        orders[1] = _sign(_order(taker, ETH, int64(size)));
        orders[2] = _sign(b);
        orders[3] = _sign(_order(third, ETH, int64(size)));
        Fill[] memory fills = new Fill[](2);
        fills[0] = Fill(0, 1, filled, uint128(PRICE));
        fills[1] = Fill(2, 3, size, uint128(PRICE));
        if (sameBatch) {
            // Both were admitted before either was filled: what was admitted is no longer what is stored.
            _expectTaken(b);
            house.settle(orders, fills);
            return;
        }
        _trade(orders[0], orders[1], filled);
        if (whole) {
            vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_NonceSpent.selector, maker, b.nonce));
        } else {
            _expectTaken(b);
        }
        _trade(orders[2], orders[3], size);
    }

    /// @dev The frame's second settle reads what its first has written.
    function testFuzz_executeSettleTwice(uint64 size, uint64 first) public {
        size = uint64(bound(size, 2, 100e8));
        first = uint64(bound(first, 1, size - 1));
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = _sign(_order(maker, ETH, -int64(size)));
        orders[1] = _sign(_order(taker, ETH, int64(size)));
        Fill[] memory fills = new Fill[](1);
        bytes[] memory calls = new bytes[](2);
        fills[0] = Fill(0, 1, first, uint128(PRICE));
        calls[0] = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        fills[0] = Fill(0, 1, size - first, uint128(PRICE));
        calls[1] = abi.encodeCall(IClearinghouse.settle, (orders, fills));
        house.execute(calls);
        assertEq(_lotsOf(taker, ETH), int256(uint256(size)), "AUTH-2: filled in two parts");

        bytes memory refusal = abi.encodeWithSelector(
            IClearinghouse.Order_NonceSpent.selector,
            maker,
            orders[0].order.nonce
        );
        vm.expectRevert(refusal);
        house.execute(_only(calls[1]));
    }

    function testFuzz_overfillInAFrame(uint64 size, uint64 second) public {
        size = uint64(bound(size, 1, 100e8));
        second = uint64(bound(second, 1, type(uint64).max));
        SignedOrder[] memory orders = new SignedOrder[](2);
        orders[0] = _sign(_order(maker, ETH, -int64(size)));
        orders[1] = _sign(_order(taker, ETH, type(int64).max));
        Fill[] memory fills = new Fill[](2);
        fills[0] = Fill(0, 1, size, uint128(PRICE));
        fills[1] = Fill(0, 1, second, uint128(PRICE));
        vm.expectPartialRevert(IClearinghouse.Order_Overfilled.selector);
        house.settle(orders, fills);
    }

    /// @dev Bad input deserves a sentence, not a panic.
    function testFuzz_fillOfAnOrderThatIsNotThere(uint32 at, bool asMaker) public {
        at = uint32(bound(at, 2, type(uint32).max));
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(taker, maker, ETH, 1e8, PRICE);
        if (asMaker) fills[0].maker = at;
        else fills[0].taker = at;
        vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_Mismatch.selector, fills[0].maker, fills[0].taker));
        house.settle(orders, fills);
    }

    /// @dev Any one bit changed after signing is another order.
    function testFuzz_changedAfterSigning(uint256 field, uint256 bit) public {
        SignedOrder memory sell = _sign(_order(maker, ETH, -1e8));
        SignedOrder memory buy = _sign(_order(taker, ETH, 1e8));
        bytes32 before = _digest(sell.order);
        field = field % 7;
        if (field == 0) sell.order.size -= int64(uint64(1 << (bit % 60)));
        else if (field == 1) sell.order.limitPrice ^= uint128(1 << (bit % 71));
        else if (field == 2) sell.order.maxFeeBps ^= uint16(1 << (6 + (bit % 10)));
        else if (field == 3) sell.order.expiry += uint40(1 << (bit % 38));
        else if (field == 4) sell.order.priceNotBefore ^= uint40(1 << (bit % 30));
        else if (field == 5) sell.order.nonce ^= uint64(1 << (bit % 64));
        else sell.order.reduceOnly = true;
        assertTrue(_digest(sell.order) != before, "AUTH-2: two orders share a hash");
        vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_BadSignature.selector, maker, sell.order.nonce));
        _trade(sell, buy, 1e8);
    }

    /// @dev Signed for another chain or another venue.
    function test_replayElsewhere() public {
        SignedOrder memory sell = _sign(_order(maker, ETH, -1e8));
        SignedOrder memory buy = _sign(_order(taker, ETH, 1e8));
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_BadSignature.selector, maker, sell.order.nonce));
        _trade(sell, buy, 1e8);
    }

    function testFuzz_reduceOnly(int64 position, int64 size, uint64 lots) public {
        position = int64(bound(position, -10e8, 10e8));
        vm.assume(position != 0 && size != 0);
        size = int64(bound(size, -20e8, 20e8));
        vm.assume(size != 0);
        lots = uint64(bound(lots, 1, uint64(size > 0 ? size : -size)));
        if (position > 0) _trade(maker, third, ETH, uint64(position), PRICE);
        else _trade(third, maker, ETH, uint64(-position), PRICE);
        Order memory order = _order(maker, ETH, size);
        order.reduceOnly = true;
        Order memory against = _order(taker, ETH, -size);
        int256 change = size > 0 ? int256(uint256(lots)) : -int256(uint256(lots));
        bool reduces = (position > 0) != (size > 0) && lots <= uint64(position > 0 ? position : -position);
        if (!reduces) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IClearinghouse.Order_NotReducing.selector,
                    maker,
                    order.nonce,
                    int256(position),
                    change
                )
            );
        }
        _trade(_sign(order), _sign(against), lots);
        if (reduces) assertEq(_lotsOf(maker, ETH), position + change, "AUTH-2: reduced by what was filled");
    }

    function testFuzz_limits(uint128 limit, uint128 price, bool buys) public {
        price = uint128(bound(price, (PRICE * 99) / 100, (PRICE * 101) / 100));
        limit = uint128(bound(limit, (PRICE * 98) / 100, (PRICE * 102) / 100));
        Order memory order = _order(maker, ETH, buys ? int64(1e8) : int64(-1e8));
        order.limitPrice = limit;
        Order memory against = _order(taker, ETH, buys ? int64(-1e8) : int64(1e8));
        bool within = buys ? price <= limit : price >= limit;
        if (!within) vm.expectPartialRevert(IClearinghouse.Order_BeyondLimit.selector);
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(order, against, 1e8, price);
        house.settle(orders, fills);
    }

    function testFuzz_feeAboveMaximum(uint16 maxFeeBps) public {
        Order memory order = _order(taker, ETH, 1e8);
        order.maxFeeBps = maxFeeBps;
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(_order(maker, ETH, -1e8), order, 1e8, PRICE);
        if (maxFeeBps < 5) vm.expectPartialRevert(IClearinghouse.Order_FeeAboveMaximum.selector);
        house.settle(orders, fills);
    }

    /// @dev ORAC-2: the price of the fill's market must have been observed when the order says, or later.
    function testFuzz_priceNotBefore(uint40 ahead, uint40 waited) public {
        waited = uint40(bound(waited, 0, 1 hours));
        ahead = uint40(bound(ahead, 0, 2 hours));
        vm.warp(GENESIS + waited);
        Order memory order = _order(taker, ETH, 1e8);
        order.priceNotBefore = uint40(GENESIS + ahead);
        (SignedOrder[] memory orders, Fill[] memory fills) = _pair(_order(maker, ETH, -1e8), order, 1e8, PRICE);
        if (ahead > 0) vm.expectPartialRevert(IClearinghouse.Order_PriceTooOld.selector);
        house.settle(orders, fills);
    }

    function _expectTaken(Order memory order) private {
        vm.expectRevert(abi.encodeWithSelector(IClearinghouse.Order_NonceTaken.selector, order.account, order.nonce));
    }

    function _trade(SignedOrder memory a, SignedOrder memory b, uint64 lots) private {
        SignedOrder[] memory orders = new SignedOrder[](2);
        (orders[0], orders[1]) = (a, b);
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(0, 1, lots, uint128(PRICE));
        house.settle(orders, fills);
    }

    function _only(bytes memory call) private pure returns (bytes[] memory calls) {
        calls = new bytes[](1);
        calls[0] = call;
    }
}
