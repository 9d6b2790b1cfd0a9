// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice An account of the ledger. Ownership is a shift, not a storage read: anyone owns 2^96 accounts from birth.
///
///     255                                96 95                 0
///     |  owner address (160 bits)          |  index (96 bits)  |
///
type AccountId is uint256;

using AccountIdLibrary for AccountId global;
using {equals as ==, differs as !=} for AccountId global;

function equals(AccountId a, AccountId b) pure returns (bool) {
    return AccountId.unwrap(a) == AccountId.unwrap(b);
}

function differs(AccountId a, AccountId b) pure returns (bool) {
    return AccountId.unwrap(a) != AccountId.unwrap(b);
}

library AccountIdLibrary {
    /// @notice The account number `index` of `owner_`.
    function make(address owner_, uint96 index_) internal pure returns (AccountId) {
        return AccountId.wrap((uint256(uint160(owner_)) << 96) | index_);
    }

    /// @notice The only address that may move funds out of the account.
    function owner(AccountId id) internal pure returns (address) {
        return address(uint160(AccountId.unwrap(id) >> 96));
    }

    /// @notice Which of its owner's accounts this is.
    function index(AccountId id) internal pure returns (uint96) {
        return uint96(AccountId.unwrap(id));
    }
}
