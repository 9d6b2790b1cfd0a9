// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Kind} from "../instruments/Instrument.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalCdf} from "../math/NormalCdf.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position, PositionLibrary} from "../types/Position.sol";
import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Group, OptionBook, OptionGroups} from "./OptionGroups.sol";

/// @notice The rules isolated and cross margin share: every perpetual is charged for itself, options for themselves or
/// with those of their expiry, and equity is the account's. RISK section 2.
library StandardMargin {
    using FixedPoint for uint256;
    using OptionGroups for Group;
    using OptionGroups for OptionBook;

    /// @notice Puts equity and requirements of a book of perpetuals into `a`.
    /// @return whether it is one; nothing is put if there is an option in it.
    function assessPerps(
        Assessment memory a,
        Market[] calldata markets,
        int256 cash,
        Position[] calldata positions
    ) internal pure returns (bool) {
        int256 equity = cash;
        uint256 initial;
        uint256 maintenance;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions[i];
            if (!_isPerp(p)) {
                if (p.isOption()) return false;
                revert IMarginModel.MarginModel_UnsupportedPosition(p);
            }
            Market calldata m = marketOf(markets, p.underlying());
            int256 lots = p.lots();
            equity += FixedPoint.valueFloor(lots, m.index - p.index());
            (uint256 im, uint256 mm) = perpRequirement(m, FixedPoint.abs(lots));
            // Each is below 2^231, and there are never 2^25 of them.
            unchecked {
                initial += im;
                maintenance += mm;
            }
        }
        a.equity = a.equityForInitial = a.equityForMaintenance = equity;
        a.initialMargin = initial;
        a.maintenanceMargin = maintenance;
        return true;
    }

    /// @notice Puts equity and requirements of any book into `a`, which must be empty.
    /// @param table where the table of the normal distribution lies.
    /// @param together whether options of an expiry are margined together.
    function assessAny(
        Assessment memory a,
        address table,
        bool together,
        Market[] calldata markets,
        Expiry[] calldata expiries,
        int256 cash,
        Position[] calldata positions
    ) internal view {
        OptionBook memory book = OptionGroups.open(table, expiries.length);
        book.deltas = new int256[](markets.length);
        a.equity = cash;
        for (uint256 i; i < positions.length; ++i) {
            if (!positions[i].isOption()) _addPerp(a, book, markets, positions[i]);
            else a.equity += _addOption(book, markets, expiries, positions[i], i);
        }
        for (uint256 i; i < book.held; ++i) {
            Group memory g = book.groups[i];
            book.deltas[g.market] += g.delta;
            if (together) (g.initial, g.maintenance) = g.together(positions);
            a.initialMargin += g.initial;
            a.maintenanceMargin += g.maintenance;
        }
        for (uint256 i; i < markets.length; ++i) {
            uint256 delta = FixedPoint.divUp(FixedPoint.abs(book.deltas[i]), OptionGroups.DELTA_UNIT);
            uint256 uncertainty = delta.mulWadUp(markets[i].confidence);
            a.initialMargin += uncertainty;
            a.maintenanceMargin += uncertainty;
        }
        a.equityForInitial = a.equityForMaintenance = a.equity;
    }

    /// @notice Initial and maintenance margin of `lots` (unsigned) of the perpetual, rounded up.
    /// @dev The oracle's uncertainty is charged on the delta in full, whatever the rate.
    function perpRequirement(Market calldata m, uint256 lots) internal pure returns (uint256 im, uint256 mm) {
        (im, mm) = perpCharge(m, lots);
        uint256 uncertainty = lots.valueUp(m.spot).mulWadUp(m.confidence);
        // Each is a product that fitted, divided by 1e8 or more.
        unchecked {
            im += uncertainty;
            mm += uncertainty;
        }
    }

    /// @notice The same without the oracle's uncertainty.
    /// @dev The rate grows with the forecast volatility and with size against the market's depth.
    function perpCharge(Market calldata m, uint256 lots) internal pure returns (uint256 im, uint256 mm) {
        uint256 notional = lots.valueUp(m.mark);
        uint256 rate = m.volMultiplier.mulWadUp(m.dailyVol);
        if (rate < m.baseRate) rate = m.baseRate;
        rate += m.slope.mulDivUp(notional, m.depth);
        if (rate > FixedPoint.WAD) rate = FixedPoint.WAD;
        im = notional.mulWadUp(rate);
        mm = im.mulWadUp(m.maintenanceRatio);
    }

    /// @notice The market of `underlying`; refused where it is missing.
    function marketOf(Market[] calldata markets, uint16 underlying) internal pure returns (Market calldata) {
        return markets[_marketAt(markets, underlying)];
    }

    /// @dev Of what is no option a position keeps kind and underlying alone: nothing else makes a perpetual.
    function _isPerp(Position p) private pure returns (bool) {
        return Position.unwrap(p) >> PositionLibrary.KIND_SHIFT == uint256(Kind.Perp);
    }

    function _marketAt(Market[] calldata markets, uint16 underlying) private pure returns (uint256 at) {
        for (; at < markets.length; ++at) {
            if (markets[at].underlying == underlying) return at;
        }
        revert IMarginModel.MarginModel_MissingMarket(underlying);
    }

    function _addOption(
        OptionBook memory book,
        Market[] calldata markets,
        Expiry[] calldata expiries,
        Position p,
        uint256 place
    ) private pure returns (int256 value) {
        if (!book.find(p.group())) {
            uint256 at = _marketAt(markets, p.underlying());
            book.begin(markets[at], expiries, p, at, place);
        }
        return book.add(p, place);
    }

    function _addPerp(Assessment memory a, OptionBook memory book, Market[] calldata markets, Position p) private pure {
        if (!_isPerp(p)) revert IMarginModel.MarginModel_UnsupportedPosition(p);
        uint256 at = _marketAt(markets, p.underlying());
        Market calldata m = markets[at];
        int256 lots = p.lots();
        a.equity += FixedPoint.valueFloor(lots, m.index - p.index());
        book.deltas[at] += lots * int256(m.spot) * int256(NormalCdf.ONE);
        (uint256 im, uint256 mm) = perpCharge(m, FixedPoint.abs(lots));
        a.initialMargin += im;
        a.maintenanceMargin += mm;
    }
}
