// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Account} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Grant} from "../types/Grant.sol";
import {MarketState} from "../types/MarketState.sol";
import {LockedProceeds} from "../types/LockedProceeds.sol";
import {NonceSlot, PartialFill} from "../types/Nonce.sol";
import {StrikeRule} from "../types/Parameters.sol";
import {Position} from "../types/Position.sol";

/// @dev Far behind what the clearinghouse inherits, and a short constant.
uint256 constant LEDGER_SLOT = 0x100;

/// @notice The ledger, where the clearinghouse and the libraries linked to it all find it.
/// @dev A reference handed from function to function would be one more word on every stack, and has the compiler keep a
/// second copy of what is called with it known and unknown.
function ledger() pure returns (Ledger storage found) {
    assembly ("memory-safe") {
        found.slot := LEDGER_SLOT
    }
}

/// @notice All the storage of the clearinghouse but its authority.
struct Ledger {
    mapping(AccountId account => Account) accounts;
    mapping(AccountId account => PositionSlots) positions;
    /// @dev By nonce / 128.
    mapping(AccountId account => mapping(uint64 group => NonceSlot)) nonceGroups;
    mapping(AccountId account => mapping(uint64 nonce => PartialFill)) partialFills;
    mapping(AccountId account => mapping(address operator => Grant)) grants;
    mapping(AccountId account => LockedProceeds) locks;
    mapping(uint16 underlying => MarketWords) markets;
    /// @dev The data contract that holds everything governed (Settings).
    address settings;
    /// @dev By keccak256 of the call; zero where it is not announced.
    mapping(bytes32 callHash => uint256 announcedAt) announcements;
    mapping(uint16 underlying => mapping(uint40 expiry => StrikeRule)) strikes;
}

/// @notice An account's positions: `Account` says how many of either kind. Slots behind keep what was last there, so
/// that opening again writes over a used slot.
struct PositionSlots {
    /// @dev PackedOptions, the earlier in the lower half.
    uint256[128] pairs;
    /// @dev Perpetuals, and options that do not fit half a slot.
    Position[256] whole;
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
    /// @dev Options bought and not sold again or settled, lots. A word of its own: trades of the perpetual leave it.
    uint64 optionInterest;
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
