// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IBasisOracle} from "../interfaces/IBasisOracle.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {Mode, Modes} from "../types/Account.sol";
import {PriceStatus} from "../types/Market.sol";
import {MarketState} from "../types/MarketState.sol";
import {MarketParams, Modules, OptionParams, StrikeRule} from "../types/Parameters.sol";
import {Announcements} from "./Announcements.sol";
import {MarketStateLibrary, MarketWords, ledger} from "./Ledger.sol";
import {Lock} from "./Lock.sol";
import {OptionTerms} from "./OptionTerms.sol";
import {Options} from "./Options.sol";
import {Ramps} from "./Ramps.sol";
import {Settings} from "./Settings.sol";
import {Snapshot} from "./Snapshot.sol";

/// @notice What governance may set, and the bounds it cannot leave. The clearinghouse checks the caller's role.
/// @dev Linked to the clearinghouse: rarely used code that need not share its room.
library Governance {
    using MarketStateLibrary for MarketWords;
    using Settings for uint256[];

    /// @dev Every frame copies every market's word, and an account may hold each of them.
    uint256 private constant MAX_MARKETS = 64;
    uint256 private constant SELECTOR_SIZE = 4;

    /// @notice A governance call of IClearinghouse's, as it came.
    /// @dev Nothing governed changes under an open frame.
    function perform(bytes calldata call) external {
        if (Lock.held()) revert IClearinghouse.Clearinghouse_FrameOpen();
        bytes4 selector = bytes4(call);
        bytes calldata args = call[SELECTOR_SIZE:];
        if (selector == IClearinghouse.setMarketParams.selector) {
            (uint16 underlying, MarketParams memory params) = abi.decode(args, (uint16, MarketParams));
            _setMarketParams(underlying, params);
        } else if (selector == IClearinghouse.listMarket.selector) {
            (uint16 underlying, MarketParams memory params) = abi.decode(args, (uint16, MarketParams));
            _listMarket(underlying, params);
        } else if (selector == IClearinghouse.setOptionParams.selector) {
            (uint16 underlying, OptionParams memory params) = abi.decode(args, (uint16, OptionParams));
            _setOptionParams(underlying, params);
        } else if (selector == IClearinghouse.listExpiry.selector) {
            (uint16 underlying, uint40 expiry, StrikeRule memory rule) = abi.decode(args, (uint16, uint40, StrikeRule));
            _listExpiry(underlying, expiry, rule);
        } else if (selector == IClearinghouse.registerModel.selector) {
            (Mode mode, IMarginModel model) = abi.decode(args, (Mode, IMarginModel));
            _registerModel(call, mode, model);
        } else if (selector == IClearinghouse.setModules.selector) {
            _setModules(call, abi.decode(args, (Modules)));
        } else if (selector == IClearinghouse.announce.selector) {
            Announcements.make(abi.decode(args, (bytes)));
        } else if (selector == IClearinghouse.withdrawAnnouncement.selector) {
            Announcements.withdraw(abi.decode(args, (bytes32)));
        } else {
            revert IClearinghouse.Clearinghouse_UnknownSelector(selector);
        }
    }

    function _listMarket(uint16 underlying, MarketParams memory params) private {
        uint256[] memory settings = Settings.load();
        if (settings.placeOf(underlying) != 0) revert IClearinghouse.Market_AlreadyListed(underlying);
        if (settings.underlyings().length == MAX_MARKETS) revert IClearinghouse.Market_TooMany(MAX_MARKETS);
        _checkBounds(params);
        Settings.store(settings.withMarket(underlying, params));
        // Funding starts here: nothing that went before may be charged.
        (, int64 integral) = IBasisOracle(settings.basisOracle()).read(underlying);
        ledger().markets[underlying].funding = (uint256(uint64(integral)) << 192) | (block.timestamp << 96);
        emit IClearinghouse.MarketListed(underlying, params);
    }

    function _setMarketParams(uint16 underlying, MarketParams memory params) private {
        uint256[] memory settings = Settings.load();
        uint256 place = settings.placeOf(underlying);
        if (place == 0) revert IClearinghouse.Market_NotListed(underlying);
        _checkBounds(params);
        uint256 old = settings.paramsAt(place);
        emit IClearinghouse.MarketParamsChanged(underlying, Settings.unpack(old), params);
        uint256 word = Settings.pack(underlying, params);
        uint256 ramp = settings.rampAt(place);
        uint256 nextRamp = Settings.sameMargin(old, word) ? ramp : Ramps.begin(old, ramp, word);
        if (nextRamp != ramp) {
            emit IClearinghouse.MarketRampChanged(underlying, Ramps.unpack(ramp), Ramps.unpack(nextRamp));
        }
        settings.setMarket(place, word, nextRamp);
        Settings.store(settings);
    }

    function _setOptionParams(uint16 underlying, OptionParams memory params) private {
        uint256[] memory settings = Settings.load();
        uint256 place = settings.placeOf(underlying);
        if (place == 0) revert IClearinghouse.Market_NotListed(underlying);
        _within("priceRangeBps", params.priceRangeBps, 500, OptionTerms.MOST_PRICE_RANGE_BPS);
        _within("creditBps", params.creditBps, 0, 8_000);
        _within("referenceVolBps", params.referenceVolBps, OptionTerms.LEAST_REFERENCE_VOL_BPS, 2_000);
        _within("takerFeeBps", params.takerFeeBps, 0, 50);
        _within("makerFeeBps", params.makerFeeBps, 0, 50);
        _within("openInterestCap", params.openInterestCap, 0, 100_000_000_000);
        uint256 old = settings.optionsAt(place);
        uint256 word = OptionTerms.changed(old, params);
        emit IClearinghouse.OptionParamsChanged(underlying, OptionTerms.unpack(old), params);
        if (old >> OptionTerms.FROM_SHIFT != word >> OptionTerms.FROM_SHIFT) {
            emit IClearinghouse.OptionRampChanged(
                underlying,
                OptionTerms.unpackRamp(old),
                OptionTerms.unpackRamp(word)
            );
        }
        settings.setOptions(place, word);
        Settings.store(settings);
    }

    function _listExpiry(uint16 underlying, uint40 expiry, StrikeRule memory rule) private {
        if (Settings.load().placeOf(underlying) == 0) revert IClearinghouse.Market_NotListed(underlying);
        Options.checkListing(expiry, rule);
        emit IClearinghouse.ExpiryListed(underlying, expiry, ledger().strikes[underlying][expiry], rule);
        ledger().strikes[underlying][expiry] = rule;
    }

    /// @dev A mode nobody has an account in yet needs an announcement too: its model could find whoever opens one rich
    /// enough to carry off everybody's cash. But without a market no model is ever asked.
    function _registerModel(bytes calldata call, Mode mode, IMarginModel model) private {
        uint256[] memory settings = Settings.load();
        if (mode == Modes.NONE || Mode.unwrap(mode) >= Settings.MODES) {
            revert IClearinghouse.Clearinghouse_UnknownMode(mode);
        }
        if (address(model) == address(0)) revert IClearinghouse.Clearinghouse_ZeroAddress();
        IMarginModel from = settings.model(mode);
        if (address(from) != address(0) || settings.underlyings().length != 0) Announcements.useUp(call);
        emit IClearinghouse.ModelRegistered(mode, from, model);
        settings.setModel(mode, model, model.usesCorrelation());
        Settings.store(settings);
    }

    /// @dev The first modules need no announcement: without them no account can trade.
    function _setModules(bytes calldata call, Modules memory modules) private {
        uint256[] memory settings = Settings.load();
        bool complete =
            modules.priceOracle != address(0) &&
                modules.basisOracle != address(0) &&
                modules.volatilityOracle != address(0) &&
                modules.surfaceOracle != address(0) &&
                modules.expirySettlement != address(0) &&
                modules.auction != address(0) &&
                modules.vault != address(0);
        if (!complete) revert IClearinghouse.Clearinghouse_ZeroAddress();
        if (settings.priceOracle() != address(0)) Announcements.useUp(call);
        emit IClearinghouse.ModulesChanged(settings.modules(), modules);
        _bringFundingOver(settings, IBasisOracle(modules.basisOracle));
        settings.setModules(modules);
        Settings.store(settings);
    }

    /// @dev Two basis oracles do not share an integral: funding is brought up to now by the one and starts anew by the
    /// other. Funding since the last touch is forgone where a price is unusable or a module fails: a broken module must
    /// not stand in the way of its replacement.
    function _bringFundingOver(uint256[] memory settings, IBasisOracle to) private {
        if (address(to) == settings.basisOracle()) return;
        uint16[] memory underlyings = settings.underlyings();
        for (uint256 i; i < underlyings.length; ++i) {
            MarketState memory s;
            ledger().markets[underlyings[i]].loadInto(s);
            _tryAccrue(settings, underlyings[i], s);
            (, s.basisIntegral) = to.read(underlyings[i]);
            s.fundedAt = uint32(block.timestamp);
            ledger().markets[underlyings[i]].store(s);
        }
    }

    function _tryAccrue(uint256[] memory settings, uint16 underlying, MarketState memory s) private view {
        try IPriceOracle(settings.priceOracle()).read(underlying) returns (
            uint256 spot,
            uint256,
            uint40,
            PriceStatus status
        ) {
            if (status == PriceStatus.Unusable) return;
            try IBasisOracle(settings.basisOracle()).read(underlying) returns (int256, int64 integral) {
                Snapshot.accrueFunding(s, spot, integral);
            } catch {}
        } catch {}
    }

    /// @dev Wide enough for any underlying worth listing, narrow enough that no setting frees risk of margin.
    function _checkBounds(MarketParams memory p) private pure {
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
