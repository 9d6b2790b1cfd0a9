// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MarketState} from "../interfaces/IClearinghouse.sol";
import {Account} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Position} from "../types/Position.sol";

/// @notice All the storage of the clearinghouse. Libraries linked to it receive this one reference.
struct Ledger {
    mapping(AccountId account => Account) accounts;
    /// @dev Only the first `Account.positions` slots mean anything; those behind keep what was last there, so that
    /// opening again writes over a used slot.
    mapping(AccountId account => Position[256]) positions;
    mapping(AccountId account => mapping(uint64 nonce => NonceState)) nonces;
    mapping(uint16 underlying => MarketWords) markets;
    /// @dev The data contract that holds everything governed (Settings).
    address settings;
}

/// @notice What became of an order nonce: whose it is, how much of that order is filled, whether it is cancelled.
///
///     255                            72 71      65 64          63                0
///     | order hash, upper 184 bits     | zero     | cancelled  | filled (uint64) |
///
/// One slot answers for replay, overfill, cancellation and reuse of a nonce by another order. 184 bits of hash are
/// beyond collision, and only the account's owner, who can sign anything anyway, could use one.
type NonceState is uint256;

using NonceStateLibrary for NonceState global;

library NonceStateLibrary {
    uint256 private constant CANCELLED = 1 << 64;
    uint256 private constant HASH_MASK = ~uint256(type(uint72).max);

    function filled(NonceState s) internal pure returns (uint64) {
        return uint64(NonceState.unwrap(s));
    }

    function cancelled(NonceState s) internal pure returns (bool) {
        return NonceState.unwrap(s) & CANCELLED != 0;
    }

    /// @notice Whether the nonce is free, or already this order's.
    function admits(NonceState s, bytes32 orderHash) internal pure returns (bool) {
        uint256 owner = NonceState.unwrap(s) & HASH_MASK;
        return owner == 0 || owner == uint256(orderHash) & HASH_MASK;
    }

    function make(bytes32 orderHash, uint64 filled_) internal pure returns (NonceState) {
        return NonceState.wrap((uint256(orderHash) & HASH_MASK) | filled_);
    }

    function cancel(NonceState s) internal pure returns (NonceState) {
        return NonceState.wrap(NonceState.unwrap(s) | CANCELLED);
    }
}

/// @notice MarketState in two slots: what every trade changes, and what a move of the price changes.
///
///     funding   255        192 191           128 127      96 95                    0
///               | integral    | openInterest    | fundedAt  | cumulativeFunding     |
///     pot       255                        128 127                                 0
///               | lastMark (uint128)          | pot (int128)                        |
struct MarketWords {
    uint256 funding;
    uint256 pot;
}

library MarketStateLibrary {
    function loadInto(MarketWords storage words, MarketState memory s) internal view {
        uint256 w = words.funding;
        s.cumulativeFunding = int96(uint96(w));
        s.fundedAt = uint32(w >> 96);
        s.openInterest = uint64(w >> 128);
        s.basisIntegral = int64(uint64(w >> 192));
        w = words.pot;
        s.pot = int128(uint128(w));
        s.lastMark = uint128(w >> 128);
    }

    /// @notice Writes only the slots that differ.
    function store(MarketWords storage words, MarketState memory s) internal {
        uint256 w =
            uint256(uint96(s.cumulativeFunding)) |
                (uint256(s.fundedAt) << 96) |
                (uint256(s.openInterest) << 128) |
                (uint256(uint64(s.basisIntegral)) << 192);
        if (words.funding != w) words.funding = w;
        w = uint256(uint128(s.pot)) | (uint256(s.lastMark) << 128);
        if (words.pot != w) words.pot = w;
    }
}
