// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalCdf} from "../math/NormalCdf.sol";
import {CallTerms, ScenarioKernel} from "./ScenarioKernel.sol";

/// @notice What a position in an option is worth: the same to the wei in every mode.
library OptionMark {
    int256 private constant WAD = 1e18;
    int256 private constant ONE = int256(NormalCdf.ONE);

    /// @notice USD Wad, rounded down. One unit is never worth less than it would pay if the forward stayed where it is,
    /// nor more than it can pay at most: what the table is off by would else make a far option worth less than nothing.
    /// @param c the position as the kernel takes it, whose legs have the sign of its lots.
    /// @param asCall its value if it were a call, in the kernel's unit.
    function valueOf(CallTerms memory c, bool call, bool long, int256 asCall) internal pure returns (int256 value) {
        // A leg that the kernel takes, times what it is multiplied by, is below 2^247.
        unchecked {
            int256 most = c.spotLeg * (WAD * ONE);
            int256 least = most - c.strikeLeg * ONE;
            value = asCall;
            if (!call) (value, least, most) = (asCall - least, -least, c.strikeLeg * ONE);
            if ((least > 0) != long) least = 0;
            if (!long) (least, most) = (most, least);
            if (value < least) value = least;
            else if (value > most) value = most;
        }
        return FixedPoint.divFloor(value, ScenarioKernel.UNIT);
    }
}
