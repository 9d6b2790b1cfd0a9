// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Black76} from "../math/Black76.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalTable} from "../math/NormalCdf.sol";

/// @dev Where in memory the 22 states of an underlying lie, three words each: ln(1 + m) and 1 + m of its price move m,
/// Wad, and what has been added up of the book's value in it, in units of 1 / (1e26 * 2^53) USD Wad. First the core's
/// nine moves with volatility down, then the same and the tails with volatility up.
type States is uint256;

using ScenarioKernel for States global;

/// @notice An option as the kernel revalues it: as a call, whatever it is; a put is a call and a line (put-call
/// parity). Its value is spotLeg * N(d1) - strikeLeg * N(d2).
struct CallTerms {
    /// @dev ln(F / K), Wad.
    int256 moneyness;
    /// @dev lots * df * F, USD Wad times 1e8.
    int256 spotLeg;
    /// @dev lots * df * K, USD Wad times 1e26.
    int256 strikeLeg;
    /// @dev sigma * sqrt(T), Wad: as it is, and in the scenarios with volatility up and down.
    uint256 flat;
    uint256 up;
    uint256 down;
}

/// @title The scenario kernel: what many options are worth under many scenarios
/// @notice RISK section 3. A scenario's Black-76 value needs, besides a table of the normal distribution, five
/// products: everything else is prepared once an option (its logarithm, its volatilities, their inverses) or once an
/// underlying (the moves and their logarithms). Nothing is rounded between.
library ScenarioKernel {
    uint256 internal constant STATES = 22;
    /// @dev The first with volatility up, and the one of these in which no price has moved.
    uint256 internal constant UP = 9;
    uint256 internal constant UP_UNMOVED = 13;
    /// @dev What is added up is to be divided by this for USD Wad.
    int256 internal constant UNIT = 1e26 << 53;
    /// @dev Bounds under which no sum of 128 options leaves 255 bits: some 1e13 USD of notional.
    uint256 internal constant MAX_SPOT_LEG = 1 << 130;
    uint256 internal constant MAX_STRIKE_LEG = 1 << 193;

    uint256 private constant WAD = 1e18;
    uint256 private constant STATE_BYTES = 0x60;

    /// @notice The states for a price range `range` (PR, Wad, below 1), nothing added up.
    /// @param set those that are asked for, bit i for state i; zero for all.
    function statesFor(uint256 range, uint256 set) internal pure returns (States states) {
        uint256[66] memory words;
        unchecked {
            int256 step = int256(range / 4);
            if (set == 0) set = type(uint256).max;
            for (uint256 i; i < UP; ++i) {
                if (((set >> i) | (set >> (UP + i))) & 1 == 0) continue;
                int256 move = (int256(i) - 4) * step;
                int256 logarithm = move == 0 ? int256(0) : FixedPointMathLib.lnWad(int256(WAD) + move);
                _set(words, i, move, logarithm);
                _set(words, UP + i, move, logarithm);
            }
        }
        _set(words, 18, -0.66e18, -1078809661371929979);
        _set(words, 19, 0.5e18, 405465108108164382);
        _set(words, 20, 1e18, 693147180559945309);
        _set(words, 21, 5e18, 1791759469228055000);
        assembly ("memory-safe") {
            states := words
        }
    }

    function _set(uint256[66] memory words, uint256 i, int256 move, int256 logarithm) private pure {
        unchecked {
            words[3 * i] = uint256(logarithm);
            words[3 * i + 1] = uint256(int256(WAD) + move);
        }
    }

    /// @notice Adds an option in every state.
    function add(States states, NormalTable table, CallTerms memory c) internal pure {
        unchecked {
            uint256 down = States.unwrap(states);
            uint256 up = down + UP * STATE_BYTES;
            uint256 tails = up + UP * STATE_BYTES;
            _revalueCore(table, down, c, c.down);
            _revalueCore(table, up, c, c.up);
            _revalue(table, tails, down + STATES * STATE_BYTES, c, c.up);
        }
    }

    /// @notice Adds an option in the states of a set alone: bit i stands for state i.
    function addIn(States states, uint256 set, NormalTable table, CallTerms memory c) internal pure {
        unchecked {
            while (set != 0) {
                uint256 i = FixedPointMathLib.log2(set);
                set ^= 1 << i;
                uint256 state = States.unwrap(states) + i * STATE_BYTES;
                _revalue(table, state, state + STATE_BYTES, c, i < UP ? c.down : c.up);
            }
        }
    }

    /// @dev Adds the option's value at volatility `v` in the states from `state` to before `end`. What `NormalCdf` has
    /// is written out here and below: its calls would cost a tenth more, or four in a hundred if only those beyond the
    /// table were calls.
    function _revalue(NormalTable table, uint256 state, uint256 end, CallTerms memory c, uint256 v) private pure {
        (uint256 inverse, uint256 start, uint256 between) = Black76.lane(v);
        (int256 spotLeg, int256 strikeLeg) = (c.spotLeg, c.strikeLeg);
        // What all states share of the place of d1. `start` is a multiple of the divisor: nothing more is rounded.
        int256 base;
        unchecked {
            base = c.moneyness * int256(inverse) + int256(start << 64);
        }
        assembly ("memory-safe") {
            function anywhere(table_, place) -> value {
                switch shr(57, place)
                case 0 {
                    let word := mload(add(table_, and(shr(43, place), 0x3fe0)))
                    let t := and(place, 0xffffffffffff)
                    value := add(mul(signextend(5, word), t), signextend(11, word))
                    value := add(mul(value, t), signextend(17, word))
                    value := add(mul(value, t), signextend(23, word))
                    value := shr(192, add(mul(value, t), word))
                }
                default {
                    value := shl(53, sgt(place, 0))
                }
            }

            for {} lt(state, end) {
                state := add(state, STATE_BYTES)
            } {
                let place1 := sar(64, add(mul(mload(state), inverse), base))
                let place2 := sub(place1, between)
                let sum := add(state, 0x40)
                let spot := mul(spotLeg, mload(add(state, 0x20)))
                if shr(57, or(place1, place2)) {
                    let value := sub(mul(spot, anywhere(table, place1)), mul(strikeLeg, anywhere(table, place2)))
                    mstore(sum, add(mload(sum), value))
                    continue
                }
                let word := mload(add(table, and(shr(43, place1), 0x3fe0)))
                let t := and(place1, 0xffffffffffff)
                let value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                spot := mul(spot, shr(192, add(mul(value, t), word)))
                word := mload(add(table, and(shr(43, place2), 0x3fe0)))
                t := and(place2, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                value := mul(strikeLeg, shr(192, add(mul(value, t), word)))
                mstore(sum, add(mload(sum), sub(spot, value)))
            }
        }
    }

    /// @dev `_revalue` in the nine states of the core from `state` on, whose moves ascend: if d2 of the first and d1 of
    /// the last lie within the table all do. Most do, so this is where the gas goes, and three states are written out
    /// for each turn of the loop: asking in each whether it lies within, and whether it was the last, costs a fifth.
    // solhint-disable-next-line function-max-lines
    function _revalueCore(NormalTable table, uint256 state, CallTerms memory c, uint256 v) private pure {
        (uint256 inverse, uint256 start, uint256 between) = Black76.lane(v);
        int256 base;
        uint256 end;
        unchecked {
            end = state + UP * STATE_BYTES;
            base = c.moneyness * int256(inverse) + int256(start << 64);
        }
        uint256 outside;
        assembly ("memory-safe") {
            let last := sar(64, add(mul(mload(sub(end, STATE_BYTES)), inverse), base))
            outside := shr(57, or(last, sub(sar(64, add(mul(mload(state), inverse), base)), between)))
        }
        if (outside != 0) return _revalue(table, state, end, c, v);
        (int256 spotLeg, int256 strikeLeg) = (c.spotLeg, c.strikeLeg);
        assembly ("memory-safe") {
            // Places count from the table's own place in memory: an interval's word lies where its number says.
            base := add(base, shl(107, table))
            let place
            let word
            let t
            let value
            let spot
            for {} lt(state, end) {
                state := add(state, 0x120)
            } {
                place := sar(64, add(mul(mload(state), inverse), base))
                word := mload(and(shr(43, place), 0xffffe0))
                t := and(place, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                spot := mul(mul(spotLeg, mload(add(state, 0x20))), shr(192, add(mul(value, t), word)))
                place := sub(place, between)
                word := mload(and(shr(43, place), 0xffffe0))
                t := and(place, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                value := sub(spot, mul(strikeLeg, shr(192, add(mul(value, t), word))))
                mstore(add(state, 0x40), add(mload(add(state, 0x40)), value))

                place := sar(64, add(mul(mload(add(state, 0x60)), inverse), base))
                word := mload(and(shr(43, place), 0xffffe0))
                t := and(place, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                spot := mul(mul(spotLeg, mload(add(state, 0x80))), shr(192, add(mul(value, t), word)))
                place := sub(place, between)
                word := mload(and(shr(43, place), 0xffffe0))
                t := and(place, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                value := sub(spot, mul(strikeLeg, shr(192, add(mul(value, t), word))))
                mstore(add(state, 0xa0), add(mload(add(state, 0xa0)), value))

                place := sar(64, add(mul(mload(add(state, 0xc0)), inverse), base))
                word := mload(and(shr(43, place), 0xffffe0))
                t := and(place, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                spot := mul(mul(spotLeg, mload(add(state, 0xe0))), shr(192, add(mul(value, t), word)))
                place := sub(place, between)
                word := mload(and(shr(43, place), 0xffffe0))
                t := and(place, 0xffffffffffff)
                value := add(mul(signextend(5, word), t), signextend(11, word))
                value := add(mul(value, t), signextend(17, word))
                value := add(mul(value, t), signextend(23, word))
                value := sub(spot, mul(strikeLeg, shr(192, add(mul(value, t), word))))
                mstore(add(state, 0x100), add(mload(add(state, 0x100)), value))
            }
        }
    }

    /// @notice What has been added up in the state `i`.
    function valueAt(States states, uint256 i) internal pure returns (int256 sum) {
        assembly ("memory-safe") {
            sum := mload(add(states, add(mul(i, STATE_BYTES), 0x40)))
        }
    }

    /// @notice The price move of the state `i`, Wad.
    function moveAt(States states, uint256 i) internal pure returns (int256 move) {
        assembly ("memory-safe") {
            move := sub(mload(add(states, add(mul(i, STATE_BYTES), 0x20))), WAD)
        }
    }

    /// @notice What a book gains in the state `i`. Its sums and its line must be below 2^253.
    /// @param line what gains with the price and nothing else, lots times price, in the states' unit over 1e18.
    /// @param flat what the book is worth as it is, in the states' unit.
    /// @return move the price move of the state, Wad.
    /// @return value USD Wad, rounded down.
    function gain(
        States states,
        uint256 i,
        int256 line,
        int256 flat
    ) internal pure returns (int256 move, int256 value) {
        uint256 state;
        unchecked {
            state = States.unwrap(states) + i * STATE_BYTES;
        }
        assembly ("memory-safe") {
            move := sub(mload(add(state, 0x20)), WAD)
            value := sub(add(mload(add(state, 0x40)), mul(line, move)), flat)
        }
        value = FixedPoint.divFloor(value, UNIT);
    }

    /// @notice An option with nothing moved.
    /// @return value in the states' unit.
    /// @return spotWeight N(d1), 2^-53: how much of the underlying a call moves with.
    /// @return density that of the normal distribution at d1, Wad.
    function unshocked(
        NormalTable table,
        CallTerms memory c
    ) internal pure returns (int256 value, int256 spotWeight, uint256 density) {
        (int256 place1, int256 place2) = Black76.places(c.moneyness, c.flat);
        unchecked {
            uint256 weight;
            (weight, density) = table.withSlope(place1);
            spotWeight = int256(weight);
            int256 strikeWeight = int256(table.at(place2));
            value = c.spotLeg * int256(WAD) * spotWeight - c.strikeLeg * strikeWeight;
        }
    }
}
