// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPoint} from "../math/FixedPoint.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {IMarginModel} from "../interfaces/IMarginModel.sol";

/// @notice The rules isolated and cross margin share: every instrument is charged for itself, equity is the account's.
library StandardMargin {
    using FixedPoint for uint256;

    /// @notice Puts equity and requirements of a book of perpetuals into `a`.
    function assess(
        Assessment memory a,
        Market[] calldata markets,
        int256 cash,
        Position[] calldata positions
    ) internal pure {
        int256 equity = cash;
        uint256 initial;
        uint256 maintenance;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions[i];
            if (!p.instrument().isPerp()) revert IMarginModel.MarginModel_UnsupportedPosition(p);
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
    }

    /// @notice Initial and maintenance margin of `lots` (unsigned) of the perpetual, rounded up.
    /// @dev The rate grows with the forecast volatility and with size against the market's depth; the oracle's
    /// uncertainty is charged on the delta in full, whatever the rate.
    function perpRequirement(Market calldata m, uint256 lots) internal pure returns (uint256 im, uint256 mm) {
        uint256 notional = lots.valueUp(m.mark);
        uint256 rate = m.volMultiplier.mulWadUp(m.dailyVol);
        if (rate < m.baseRate) rate = m.baseRate;
        rate += m.slope.mulDivUp(notional, m.depth);
        if (rate > FixedPoint.WAD) rate = FixedPoint.WAD;
        im = notional.mulWadUp(rate);
        mm = im.mulWadUp(m.maintenanceRatio);
        uint256 uncertainty = lots.valueUp(m.spot).mulWadUp(m.confidence);
        // Each is a product that fitted, divided by 1e8 or more.
        unchecked {
            im += uncertainty;
            mm += uncertainty;
        }
    }

    /// @notice The market of `underlying`; refused where it is missing.
    function marketOf(Market[] calldata markets, uint16 underlying) internal pure returns (Market calldata) {
        for (uint256 i; i < markets.length; ++i) {
            if (markets[i].underlying == underlying) return markets[i];
        }
        revert IMarginModel.MarginModel_MissingMarket(underlying);
    }
}
