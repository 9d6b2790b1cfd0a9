// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {NormalCdf} from "./NormalCdf.sol";

/// @notice The density of the standard normal distribution, by solady's exponential: error at most 2e-18.
library Density {
    /// @dev 1 / sqrt(2 pi), Wad.
    uint256 private constant AT_ZERO = 398942280401432678;
    /// @dev Beyond nine deviations it is below a wei.
    uint256 private constant REACH = 9 << 53;

    /// @notice The density, Wad, at a place of the table of `NormalCdf`.
    function at(int256 place) internal pure returns (uint256) {
        unchecked {
            int256 x = place - int256(NormalCdf.MIDDLE);
            if (x < -int256(REACH) || x > int256(REACH)) return 0;
            // x is in 2^-53: half its square in Wad.
            int256 exponent = -int256((uint256(x * x) * 1e18) >> 107);
            return (AT_ZERO * uint256(FixedPointMathLib.expWad(exponent))) / 1e18;
        }
    }
}
