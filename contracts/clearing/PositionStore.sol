// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Account} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {PackedOption, PackedOptionLibrary} from "../types/PackedOption.sol";
import {Position} from "../types/Position.sol";
import {AccountFrame} from "./Frame.sol";
import {PositionSlots, ledger} from "./Ledger.sol";
import {PositionLists} from "./PositionLists.sol";

/// @notice An account's positions in storage: options two a slot, in the order in which they stand in the list, and
/// everything else a slot each, in that order. Read, the options come first.
library PositionStore {
    using PositionLists for Position[];

    uint256 private constant HALF = 128;

    /// @notice The positions of the account whose slot is `a`.
    function load(AccountId id, Account a) internal view returns (Position[] memory list) {
        PositionSlots storage slots = ledger().positions[id];
        (uint256 count, uint256 packed) = (a.positions(), a.packed());
        list = PositionLists.uncleared(count);
        uint256 at;
        for (uint256 pair; at < packed; ++pair) {
            uint256 word = slots.pairs[pair];
            list.set(at++, PackedOption.wrap(uint128(word)).unpack());
            if (at == packed) break;
            list.set(at++, PackedOption.wrap(uint128(word >> HALF)).unpack());
        }
        for (uint256 i; at < count; ++i) list.set(at++, slots.whole[i]);
    }

    /// @notice Writes the positions that differ from what is stored in their place.
    /// @return packed how many are stored two a slot.
    function store(AccountFrame memory a) internal returns (uint256 packed) {
        PositionSlots storage slots = ledger().positions[a.id];
        (Position[] memory list, Position[] memory stored) = (a.positions, a.positionsStored);
        uint256 packedBefore = a.stored.packed();
        uint256 whole;
        for (uint256 i; i < list.length; ++i) {
            Position p = list.get(i);
            if (p.isOption()) {
                if (packed < packedBefore && _same(stored.get(packed), p)) {
                    ++packed;
                    continue;
                }
                (PackedOption half, bool fits) = PackedOptionLibrary.pack(p);
                if (fits) {
                    _writeHalf(slots, packed++, half);
                    emit IClearinghouse.PositionChanged(a.id, p);
                    continue;
                }
            }
            uint256 at = packedBefore + whole;
            if (at >= stored.length || !_same(stored.get(at), p)) {
                slots.whole[whole] = p;
                emit IClearinghouse.PositionChanged(a.id, p);
            }
            ++whole;
        }
    }

    function _writeHalf(PositionSlots storage slots, uint256 place, PackedOption half) private {
        uint256 shift = (place & 1) * HALF;
        uint256 word = slots.pairs[place >> 1] & ~(uint256(type(uint128).max) << shift);
        slots.pairs[place >> 1] = word | (uint256(PackedOption.unwrap(half)) << shift);
    }

    function _same(Position p, Position other) private pure returns (bool) {
        return Position.unwrap(p) == Position.unwrap(other);
    }
}
