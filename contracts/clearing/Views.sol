// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {IExpirySettlement} from "../interfaces/IExpirySettlement.sol";
import {Nonces} from "../settlement/Nonces.sol";
import {Orders} from "../settlement/Orders.sol";
import {Account, Mode} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Grant, Scopes} from "../types/Grant.sol";
import {MarketState} from "../types/MarketState.sol";
import {LockedProceeds} from "../types/LockedProceeds.sol";
import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {Assessment} from "../types/Market.sol";
import {Order, OrderStatus} from "../types/Order.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {Announcements} from "./Announcements.sol";
import {Domain} from "./Domain.sol";
import {Frame, MarketFrame} from "./Frame.sol";
import {Judge} from "./Judge.sol";
import {MarketStateLibrary, MarketWords, ledger} from "./Ledger.sol";
import {OptionTerms} from "./OptionTerms.sol";
import {Options} from "./Options.sol";
import {PositionStore} from "./PositionStore.sol";
import {Ramps} from "./Ramps.sol";
import {Settings} from "./Settings.sol";
import {Snapshot} from "./Snapshot.sol";

/// @notice Answers the view functions of the clearinghouse.
/// @dev Linked to the clearinghouse, and called with the call as it came: its answer is returned as it is, so neither
/// side spends code on decoding structs for the other.
library Views {
    using MarketStateLibrary for MarketWords;
    using Settings for uint256[];

    uint256 private constant SELECTOR_SIZE = 4;

    /// @notice The ABI-encoded answer to a call of one of IClearinghouse's views.
    function answer(bytes32 domainSeparator, bytes calldata call) external view returns (bytes memory) {
        bytes4 selector = bytes4(call);
        bytes calldata args = call[SELECTOR_SIZE:];
        if (selector == IClearinghouse.accountOf.selector) {
            return abi.encode(ledger().accounts[abi.decode(args, (AccountId))]);
        }
        if (selector == IClearinghouse.positionsOf.selector) {
            AccountId id = abi.decode(args, (AccountId));
            return abi.encode(PositionStore.load(id, ledger().accounts[id]));
        }
        if (selector == IClearinghouse.assess.selector) {
            return abi.encode(_assess(abi.decode(args, (AccountId)), WitnessLibrary.NONE));
        }
        if (selector == IClearinghouse.assessBy.selector) {
            (AccountId id, Witness witness) = abi.decode(args, (AccountId, Witness));
            return abi.encode(_assess(id, witness));
        }
        if (selector == IClearinghouse.nonceState.selector) {
            (AccountId id, uint64 nonce) = abi.decode(args, (AccountId, uint64));
            (bool spent, uint64 filled, ) = Nonces.stateOf(id, nonce);
            return abi.encode(spent, filled);
        }
        if (selector == IClearinghouse.orderStatus.selector) return _orderStatus(domainSeparator, args);
        if (selector == IClearinghouse.operatorOf.selector) {
            (AccountId id, address operator) = abi.decode(args, (AccountId, address));
            return _operatorOf(id, operator);
        }
        if (selector == IClearinghouse.lockedOf.selector) return _lockedOf(abi.decode(args, (AccountId)));
        if (selector == IClearinghouse.announcement.selector) {
            (uint256 from, uint256 until) = Announcements.windowOf(abi.decode(args, (bytes32)));
            return abi.encode(from, until);
        }
        if (selector == IERC5267.eip712Domain.selector) return _domain();
        return _ofSettings(selector, args);
    }

    function _domain() private view returns (bytes memory) {
        uint256[] memory extensions = new uint256[](0);
        return
            abi.encode(
                Domain.FIELDS,
                Domain.NAME,
                Domain.VERSION,
                block.chainid,
                address(this),
                bytes32(0),
                extensions
            );
    }

    function _ofSettings(bytes4 selector, bytes calldata args) private view returns (bytes memory) {
        uint256[] memory settings = Settings.load();
        if (selector == IClearinghouse.listedMarkets.selector) return abi.encode(settings.underlyings());
        if (selector == IClearinghouse.modules.selector) return abi.encode(settings.modules());
        if (selector == IClearinghouse.modelOf.selector) return abi.encode(settings.model(abi.decode(args, (Mode))));
        if (selector == IClearinghouse.vaultAccount.selector) {
            return abi.encode(AccountIdLibrary.make(settings.vault(), 0));
        }
        uint16 underlying = abi.decode(args, (uint16));
        if (selector == IClearinghouse.marketOf.selector) {
            MarketFrame memory m;
            Snapshot.take(settings, underlying, m);
            OptionTerms.setInForce(m.market, m.options);
            return abi.encode(m.market);
        }
        if (selector == IClearinghouse.expiryOf.selector) {
            (, uint40 expiresAt) = abi.decode(args, (uint16, uint40));
            return _expiryOf(settings, underlying, expiresAt);
        }
        return _ofMarket(settings, selector, args, underlying);
    }

    function _expiryOf(
        uint256[] memory settings,
        uint16 underlying,
        uint40 expiresAt
    ) private view returns (bytes memory) {
        Expiry memory found = Options.expiryOf(settings, underlying, expiresAt);
        (uint256 price, bool settled) = (0, false);
        if (found.status == SurfaceStatus.Expired) {
            (price, settled) = IExpirySettlement(settings.expirySettlement()).price(underlying, expiresAt);
        }
        return abi.encode(found, price, settled);
    }

    function _ofMarket(
        uint256[] memory settings,
        bytes4 selector,
        bytes calldata args,
        uint16 underlying
    ) private view returns (bytes memory) {
        if (selector == IClearinghouse.marketState.selector) {
            MarketState memory state;
            ledger().markets[underlying].loadInto(state);
            return abi.encode(state);
        }
        if (selector == IClearinghouse.optionInterest.selector) {
            return abi.encode(ledger().markets[underlying].optionInterest);
        }
        if (selector == IClearinghouse.strikesOf.selector) {
            (, uint40 expiresAt) = abi.decode(args, (uint16, uint40));
            return abi.encode(ledger().strikes[underlying][expiresAt]);
        }
        uint256 place = settings.placeOf(underlying);
        uint256 options = place == 0 ? 0 : settings.optionsAt(place);
        if (selector == IClearinghouse.optionParams.selector) return abi.encode(OptionTerms.unpack(options));
        if (selector == IClearinghouse.optionRamp.selector) return abi.encode(OptionTerms.unpackRamp(options));
        if (selector == IClearinghouse.marketRamp.selector) {
            return abi.encode(Ramps.unpack(place == 0 ? 0 : settings.rampAt(place)));
        }
        return abi.encode(Settings.unpack(place == 0 ? 0 : settings.paramsAt(place)));
    }

    function _assess(AccountId id, Witness witness) private view returns (Assessment memory found) {
        Frame memory f;
        Account a = ledger().accounts[id];
        (found, ) = Judge.assess(f, a.mode(), a.cash(), PositionStore.load(id, a), witness);
    }

    function _orderStatus(bytes32 domainSeparator, bytes calldata args) private view returns (bytes memory) {
        Order calldata order;
        assembly ("memory-safe") {
            order := args.offset
        }
        bytes32 digest = Orders.digestOf(order, domainSeparator);
        (OrderStatus status, uint64 filled) = Nonces.statusOf(order, digest);
        return abi.encode(digest, status, filled);
    }

    function _lockedOf(AccountId id) private view returns (bytes memory) {
        LockedProceeds lock = ledger().locks[id];
        uint16[] memory underlyings = new uint16[](lock.count());
        for (uint256 at; at < underlyings.length; ++at) underlyings[at] = lock.underlying(at);
        return abi.encode(lock.amount(), underlyings);
    }

    function _operatorOf(AccountId id, address operator) private view returns (bytes memory) {
        Grant grant = ledger().grants[id][operator];
        if (!grant.allows(Scopes.ALL, ledger().accounts[id].epoch())) return abi.encode(0, 0);
        return abi.encode(grant.scopes(), grant.expiry());
    }
}
