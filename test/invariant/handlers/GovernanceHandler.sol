// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {BackstopLimits} from "../../../contracts/interfaces/IBackstopVault.sol";
import {IClearinghouse, MarketParams} from "../../../contracts/interfaces/IClearinghouse.sol";
import {IsolatedMargin} from "../../../contracts/margin/IsolatedMargin.sol";
import {Modes} from "../../../contracts/types/Account.sol";
import {asIfAnnounced} from "../../forge/Announced.sol";
import {Campaign} from "./Campaign.sol";

/// @notice Governance within its bounds, trying to leave them, and strangers trying to govern.
abstract contract GovernanceHandler is Campaign {
    function setMarketParams(uint256 seed, uint256 a, uint256 b, uint256 c, uint256 who) external {
        uint16 u = _marketAt(seed);
        MarketParams memory p = house.marketParams(u);
        p.baseRateBps = uint16(bound(a, 300, 2_000));
        p.volMultiplierBps = uint16(bound(a >> 128, 20_000, 40_000));
        p.slopeBps = uint16(bound(b, 1, 1_000));
        p.maintenanceRatioBps = uint16(bound(b >> 128, 5_000, 9_500));
        p.takerFeeBps = uint16(bound(c, 0, 50));
        p.makerFeeBps = uint16(bound(c >> 128, 0, 50));
        p.depth = uint64(bound(a >> 64, 1_000_000, 100_000_000));
        p.openInterestCap = uint64(bound(c >> 64, 1_000_000, 500_000_000));
        bytes4 refusal;
        if (who % 8 == 0) refusal = IAccessManaged.AccessManagedUnauthorized.selector;
        if (who % 8 == 1) {
            refusal = IClearinghouse.Market_ParameterOutOfBounds.selector;
            p.maintenanceRatioBps = uint16(a % 2 == 0 ? bound(b, 0, 4_999) : bound(b, 9_501, type(uint16).max));
        }
        bytes memory data = abi.encodeCall(IClearinghouse.setMarketParams, (u, p));
        if (refusal != 0) {
            address sender = who % 8 == 0 ? _traderAt(seed) : address(this);
            return _mustRefuse(sender, data, refusal, "AUTH-3: a market was governed out of bounds");
        }
        house.setMarketParams(u, p);
    }

    function registerModel(uint256 seed, bool stranger) external {
        IsolatedMargin model = new IsolatedMargin();
        bytes memory data = abi.encodeCall(IClearinghouse.registerModel, (Modes.ISOLATED, model));
        if (stranger) {
            bytes4 refusal = IAccessManaged.AccessManagedUnauthorized.selector;
            return _mustRefuse(_traderAt(seed), data, refusal, "AUTH-3: a stranger registered a model");
        }
        bytes4 unannounced = IClearinghouse.Governance_NotAnnounced.selector;
        _mustRefuse(address(this), data, unannounced, "AUTH-3: a model was replaced out of the blue");
        asIfAnnounced(house, data);
        house.registerModel(Modes.ISOLATED, model);
    }

    function setVaultLimits(uint256 seed, uint256 a, uint256 b) external {
        uint16 eventCap = uint16(bound(a, 100, 2_500));
        uint16 hourCap = uint16(bound(a >> 128, eventCap, 5_000));
        uint32 cooldown = uint32(bound(b, 1 days, 4 days));
        BackstopLimits memory limits = BackstopLimits(
            eventCap,
            hourCap,
            cooldown,
            uint32(bound(seed, 6 hours, 2 days))
        );
        venue.vault().setLimits(limits);
    }

    function setReferencePrice(uint256 seed, uint256 price) external {
        uint16 u = _marketAt(seed);
        uint256 middle = uint256(venue.priceOracle().feedOf(u).referencePrice8) * 1e10;
        venue.priceOracle().setReferencePrice(u, bound(price, (middle * 9) / 10, (middle * 11) / 10));
    }

    /// @notice The same modules again: nothing may change by it.
    function setModules(uint256 seed, bool stranger) external {
        bytes memory data = abi.encodeCall(IClearinghouse.setModules, (venue.modules()));
        if (stranger) {
            bytes4 refusal = IAccessManaged.AccessManagedUnauthorized.selector;
            return _mustRefuse(_traderAt(seed), data, refusal, "AUTH-3: a stranger replaced the modules");
        }
        (uint256 from, ) = house.announcement(keccak256(data));
        bytes4 notYet =
            from == 0 ? IClearinghouse.Governance_NotAnnounced.selector : IClearinghouse.Governance_TooEarly.selector;
        if (from == 0 || block.timestamp < from) {
            _mustRefuse(address(this), data, notYet, "AUTH-3: modules were replaced out of the blue");
        }
        asIfAnnounced(house, data);
        house.setModules(venue.modules());
        _mustRefuse(
            address(this),
            data,
            IClearinghouse.Governance_NotAnnounced.selector,
            "AUTH-3: an announcement was used twice"
        );
    }

    /// @notice Announces the same modules again, or takes the announcement back.
    function announce(uint256 seed, bool stranger) external {
        bytes memory call = abi.encodeCall(IClearinghouse.setModules, (venue.modules()));
        bytes32 callHash = keccak256(call);
        bytes memory data = abi.encodeCall(IClearinghouse.announce, (call));
        if (stranger) {
            bytes4 refusal = IAccessManaged.AccessManagedUnauthorized.selector;
            return _mustRefuse(_traderAt(seed), data, refusal, "AUTH-3: a stranger announced");
        }
        (, uint256 until) = house.announcement(callHash);
        if (block.timestamp > until) return house.announce(call);
        bytes4 pending = IClearinghouse.Governance_AlreadyAnnounced.selector;
        _mustRefuse(address(this), data, pending, "AUTH-3: an announcement was begun anew");
        if (seed % 2 == 0) house.withdrawAnnouncement(callHash);
    }
}
