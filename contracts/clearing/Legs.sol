// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCastLib} from "solady/src/utils/SafeCastLib.sol";

import {Instrument} from "../instruments/Instrument.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Position, PositionLibrary} from "../types/Position.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {PositionLists} from "./PositionLists.sol";

/// @notice The one verb of the ledger: an amount of an instrument goes from one account to another. Whatever one side
/// gains here the other loses, to the wei and to the lot, so conservation holds by construction.
library Legs {
    using FixedPoint for uint256;
    using PositionLists for Position[];

    /// @dev RISK section 9: what reducing may cost, as a part of the notional reduced at mark.
    uint256 private constant PRICE_BAND_BPS = 100;
    uint256 private constant MAX_POSITIONS = 255;

    /// @notice Cash from one account to another. `amount` may be negative.
    function cash(AccountFrame memory from, AccountFrame memory to, int256 amount) internal pure {
        unchecked {
            from.cash -= amount;
            to.cash += amount;
        }
    }

    /// @notice Cash from the market's pot to the account.
    function cashWithPot(AccountFrame memory to, MarketFrame memory from, int256 amount) internal pure {
        from.touched = true;
        from.state.pot = SafeCastLib.toInt128(from.state.pot - amount);
        unchecked {
            to.cash += amount;
        }
    }

    /// @notice Cash from the account to the vault's account, which receives the frame's sum when it closes.
    /// @param excused what of it RISK-1 lets a reduction cost.
    function fee(AccountFrame memory from, Frame memory f, uint256 amount, uint256 excused) internal pure {
        unchecked {
            from.cash -= int256(amount);
            from.allowance += excused;
            f.fees += amount;
        }
    }

    /// @notice `lots` of the market's perpetual, or of an option on its underlying, from one account to another, both
    /// settled.
    function instrument(
        AccountFrame memory from,
        AccountFrame memory to,
        MarketFrame memory m,
        Instrument id,
        int256 lots
    ) internal pure {
        instrumentAt(from, find(from, id), to, m, id, lots);
    }

    /// @notice The same where it is known that `from` holds the instrument, and at which place of its list.
    function instrumentAt(
        AccountFrame memory from,
        uint256 place,
        AccountFrame memory to,
        MarketFrame memory m,
        Instrument id,
        int256 lots
    ) internal pure {
        int256 grown = _change(from, place, m, id, -lots) + _change(to, find(to, id), m, id, lots);
        if (id.isOption()) {
            m.optionInterestChange += grown;
            return;
        }
        m.touched = true;
        m.state.openInterest = SafeCastLib.toUint64(uint256(int256(uint256(m.state.openInterest)) + grown));
    }

    /// @notice Takes an option that is no more off the account's list.
    function end(AccountFrame memory a, MarketFrame memory m, uint256 place) internal pure {
        int64 lots = a.positions.get(place).lots();
        if (lots > 0) m.optionInterestChange -= lots;
        _close(a, place);
    }

    /// @notice The account's lots of the instrument; zero where it has none.
    function lotsOf(AccountFrame memory a, Instrument id) internal pure returns (int256) {
        uint256 at = find(a, id);
        return at == a.positions.length ? int256(0) : a.positions.get(at).lots();
    }

    /// @notice The place of the instrument in the account's list; the list's length where it has none.
    function find(AccountFrame memory a, Instrument id) internal pure returns (uint256 at) {
        Position[] memory list = a.positions;
        uint256 count = list.length;
        (uint256 shift, uint256 wanted) = PositionLibrary.key(id);
        while (at < count && Position.unwrap(list.get(at)) >> shift != wanted) ++at;
    }

    /// @dev Adds `change` to the account's position, which stands `at` a place as `find` tells, and returns by how much
    /// its long side grew.
    function _change(
        AccountFrame memory a,
        uint256 at,
        MarketFrame memory m,
        Instrument id,
        int256 change
    ) private pure returns (int256) {
        int256 before = at == a.positions.length ? int256(0) : a.positions.get(at).lots();
        // Both are within 64 bits, and the sum is held to 64 bits below.
        int256 current;
        unchecked {
            current = before + change;
        }
        _note(a, id.isOption() ? m.market.spot : m.market.mark, before, current);
        int64 lots = SafeCastLib.toInt64(current);
        if (before == 0) _open(a, m, id, lots);
        else if (current == 0) _close(a, at);
        else a.positions.set(at, a.positions.get(at).withLots(lots));
        return (current > 0 ? current : int256(0)) - (before > 0 ? before : int256(0));
    }

    /// @dev RISK-1 needs to know whether risk grew, and how much equity what was reduced may have cost.
    function _note(AccountFrame memory a, uint256 price, int256 before, int256 current) private pure {
        a.judged = true;
        bool sameSide = before != 0 && (before ^ current) >= 0;
        uint256 size = FixedPoint.abs(before);
        uint256 left = sameSide ? FixedPoint.abs(current) : 0;
        if (sameSide ? left > size : current != 0) a.increased = true;
        if (left < size) {
            uint256 reduced = ((size - left) * price) / FixedPoint.LOTS;
            a.allowance += (reduced * PRICE_BAND_BPS) / FixedPoint.BPS;
        }
    }

    function _open(AccountFrame memory a, MarketFrame memory m, Instrument id, int64 lots) private pure {
        uint256 count = a.positions.length;
        if (count == MAX_POSITIONS) revert IClearinghouse.Clearinghouse_TooManyPositions(a.id, MAX_POSITIONS);
        Position p =
            id.isOption()
                ? PositionLibrary.option(id, lots)
                : PositionLibrary.perp(id, lots, SafeCastLib.toInt128(m.market.index));
        a.positions = a.positions.append(p);
    }

    function _close(AccountFrame memory a, uint256 place) private pure {
        a.closed = a.closed.append(a.positions.get(place));
        a.positions.remove(place);
    }
}
