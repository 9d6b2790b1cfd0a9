// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Instrument} from "../instruments/Instrument.sol";
import {AccountId} from "./AccountId.sol";

/// @notice What an account's owner signs: a promise to trade up to `size` at `limitPrice` or better.
struct Order {
    AccountId account;
    Instrument instrument;
    /// @dev Lots of 1e-8 units; positive buys, negative sells.
    int64 size;
    /// @dev Wad USD per unit: the most a buyer pays, the least a seller takes.
    uint128 limitPrice;
    /// @dev The most the account pays in fees, in basis points of the notional traded.
    uint16 maxFeeBps;
    /// @dev Unix seconds of the last moment the order may be filled.
    uint40 expiry;
    /// @dev Fill only against an oracle price observed at this time or later; zero if any will do.
    uint40 priceNotBefore;
    /// @dev Unique per account: a nonce belongs to the first order filled under it.
    uint64 nonce;
    /// @dev The account's epoch; raising the epoch cancels every order at once.
    uint32 epoch;
    /// @dev The fill may only bring the position closer to zero.
    bool reduceOnly;
}

/// @notice What can become of an order.
enum OrderStatus {
    Open, // can be filled, as far as the order itself is concerned
    Expired,
    WrongEpoch, // of another epoch than the account's: cancelled with all of its time, or not yet valid
    Spent, // filled, or its nonce cancelled
    NonceTaken // another order of the same nonce was filled first
}

/// @notice An order with its owner's signature over its EIP-712 hash.
struct SignedOrder {
    Order order;
    bytes signature;
}

/// @notice A match of two of a batch's orders. Any matcher may propose one; it passes only within both limits.
struct Fill {
    /// @dev Positions in the batch's list of orders.
    uint32 maker;
    uint32 taker;
    /// @dev Unsigned lots traded; the orders' signs say who buys.
    uint64 lots;
    /// @dev Wad USD per unit.
    uint128 price;
}
