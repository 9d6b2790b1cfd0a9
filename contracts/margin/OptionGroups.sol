// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalCdf, NormalTable} from "../math/NormalCdf.sol";
import {Expiry} from "../types/Expiry.sol";
import {Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {ExpiryLoss} from "./ExpiryLoss.sol";
import {ExpirySlice, Slice} from "./ExpirySlice.sol";
import {OptionMark} from "./OptionMark.sol";
import {CallTerms, ScenarioKernel} from "./ScenarioKernel.sol";

/// @dev What a unit sold requires, for an underlying at `spot`. USD Wad, but for the factor.
struct ShortRates {
    uint256 spot;
    uint256 initial;
    uint256 initialLeast;
    uint256 maintenance;
    uint256 maintenanceLeast;
    /// @dev g: what volatility multiplies them by.
    uint256 factor;
}

/// @notice The options of one underlying and expiry that an account holds.
struct Group {
    /// @dev As `Position.group` has it.
    uint256 key;
    /// @dev Where its market is in the list of markets.
    uint256 market;
    /// @dev Where its first and its last option are in the list of positions.
    uint256 first;
    uint256 last;
    Slice slice;
    ShortRates rates;
    /// @dev Lots times what one moves with, in units of 1 / OptionGroups.DELTA_UNIT USD Wad.
    int256 delta;
    /// @dev What its options require each for itself. USD Wad.
    uint256 initial;
    uint256 maintenance;
}

/// @dev A book with options while it is added up.
struct OptionBook {
    NormalTable table;
    /// @dev By market, what everything in it moves with, in the groups' unit.
    int256[] deltas;
    Group[] groups;
    uint256 held;
    /// @dev The group looked at last: neighbours are mostly of one.
    uint256 latest;
    /// @dev Used for each option in turn.
    CallTerms terms;
}

/// @notice RISK section 2 for options: what they require each for itself, and those of an expiry together.
library OptionGroups {
    using FixedPoint for uint256;
    using ExpirySlice for Slice;

    /// @dev A leg times a weight is to be divided by this for USD Wad.
    uint256 internal constant DELTA_UNIT = FixedPoint.LOTS * NormalCdf.ONE;
    uint256 private constant WAD = 1e18;
    /// @dev What a call's leg, times what the strike's is besides, is to be divided by for USD Wad.
    uint256 private constant STRIKE_UNIT = FixedPoint.LOTS * WAD;
    /// @dev Of spot, for one unit sold: at the money, and however far out of it.
    uint256 private constant INITIAL = 0.15e18;
    uint256 private constant INITIAL_LEAST = 0.1e18;
    uint256 private constant MAINTENANCE = 0.09e18;
    uint256 private constant MAINTENANCE_LEAST = 0.06e18;
    uint256 private constant MOST_FACTOR = 3e18;
    /// @dev Of the forward, for each unit of calls sold that none is held against: what they may lose has no end.
    uint256 private constant NAKED_INITIAL = 1.2e18;
    uint256 private constant NAKED_MAINTENANCE = 1.1e18;

    /// @notice A book without options that has room for those of `expiries` expiries.
    function open(address table, uint256 expiries) internal view returns (OptionBook memory b) {
        b.table = NormalCdf.load(table);
        Group[] memory groups;
        // A list of groups still to be prepared: Solidity would clear each.
        assembly ("memory-safe") {
            groups := mload(0x40)
            mstore(groups, expiries)
            mstore(0x40, add(groups, shl(5, add(expiries, 1))))
        }
        b.groups = groups;
    }

    /// @notice Whether there is a group of the key, which is then the latest.
    function find(OptionBook memory b, uint256 key) internal pure returns (bool) {
        uint256 held = b.held;
        Group[] memory groups = b.groups;
        if (held != 0 && groups[b.latest].key == key) return true;
        for (uint256 i; i < held; ++i) {
            if (groups[i].key != key) continue;
            b.latest = i;
            return true;
        }
        return false;
    }

    /// @notice Begins the group of `p`, the first option of its kind, which is then the latest.
    /// @param at where `m`, the market of `p`, is in the list of markets.
    /// @param place where `p` is in the list of positions.
    function begin(
        OptionBook memory b,
        Market calldata m,
        Expiry[] calldata expiries,
        Position p,
        uint256 at,
        uint256 place
    ) internal pure {
        uint256 expiresAt = p.expiresAt();
        for (uint256 i; i < expiries.length; ++i) {
            Expiry calldata e = expiries[i];
            if (e.expiresAt != expiresAt || e.underlying != m.underlying) continue;
            Group memory g;
            (g.key, g.market, g.first) = (p.group(), at, place);
            ExpirySlice.prepare(g.slice, e, m.spot);
            g.rates = _ratesOf(m);
            b.latest = b.held++;
            b.groups[b.latest] = g;
            return;
        }
        revert IMarginModel.MarginModel_MissingExpiry(p);
    }

    /// @notice Adds an option to the latest group.
    /// @return value what it is worth, USD Wad, rounded down.
    /// @dev What a long one requires is its value as equity counts it, to the wei: that it carries nothing else is then
    /// exact, and a rounding takes nothing from who has paid for it in full.
    function add(OptionBook memory b, Position p, uint256 place) internal pure returns (int256 value) {
        Group memory g = b.groups[b.latest];
        Slice memory x = g.slice;
        CallTerms memory c = b.terms;
        x.setTerms(c, p);
        (int256 asCall, int256 weight, ) = ScenarioKernel.unshocked(b.table, c);
        int256 lots = p.lots();
        value = OptionMark.valueOf(c, p.isCall(), lots > 0, asCall);
        g.last = place;
        // Legs within the kernel's bounds keep all of these far from 256 bits.
        unchecked {
            if (p.isCall()) x.callLots += lots;
            else weight -= int256(NormalCdf.ONE);
            g.delta += c.spotLeg * weight;
            x.value += value;
            if (lots < 0) return _addShort(g, c, p, uint256(-lots), value);
            g.initial += uint256(value);
            g.maintenance += uint256(value);
        }
    }

    /// @notice What the options of the group require where they are margined together, and each for itself where that
    /// is less. Rounded up. USD Wad.
    function together(
        Group memory g,
        Position[] calldata positions
    ) internal pure returns (uint256 initial, uint256 maintenance) {
        Slice memory x = g.slice;
        int256 loss = ExpiryLoss.worst(positions[g.first:g.last + 1], g.key >> 32, x.expiresAt);
        int256 bounded = x.value - FixedPoint.mulDivFloor(-loss, int256(x.discount), int256(WAD));
        uint256 naked = x.callLots < 0 ? uint256(-x.callLots).valueUp(x.forward) : 0;
        initial = _lesser(g.initial, bounded + int256(naked.mulWadUp(NAKED_INITIAL)));
        maintenance = _lesser(g.maintenance, bounded + int256(naked.mulWadUp(NAKED_MAINTENANCE)));
    }

    /// @dev A put that was sold costs at most its strike, discounted, of which equity has its value already: what
    /// `OptionMark` bounds that by leaves nothing below zero here.
    function _addShort(
        Group memory g,
        CallTerms memory c,
        Position p,
        uint256 lots,
        int256 value
    ) private pure returns (int256) {
        ShortRates memory r = g.rates;
        (uint256 dear, uint256 cheap) = p.isCall() ? (p.strike(), r.spot) : (r.spot, p.strike());
        uint256 away = dear > cheap ? dear - cheap : 0;
        uint256 initial = lots.valueUp(_unit(r.initial, r.initialLeast, away, r.factor));
        uint256 maintenance = lots.valueUp(_unit(r.maintenance, r.maintenanceLeast, away, r.factor));
        if (!p.isCall()) {
            uint256 most = FixedPoint.divUp(FixedPoint.abs(c.strikeLeg), STRIKE_UNIT) - uint256(-value);
            if (initial > most) initial = most;
            if (maintenance > most) maintenance = most;
        }
        g.initial += initial;
        g.maintenance += maintenance;
        return value;
    }

    function _unit(uint256 rate, uint256 least, uint256 away, uint256 factor) private pure returns (uint256) {
        uint256 margin = rate > away ? rate - away : 0;
        if (margin < least) margin = least;
        return margin.mulWadUp(factor);
    }

    function _ratesOf(Market calldata m) private pure returns (ShortRates memory r) {
        uint256 spot = m.spot;
        r.spot = spot;
        r.initial = spot.mulWadUp(INITIAL);
        r.initialLeast = spot.mulWadUp(INITIAL_LEAST);
        r.maintenance = spot.mulWadUp(MAINTENANCE);
        r.maintenanceLeast = spot.mulWadUp(MAINTENANCE_LEAST);
        r.factor = _factor(m.dailyVol, m.referenceVol);
    }

    /// @dev clamp(volatility / normal, 1, 3), rounded up.
    function _factor(uint256 volatility, uint256 normal) private pure returns (uint256) {
        if (volatility * WAD >= normal * MOST_FACTOR) return MOST_FACTOR;
        return volatility > normal ? volatility.mulDivUp(WAD, normal) : WAD;
    }

    function _lesser(uint256 apart, int256 bounded) private pure returns (uint256) {
        if (bounded <= 0) return 0;
        return uint256(bounded) < apart ? uint256(bounded) : apart;
    }
}
