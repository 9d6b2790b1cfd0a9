// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Distress} from "../interfaces/ILiquidationAuction.sol";
import {Assessment, PriceStatus} from "../types/Market.sol";
import {AccountFrame, Frame} from "./Frame.sol";
import {Judge} from "./Judge.sol";

/// @notice Whether an account may be liquidated, as the ledger itself finds (RISK-2, RISK-3).
library Distressed {
    /// @notice Whether equity is less than the maintenance margin.
    function below(Distress memory d) internal pure returns (bool) {
        return d.equityForMaintenance < int256(d.maintenanceMargin);
    }

    /// @notice The account's distress, which must be real.
    function mustBeBelow(Frame memory f, AccountFrame memory a) internal view returns (Distress memory d) {
        d = distress(f, a);
        if (!below(d)) {
            revert IClearinghouse.Liquidation_Healthy(a.id, d.equityForMaintenance, d.maintenanceMargin);
        }
    }

    /// @notice The account judged as it stands in the frame, at usable prices or not at all (ORAC-3).
    function distress(Frame memory f, AccountFrame memory a) internal view returns (Distress memory) {
        (Assessment memory found, uint16 underlying, PriceStatus status) = Judge.assess(
            f,
            a.current.mode(),
            a.cash,
            a.positions
        );
        if (status == PriceStatus.Unusable) revert IClearinghouse.Clearinghouse_PriceNotFresh(underlying, status);
        return Distress(found.equity, found.equityForMaintenance, found.maintenanceMargin);
    }
}
