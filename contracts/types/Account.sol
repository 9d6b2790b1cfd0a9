// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Everything about an account but its positions, in one storage slot.
///
///     255        224 223      216 215     208 207       200 199      192 191       160 159      128 127            0
///     | riskSince    | flags (8)  | mode (8)  | positions   | packed     | keeper-     | epoch      | cash          |
///     | (32)         |            |           | (8)         | (8)        | Deposit (32)| (32)       | (int128, Wad) |
///
/// `packed` says how many of the positions are PackedOptions. `keeperDeposit`, in units of 1e-6 USD, is locked for whoever
/// flags the account and no part of its equity. `riskSince` is when the account opened the first of the positions it holds,
/// unix seconds.
/// `flags`: bit 0, the account is flagged for liquidation; bit 1, proceeds of the account are locked.
type Account is uint256;

using AccountLibrary for Account global;

/// @notice A margin model's slot. Zero is an account nobody opened.
type Mode is uint8;

using {equals as ==, differs as !=} for Mode global;

function equals(Mode a, Mode b) pure returns (bool) {
    return Mode.unwrap(a) == Mode.unwrap(b);
}

function differs(Mode a, Mode b) pure returns (bool) {
    return Mode.unwrap(a) != Mode.unwrap(b);
}

library Modes {
    Mode internal constant NONE = Mode.wrap(0);
    Mode internal constant ISOLATED = Mode.wrap(1);
    Mode internal constant CROSS = Mode.wrap(2);
    Mode internal constant PORTFOLIO = Mode.wrap(3);
}

library AccountLibrary {
    uint256 private constant EPOCH = 128;
    uint256 private constant DEPOSIT = 160;
    uint256 private constant PACKED = 192;
    uint256 private constant POSITIONS = 200;
    uint256 private constant MODE = 208;
    uint256 private constant FLAGS = 216;
    uint256 private constant LOCKED = 217;
    uint256 private constant RISK_SINCE = 224;

    /// @notice Settlement cash, USD Wad; negative while the account owes.
    function cash(Account a) internal pure returns (int128) {
        return int128(uint128(Account.unwrap(a)));
    }

    function withCash(Account a, int128 value) internal pure returns (Account) {
        return _with(a, 0, 128, uint128(value));
    }

    /// @notice Which generation of orders is valid.
    function epoch(Account a) internal pure returns (uint32) {
        return uint32(Account.unwrap(a) >> EPOCH);
    }

    function withEpoch(Account a, uint32 value) internal pure returns (Account) {
        return _with(a, EPOCH, 32, value);
    }

    /// @notice What is locked for whoever flags the account, 1e-6 USD.
    function keeperDeposit(Account a) internal pure returns (uint32) {
        return uint32(Account.unwrap(a) >> DEPOSIT);
    }

    function withKeeperDeposit(Account a, uint32 value) internal pure returns (Account) {
        return _with(a, DEPOSIT, 32, value);
    }

    /// @notice How many positions are stored.
    function positions(Account a) internal pure returns (uint8) {
        return uint8(Account.unwrap(a) >> POSITIONS);
    }

    /// @notice With `count` positions, `packed_` of which are options stored two a slot.
    function withPositions(Account a, uint8 count, uint8 packed_) internal pure returns (Account) {
        return _with(a, PACKED, 16, (uint256(count) << 8) | packed_);
    }

    /// @notice How many of the positions are options stored two a slot.
    function packed(Account a) internal pure returns (uint8) {
        return uint8(Account.unwrap(a) >> PACKED);
    }

    /// @notice Which margin model judges the account.
    function mode(Account a) internal pure returns (Mode) {
        return Mode.wrap(uint8(Account.unwrap(a) >> MODE));
    }

    function withMode(Account a, Mode value) internal pure returns (Account) {
        return _with(a, MODE, 8, Mode.unwrap(value));
    }

    /// @notice Whether the account is being liquidated.
    function flagged(Account a) internal pure returns (bool) {
        return (Account.unwrap(a) >> FLAGS) & 1 == 1;
    }

    function withFlagged(Account a, bool value) internal pure returns (Account) {
        return _with(a, FLAGS, 1, value ? 1 : 0);
    }

    /// @notice Whether the account has proceeds that may not leave yet.
    function locked(Account a) internal pure returns (bool) {
        return (Account.unwrap(a) >> LOCKED) & 1 == 1;
    }

    function withLocked(Account a, bool value) internal pure returns (Account) {
        return _with(a, LOCKED, 1, value ? 1 : 0);
    }

    /// @notice When the first of the positions held was opened, unix seconds.
    function riskSince(Account a) internal pure returns (uint32) {
        return uint32(Account.unwrap(a) >> RISK_SINCE);
    }

    function withRiskSince(Account a, uint32 value) internal pure returns (Account) {
        return _with(a, RISK_SINCE, 32, value);
    }

    function _with(Account a, uint256 shift, uint256 width, uint256 value) private pure returns (Account) {
        uint256 mask = ((1 << width) - 1) << shift;
        return Account.wrap((Account.unwrap(a) & ~mask) | (value << shift));
    }
}
