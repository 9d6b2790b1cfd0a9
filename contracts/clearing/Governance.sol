// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IBasisOracle} from "../interfaces/IBasisOracle.sol";
import {IClearinghouse, MarketParams, Modules} from "../interfaces/IClearinghouse.sol";
import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Mode, Modes} from "../types/Account.sol";
import {Ledger, MarketParamsLibrary} from "./Ledger.sol";
import {Lock} from "./Lock.sol";

/// @notice What governance may set, and the bounds it cannot leave. The clearinghouse checks the caller's role.
/// @dev Linked to the clearinghouse: rarely used code that need not share its room.
library Governance {
    using MarketParamsLibrary for MarketParams;

    /// @notice See IClearinghouse.listMarket.
    function listMarket(Ledger storage ledger, uint16 underlying, MarketParams calldata params) external {
        if (ledger.params[underlying].listed()) revert IClearinghouse.Market_AlreadyListed(underlying);
        _checkBounds(params);
        ledger.params[underlying] = MarketParamsLibrary.pack(params);
        ledger.listed.push(underlying);
        // Funding starts here: nothing that went before may be charged.
        (, int64 integral) = IBasisOracle(ledger.modules.basisOracle).read(underlying);
        ledger.markets[underlying].funding = (uint256(uint64(integral)) << 192) | (block.timestamp << 96);
        emit IClearinghouse.MarketListed(underlying, params);
    }

    /// @notice See IClearinghouse.setMarketParams.
    function setMarketParams(Ledger storage ledger, uint16 underlying, MarketParams calldata params) external {
        if (!ledger.params[underlying].listed()) revert IClearinghouse.Market_NotListed(underlying);
        _checkBounds(params);
        emit IClearinghouse.MarketParamsChanged(underlying, ledger.params[underlying].unpack(), params);
        ledger.params[underlying] = MarketParamsLibrary.pack(params);
    }

    /// @notice See IClearinghouse.registerModel.
    function registerModel(Ledger storage ledger, Mode mode, IMarginModel model) external {
        if (mode == Modes.NONE) revert IClearinghouse.Clearinghouse_UnknownMode(mode);
        if (address(model) == address(0)) revert IClearinghouse.Clearinghouse_ZeroAddress();
        emit IClearinghouse.ModelRegistered(mode, ledger.models[mode], model);
        ledger.models[mode] = model;
    }

    /// @notice See IClearinghouse.setModules.
    function setModules(Ledger storage ledger, Modules calldata modules) external {
        if (Lock.held()) revert IClearinghouse.Clearinghouse_FrameOpen();
        bool complete =
            modules.priceOracle != address(0) &&
                modules.basisOracle != address(0) &&
                modules.volatilityOracle != address(0) &&
                modules.auction != address(0) &&
                modules.vault != address(0);
        if (!complete) revert IClearinghouse.Clearinghouse_ZeroAddress();
        emit IClearinghouse.ModulesChanged(ledger.modules, modules);
        ledger.modules = modules;
    }

    /// @dev Wide enough for any underlying worth listing, narrow enough that no setting frees risk of margin.
    function _checkBounds(MarketParams calldata p) private pure {
        _within("baseRateBps", p.baseRateBps, 100, 10_000);
        _within("volMultiplierBps", p.volMultiplierBps, 10_000, 60_000);
        _within("slopeBps", p.slopeBps, 1, 10_000);
        _within("maintenanceRatioBps", p.maintenanceRatioBps, 5_000, 9_500);
        _within("takerFeeBps", p.takerFeeBps, 0, 50);
        _within("makerFeeBps", p.makerFeeBps, 0, 50);
        _within("depth", p.depth, 10_000, 10_000_000_000);
        _within("openInterestCap", p.openInterestCap, 0, 100_000_000_000);
    }

    function _within(bytes32 name, uint256 value, uint256 lower, uint256 upper) private pure {
        if (value < lower || value > upper) {
            revert IClearinghouse.Market_ParameterOutOfBounds(name, value, lower, upper);
        }
    }
}
