// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalCdf, NormalTable} from "../math/NormalCdf.sol";
import {Expiry} from "../types/Expiry.sol";
import {Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {ExpiryLoss} from "./ExpiryLoss.sol";
import {ExpirySlice, SLICE_BYTES, Slice} from "./ExpirySlice.sol";
import {OptionMark} from "./OptionMark.sol";
import {CallTerms, ScenarioKernel, States} from "./ScenarioKernel.sol";

/// @notice What an account's positions in one underlying may lose. USD Wad.
struct Risk {
    /// @dev By scenario, in the order of RISK section 3: what the positions would gain, rounded down.
    int256[24] pnl;
    /// @dev max(0, the largest loss).
    uint256 core;
    /// @dev Charged besides, for initial and for maintenance margin.
    uint256 initialCharges;
    uint256 maintenanceCharges;
    /// @dev Value of the options at their marks and of the perpetual since its last settlement, each rounded down.
    int256 value;
    /// @dev Net delta in USD.
    int256 delta;
    /// @dev Whether no move, however large, makes a loss without end: no perpetual, and no expiry short of calls.
    bool bounded;
    /// @dev What the expiries could at most lose from their value now, if `bounded`.
    uint256 mostLost;
}

/// @dev A book of one underlying while it is added up. `States` has the scenarios' sums.
struct Book {
    NormalTable table;
    States states;
    /// @dev The states that are worked out, bit i for state i; zero for all of them.
    uint256 chosen;
    Slice[] slices;
    uint256 held;
    /// @dev Of the option before: its expiry, and which slice that is. Neighbours are mostly of one.
    uint256 lastExpiry;
    uint256 lastSlice;
    /// @dev Used for each option in turn.
    CallTerms terms;
    /// @dev Value of all calls as it is, in the states' unit.
    int256 flat;
    /// @dev What the far twist changes: far options' volatility up. In the states' unit.
    int256 farTwist;
    /// @dev What gains with the price and nothing else, lots times price: USD Wad times 1e8.
    int256 line;
    int256 perpLots;
    uint256 shortLots;
}

/// @notice RISK section 3 for one underlying.
library UnderlyingRisk {
    using FixedPoint for uint256;
    using ScenarioKernel for States;
    using ExpirySlice for Slice;

    uint256 private constant WAD = 1e18;
    /// @dev What a leg times a weight is to be divided by for USD Wad.
    int256 private constant DELTA_UNIT = 1e8 << 53;
    int256 private constant VEGA_UNIT = 1e26;
    /// @notice Every scenario, as a set.
    uint256 internal constant ALL_SCENARIOS = (1 << 24) - 1;
    /// @notice The first of the tails, and of the twists.
    uint256 internal constant TAILS = 18;
    uint256 internal constant FAR_TWIST = 22;
    uint256 private constant NEAR_TWIST = 23;
    /// @dev PR = clamp(3.5 * sigma_d, PR0, 0.60).
    uint256 private constant RANGE_MULTIPLIER = 3.5e18;
    uint256 private constant MOST_RANGE = 0.6e18;
    /// @dev Tails count for min(1, 0.77 * PR / |m|).
    uint256 private constant TAIL_WEIGHT = 0.77e18;
    /// @dev Of the net notional of perpetuals, of the notional of short options: maintenance, and as much again.
    uint256 private constant LINEAR_CHARGE = 0.01e18;
    uint256 private constant SHORT_CHARGE = 0.003e18;
    /// @dev Of what expiries' deltas offset: the larger of these, the second times the longest time held.
    uint256 private constant ROLL_CHARGE = 0.005e18;
    uint256 private constant ROLL_CHARGE_A_YEAR = 0.05e18;
    uint256 private constant CALENDAR_CHARGE = 0.1e18;
    uint256 private constant CONCENTRATION_CHARGE = 0.1e18;

    /// @notice What the positions in `market` may lose.
    /// @param r takes the answer, and must be clear.
    /// @param scenarios those that are worked out, bit s for scenario s; what the positions gain in the others is left
    /// zero.
    /// @return held how many of the positions are in this market.
    function assess(
        Risk memory r,
        NormalTable table,
        Market calldata market,
        Expiry[] calldata expiries,
        Position[] calldata positions,
        uint256 scenarios
    ) internal pure returns (uint256 held) {
        Book memory book;
        if (scenarios != ALL_SCENARIOS) book.chosen = _statesOf(scenarios);
        book.table = table;
        uint256 range = rangeFor(market.dailyVol, market.priceRange);
        book.states = ScenarioKernel.statesFor(range, book.chosen);
        book.slices = _room(expiries.length);
        uint256 underlying = market.underlying;
        uint256 count = positions.length;
        for (uint256 i; i < count; ++i) {
            Position p;
            // The loop sees to the bounds.
            assembly ("memory-safe") {
                p := calldataload(add(positions.offset, shl(5, i)))
            }
            if (p.underlying() != underlying) continue;
            ++held;
            if (p.isOption()) {
                if (book.lastExpiry != p.expiresAt()) {
                    (book.lastExpiry, book.lastSlice) = (p.expiresAt(), _sliceOf(book, market, expiries, p));
                }
                _addOption(r, book, p, book.slices[book.lastSlice]);
            } else if (p.instrument().isPerp()) _addPerp(r, book, market, p);
            else revert IMarginModel.MarginModel_UnsupportedPosition(p);
        }
        _readScenarios(r, book, range, scenarios);
        _charge(r, book, market);
        _bound(r, book, market, positions);
    }

    /// @notice PR, the largest move of the core scenarios, Wad.
    function rangeFor(uint256 dailyVol, uint256 leastRange) internal pure returns (uint256 range) {
        range = RANGE_MULTIPLIER.mulWadUp(dailyVol);
        if (range < leastRange) range = leastRange;
        if (range > MOST_RANGE) range = MOST_RANGE;
    }

    /// @notice For how much a tail that moves the price by `move` counts, Wad.
    function weightOf(uint256 range, int256 move) internal pure returns (uint256 weight) {
        weight = TAIL_WEIGHT.mulWadUp(range).mulDivUp(WAD, FixedPoint.abs(move));
        if (weight > WAD) weight = WAD;
    }

    /// @dev A list for slices still to be prepared: Solidity would clear each.
    function _room(uint256 length) private pure returns (Slice[] memory list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(list, length)
            mstore(0x40, add(list, shl(5, add(length, 1))))
        }
    }

    function _addPerp(Risk memory r, Book memory book, Market calldata market, Position p) private pure {
        int256 lots = p.lots();
        int256 notional = lots * int256(market.mark);
        if (FixedPoint.abs(notional) >= ScenarioKernel.MAX_SPOT_LEG) revert IMarginModel.MarginModel_TooLarge(p);
        r.value += FixedPoint.valueFloor(lots, market.index - p.index());
        book.line += notional;
        book.perpLots += lots;
    }

    function _addOption(Risk memory r, Book memory book, Position p, Slice memory x) private pure {
        (int256 value, int256 spotWeight, uint256 density) = _addCall(book, p, x);
        CallTerms memory c = book.terms;
        unchecked {
            int256 lots = p.lots();
            if (p.isCall()) {
                x.callLots += lots;
            } else {
                book.line -= c.spotLeg;
                spotWeight -= int256(NormalCdf.ONE);
            }
            if (lots < 0) book.shortLots += uint256(-lots);
            value = OptionMark.valueOf(c, p.isCall(), lots > 0, value);
            r.value += value;
            x.value += value;
            x.delta += (c.spotLeg * spotWeight) / DELTA_UNIT;
            x.vega += (c.spotLeg * int256((density * c.flat) / WAD)) / VEGA_UNIT;
        }
    }

    /// @dev Adds the option to every scenario as a call. What a slice was prepared within, and what its terms are
    /// bounded by, keep every number from overflowing.
    function _addCall(
        Book memory book,
        Position p,
        Slice memory x
    ) private pure returns (int256 value, int256 spotWeight, uint256 density) {
        CallTerms memory c = book.terms;
        x.setTerms(c, p);
        unchecked {
            if (x.far) book.farTwist -= book.states.valueAt(ScenarioKernel.UP_UNMOVED);
            (value, spotWeight, density) = ScenarioKernel.unshocked(book.table, c);
            if (book.chosen == 0) book.states.add(book.table, c);
            else book.states.addIn(book.chosen, book.table, c);
            if (x.far) book.farTwist += book.states.valueAt(ScenarioKernel.UP_UNMOVED) - value;
            book.flat += value;
        }
    }

    /// @dev Which of the book's slices is that of `p`, prepared if it is its first option.
    function _sliceOf(
        Book memory book,
        Market calldata market,
        Expiry[] calldata expiries,
        Position p
    ) private pure returns (uint256 at) {
        uint256 expiresAt = p.expiresAt();
        Slice[] memory slices = book.slices;
        for (; at < book.held; ++at) {
            if (slices[at].expiresAt == expiresAt) return at;
        }
        for (uint256 i; i < expiries.length; ++i) {
            Expiry calldata e = expiries[i];
            if (e.expiresAt != expiresAt || e.underlying != market.underlying) continue;
            uint256 size = SLICE_BYTES;
            assembly ("memory-safe") {
                let slice := mload(0x40)
                mstore(0x40, add(slice, size))
                mstore(add(add(slices, 0x20), shl(5, at)), slice)
            }
            ExpirySlice.prepare(slices[at], e, market.spot);
            book.held = at + 1;
            return at;
        }
        revert IMarginModel.MarginModel_MissingExpiry(p);
    }

    /// @dev What the book gains in each of the scenarios, and the most that it loses in one.
    function _readScenarios(Risk memory r, Book memory book, uint256 range, uint256 scenarios) private pure {
        int256[24] memory pnl = r.pnl;
        States states = book.states;
        int256 flat = book.flat;
        int256 worst;
        // Sums and line alike are below 2^253.
        unchecked {
            int256 line = book.line * int256(NormalCdf.ONE);
            for (uint256 s; s < FAR_TWIST; ++s) {
                if ((scenarios >> s) & 1 == 0) continue;
                (int256 move, int256 gain) = states.gain(stateOf(s), line, flat);
                if (s >= TAILS) gain = _weighed(gain, range, move);
                pnl[s] = gain;
                if (gain < worst) worst = gain;
            }
            int256 raised = states.valueAt(ScenarioKernel.UP_UNMOVED) - flat;
            // Of all options' volatility up, what is not the far ones'.
            int256 near = _twist(pnl, NEAR_TWIST, raised - book.farTwist, scenarios);
            int256 far = _twist(pnl, FAR_TWIST, book.farTwist, scenarios);
            if (near < worst) worst = near;
            if (far < worst) worst = far;
            r.core = uint256(-worst);
        }
    }

    /// @dev What a tail counts for.
    function _weighed(int256 gain, uint256 range, int256 move) private pure returns (int256) {
        uint256 weight = weightOf(range, move);
        return weight < WAD ? FixedPoint.mulDivFloor(gain, int256(weight), int256(WAD)) : gain;
    }

    /// @dev What a twist of the volatilities gains, by a sum in the states' unit; zero if nobody asks.
    function _twist(
        int256[24] memory pnl,
        uint256 scenario,
        int256 sum,
        uint256 scenarios
    ) private pure returns (int256 gain) {
        if ((scenarios >> scenario) & 1 == 0) return 0;
        gain = FixedPoint.divFloor(sum, ScenarioKernel.UNIT);
        pnl[scenario] = gain;
    }

    /// @notice The state that a scenario other than the twists is worked out in: of the core those with volatility down
    /// are first.
    function stateOf(uint256 scenario) internal pure returns (uint256) {
        if (scenario >= TAILS) return scenario;
        unchecked {
            return (scenario & 1) * ScenarioKernel.UP + (scenario >> 1);
        }
    }

    /// @dev The states of some scenarios. The twists need the one in which volatility alone has moved. Never none, for
    /// that would be all.
    function _statesOf(uint256 scenarios) private pure returns (uint256 set) {
        for (uint256 s; s < FAR_TWIST; ++s) {
            if ((scenarios >> s) & 1 != 0) set |= 1 << stateOf(s);
        }
        if (set == 0 || scenarios >> FAR_TWIST != 0) set |= 1 << ScenarioKernel.UP_UNMOVED;
    }

    /// @dev No perpetual, no expiry net short of calls: then the worst is the sum of what each expiry can lose.
    function _bound(
        Risk memory r,
        Book memory book,
        Market calldata market,
        Position[] calldata positions
    ) private pure {
        if (book.perpLots != 0) return;
        for (uint256 i; i < book.held; ++i) {
            if (book.slices[i].callLots < 0) return;
        }
        r.bounded = true;
        for (uint256 i; i < book.held; ++i) {
            Slice memory x = book.slices[i];
            int256 loss = ExpiryLoss.worst(positions, market.underlying, x.expiresAt);
            int256 lost = x.value - FixedPoint.mulDivFloor(-loss, int256(x.discount), int256(WAD));
            if (lost > 0) r.mostLost += uint256(lost);
        }
    }

    function _charge(Risk memory r, Book memory book, Market calldata market) private pure {
        uint256 linear = FixedPoint.abs(book.perpLots).valueUp(market.mark).mulWadUp(LINEAR_CHARGE);
        uint256 short = book.shortLots.valueUp(market.spot).mulWadUp(SHORT_CHARGE);
        // The perpetual is expiry zero.
        int256 delta = FixedPoint.valueFloor(book.perpLots, int256(market.spot));
        (uint256 up, uint256 down) = delta < 0 ? (uint256(0), uint256(-delta)) : (uint256(delta), uint256(0));
        uint256 vegaUp;
        uint256 vegaDown;
        uint256 longest;
        for (uint256 i; i < book.held; ++i) {
            Slice memory x = book.slices[i];
            delta += x.delta;
            if (x.delta < 0) down += uint256(-x.delta);
            else up += uint256(x.delta);
            if (x.vega < 0) vegaDown += uint256(-x.vega);
            else vegaUp += uint256(x.vega);
            if (x.time > longest) longest = x.time;
        }
        uint256 rollRate = ROLL_CHARGE_A_YEAR.mulWadUp(longest);
        if (rollRate < ROLL_CHARGE) rollRate = ROLL_CHARGE;
        uint256 charges = (up < down ? up : down).mulWadUp(rollRate);
        charges += (vegaUp < vegaDown ? vegaUp : vegaDown).mulWadUp(CALENDAR_CHARGE);
        uint256 net = FixedPoint.abs(delta);
        if (net > market.depth) charges += (net - market.depth).mulWadUp(CONCENTRATION_CHARGE);
        charges += net.mulWadUp(market.confidence);
        r.delta = delta;
        r.maintenanceCharges = charges + linear + short;
        r.initialCharges = charges + 2 * (linear + short);
    }
}
