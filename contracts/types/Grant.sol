// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What an account's owner allows another address to do for the account, one storage slot.
///
///     255                          80 79        72 71      40 39                0
///     | zero                         | scopes     | epoch    | expiry           |
///     |                              | (8)        | (32)     | (40, seconds)    |
///
/// A grant is of one epoch: raising the account's epoch, or closing the account, ends it.
type Grant is uint256;

using GrantLibrary for Grant global;

/// @notice The parts of an owner's power that can be given away, each one bit. None of them withdraws to anybody but
/// the owner. But who may trade at any price may lose all there is to somebody: TRADE wants the trust a trader wants.
library Scopes {
    /// @dev Sign or submit any order.
    uint8 internal constant TRADE = 1;
    /// @dev Sign or submit reduce-only orders, filled within the price band of RISK-1 at a fresh price: a guard that
    /// cannot steal.
    uint8 internal constant REDUCE = 2;
    /// @dev Cancel nonces.
    uint8 internal constant CANCEL = 4;
    /// @dev Withdraw to the owner's own address.
    uint8 internal constant WITHDRAW = 8;
    uint8 internal constant ALL = TRADE | REDUCE | CANCEL | WITHDRAW;
}

library GrantLibrary {
    uint256 private constant EPOCH = 40;
    uint256 private constant SCOPES = 72;

    function make(uint8 scopes_, uint32 epoch_, uint40 expiry_) internal pure returns (Grant) {
        return Grant.wrap((uint256(scopes_) << SCOPES) | (uint256(epoch_) << EPOCH) | expiry_);
    }

    /// @notice What is allowed, bits of `Scopes`.
    function scopes(Grant g) internal pure returns (uint8) {
        return uint8(Grant.unwrap(g) >> SCOPES);
    }

    /// @notice The account's epoch when it was given.
    function epoch(Grant g) internal pure returns (uint32) {
        return uint32(Grant.unwrap(g) >> EPOCH);
    }

    /// @notice The last moment it counts, unix seconds.
    function expiry(Grant g) internal pure returns (uint40) {
        return uint40(Grant.unwrap(g));
    }

    /// @notice Whether it allows any of `wanted` now, to an account of this epoch.
    function allows(Grant g, uint8 wanted, uint32 epochNow) internal view returns (bool) {
        return g.scopes() & wanted != 0 && g.epoch() == epochNow && block.timestamp <= g.expiry();
    }
}
