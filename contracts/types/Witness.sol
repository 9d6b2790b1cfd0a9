// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Names the scenarios that show an account to be below maintenance margin, so that no others need be worked
/// out. One byte for each underlying held, the lowest for the one of the smallest number; the highest for all together.
/// A byte is one more than the scenario's place in RISK section 3; zero, or more than there are scenarios, names none,
/// which leaves the charges and the floor. All zero is no witness: everything is worked out.
type Witness is uint256;

using WitnessLibrary for Witness global;

library WitnessLibrary {
    Witness internal constant NONE = Witness.wrap(0);
    /// @dev As many underlyings as there are bytes below the highest: those beyond have no scenario.
    uint256 private constant MOST_UNDERLYINGS = 31;

    function isNone(Witness w) internal pure returns (bool) {
        return Witness.unwrap(w) == 0;
    }

    /// @notice The scenario of the underlying at a place, as a set of one or none: bit s stands for scenario s.
    function scenarioOf(Witness w, uint256 place) internal pure returns (uint256 set) {
        if (place >= MOST_UNDERLYINGS) return 0;
        uint256 named = uint8(Witness.unwrap(w) >> (8 * place));
        return (1 << named) >> 1;
    }

    /// @notice The scenario of all together, as a set of one or none.
    function joint(Witness w) internal pure returns (uint256 set) {
        return (1 << (Witness.unwrap(w) >> (8 * MOST_UNDERLYINGS))) >> 1;
    }
}
