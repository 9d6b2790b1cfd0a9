// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Instrument} from "../instruments/Instrument.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Mode} from "../types/Account.sol";
import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Position, PositionLibrary} from "../types/Position.sol";
import {Witness, WitnessLibrary} from "../types/Witness.sol";
import {Correlations} from "./Correlations.sol";
import {FrameLists} from "./FrameLists.sol";
import {ModelCall} from "./ModelCall.sol";
import {OptionTerms} from "./OptionTerms.sol";
import {Options} from "./Options.sol";
import {PositionLists} from "./PositionLists.sol";
import {Settings} from "./Settings.sol";

/// @notice The least reliable of what positions are valued by; Fresh where there are none.
struct Doubt {
    PriceStatus status;
    uint16 underlying;
    /// @dev Whose surface is the cause, and how it is; zero where the underlying's price is.
    uint40 expiresAt;
    SurfaceStatus surface;
}

/// @notice What is asked about options, and for models that correlate: surfaces, settled expiries, correlations.
/// @dev Linked to the clearinghouse, so that whoever holds perpetuals alone pays for none of it. What it reads cannot
/// change within a frame: oracles are called, and no one else.
library Valuation {
    using PositionLists for Position[];
    using Settings for uint256[];

    /// @dev The size whose value is a price: one unit, in lots.
    int64 private constant ONE_UNIT = 1e8;

    /// @dev What a model asks about, while it is gathered: lists of pointers to structs, which is what Solidity's
    /// memory arrays of structs are.
    struct Holdings {
        uint256[] settings;
        uint256[] markets;
        uint256 marketCount;
        uint256[] expiries;
        uint256 expiryCount;
        /// @dev What was met of Position.group, each once.
        uint256[] groups;
        uint256 groupCount;
        Mode mode;
        Witness witness;
        /// @dev USD Wad, with what options of settled expiries are worth: these are not among the positions.
        int256 cash;
    }

    /// @notice The mode's model on a list of positions, and the least that what these were valued by may be relied on.
    /// @param known every underlying held, each once; completed in place.
    /// @param witness what maintenance margin is to be shown by, if not by everything.
    // solhint-disable-next-line gas-calldata-parameters
    function assess(
        Mode mode,
        int256 cash,
        Position[] calldata positions,
        Market[] memory known,
        Witness witness
    ) external view returns (Assessment memory found, Doubt memory doubt) {
        Holdings memory h;
        h.settings = Settings.load();
        (h.mode, h.witness, h.cash) = (mode, witness, cash);
        h.markets = FrameLists.uncleared(known.length);
        h.expiries = FrameLists.uncleared(positions.length);
        h.groups = FrameLists.uncleared(positions.length);
        doubt.status = PriceStatus.Fresh;
        Position[] memory live = _gather(h, positions, known, doubt);
        if (live.length == 0) {
            found.equity = found.equityForInitial = found.equityForMaintenance = h.cash;
            return (found, doubt);
        }
        found = _ask(h, live);
    }

    /// @notice How far the value of an option may be relied on whose underlying's price is of status `price`.
    function statusOf(Position p, PriceStatus price) external view returns (PriceStatus) {
        Expiry memory e = Options.expiryOf(Settings.load(), p.underlying(), p.expiresAt());
        return Options.statusOf(price, e.status);
    }

    /// @notice Refuses an option that nobody may trade now, or that is not listed and to be opened.
    /// @return observedAt when its surface was observed, unix seconds.
    function admit(Instrument id, PriceStatus price, bool opens) external view returns (uint40 observedAt) {
        if (id.expiresAt() <= block.timestamp) revert IClearinghouse.Option_Expired(id);
        if (price == PriceStatus.Unusable) {
            revert IClearinghouse.Clearinghouse_PriceNotFresh(id.underlying(), price);
        }
        Expiry memory e = Options.expiryOf(Settings.load(), id.underlying(), id.expiresAt());
        if (e.status == SurfaceStatus.Absent) {
            revert IClearinghouse.Option_SurfaceNotFresh(id.underlying(), id.expiresAt(), e.status);
        }
        if (opens) Options.requireListed(id);
        return uint40(e.observedAt);
    }

    /// @notice What one unit of an option is worth, USD Wad, rounded down. Refused unless its price and surface are
    /// fresh.
    // solhint-disable-next-line gas-calldata-parameters
    function freshMarkOf(Mode mode, Instrument id, Market memory market) external view returns (uint256) {
        uint256[] memory settings = Settings.load();
        Expiry[] memory expiries = new Expiry[](1);
        expiries[0] = Options.expiryOf(settings, id.underlying(), id.expiresAt());
        if (market.status != PriceStatus.Fresh) {
            revert IClearinghouse.Clearinghouse_PriceNotFresh(id.underlying(), market.status);
        }
        if (Options.statusOf(market.status, expiries[0].status) != PriceStatus.Fresh) {
            revert IClearinghouse.Option_SurfaceNotFresh(id.underlying(), id.expiresAt(), expiries[0].status);
        }
        OptionTerms.setInForce(market, settings.optionsAt(settings.placeOf(market.underlying)));
        Market[] memory markets = new Market[](1);
        markets[0] = market;
        Position[] memory positions = new Position[](1);
        positions[0] = PositionLibrary.option(id, ONE_UNIT);
        return
            uint256(
                ModelCall.assess(settings.model(mode), markets, expiries, 0, 0, positions, WitnessLibrary.NONE).equity
            );
    }

    /// @dev Finds what `positions` are valued by.
    /// @return live those that are not settled.
    function _gather(
        Holdings memory h,
        Position[] calldata positions,
        Market[] memory markets,
        Doubt memory doubt
    ) private view returns (Position[] memory live) {
        uint256 count = positions.length;
        live = PositionLists.uncleared(count);
        uint256 kept;
        // Neighbours are mostly of one group, and are then known at a glance.
        uint256 known = type(uint256).max;
        for (uint256 i; i < count; ++i) {
            Position p = positions[i];
            if (p.group() != known) {
                if (p.isOption() && p.expiresAt() <= block.timestamp) {
                    (uint256 price, bool settled) = Options.settlementOf(h.settings, p);
                    if (settled) {
                        h.cash += Options.payoff(p, price);
                        continue;
                    }
                }
                known = p.group();
                if (_meet(h, known)) _add(h, p, markets, doubt);
            }
            live.set(kept++, p);
        }
        assembly ("memory-safe") {
            mstore(live, kept)
        }
    }

    /// @dev Whether `group` is met for the first time.
    function _meet(Holdings memory h, uint256 group) private pure returns (bool first) {
        (uint256[] memory groups, uint256 count) = (h.groups, h.groupCount);
        first = true;
        assembly ("memory-safe") {
            let at := add(groups, 0x20)
            let end := add(at, shl(5, count))
            for {} lt(at, end) {
                at := add(at, 0x20)
            } {
                if eq(mload(at), group) {
                    first := 0
                    break
                }
            }
            // There is room for as many as there are positions.
            if first {
                mstore(end, group)
            }
        }
        if (first) h.groupCount = count + 1;
    }

    /// @dev What the model says of the positions that are not settled.
    function _ask(Holdings memory h, Position[] memory live) private view returns (Assessment memory) {
        (Market[] memory markets, Expiry[] memory expiries) = _asLists(h);
        uint256 correlation;
        if (h.settings.usesCorrelation(h.mode)) {
            correlation = Correlations.least(h.settings.volatilityOracle(), markets);
        }
        return ModelCall.assess(h.settings.model(h.mode), markets, expiries, correlation, h.cash, live, h.witness);
    }

    /// @dev What `p`, the first of its group, is valued by.
    function _add(Holdings memory h, Position p, Market[] memory markets, Doubt memory doubt) private view {
        PriceStatus status = _market(h, p, markets);
        if (status < doubt.status) (doubt.status, doubt.underlying, doubt.expiresAt) = (status, p.underlying(), 0);
        if (!p.isOption()) return;
        Expiry memory e = Options.expiryOf(h.settings, p.underlying(), p.expiresAt());
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := e
        }
        h.expiries[h.expiryCount++] = pointer;
        status = Options.statusOf(status, e.status);
        if (status >= doubt.status) return;
        (doubt.status, doubt.underlying) = (status, p.underlying());
        (doubt.expiresAt, doubt.surface) = (uint40(e.expiresAt), e.status);
    }

    /// @dev The status of the market of `p`, which is completed the first time.
    function _market(Holdings memory h, Position p, Market[] memory known) private view returns (PriceStatus) {
        uint256 at;
        while (known[at].underlying != p.underlying()) ++at;
        Market memory m = known[at];
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := m
        }
        for (at = 0; at < h.marketCount; ++at) {
            if (h.markets[at] == pointer) return m.status;
        }
        h.markets[h.marketCount++] = pointer;
        OptionTerms.setInForce(m, h.settings.optionsAt(h.settings.placeOf(m.underlying)));
        return m.status;
    }

    function _asLists(Holdings memory h) private pure returns (Market[] memory markets, Expiry[] memory expiries) {
        (uint256[] memory ofMarkets, uint256[] memory ofExpiries) = (h.markets, h.expiries);
        (uint256 marketCount, uint256 expiryCount) = (h.marketCount, h.expiryCount);
        assembly ("memory-safe") {
            mstore(ofMarkets, marketCount)
            mstore(ofExpiries, expiryCount)
            markets := ofMarkets
            expiries := ofExpiries
        }
    }
}
