// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Two bits for each of 128 consecutive nonces of an account: spent in the lower half, begun in the upper. A
/// spent nonce's order is filled or cancelled. A begun nonce has a PartialFill beside it, and only such a one does, so
/// that an order filled at once costs two bits of a word its neighbours have paid for.
type NonceGroup is uint256;

/// @notice The group's storage slot: a thing to point at, so that one who found it reads and writes it there.
struct NonceSlot {
    NonceGroup group;
}

/// @notice What is filled of a begun nonce's order, and whose nonce it is. 192 bits of hash are beyond collision, and
/// only the account's owner, who can sign anything anyway, could use one.
///
///     255                                     64 63                  0
///     | order hash, upper 192 bits              | filled (lots)      |
type PartialFill is uint256;
