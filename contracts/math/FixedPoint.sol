// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Wad arithmetic whose names say which way they round. Reverts on overflow of the 256-bit product: every
/// quantity of the protocol is bounded far below it by its storage width.
library FixedPoint {
    uint256 internal constant WAD = 1e18;
    /// @dev Lots in one unit of an underlying.
    uint256 internal constant LOTS = 1e8;
    uint256 internal constant BPS = 10_000;

    /// @notice x * y / 1e18, rounded up.
    function mulWadUp(uint256 x, uint256 y) internal pure returns (uint256) {
        return mulDivUp(x, y, WAD);
    }

    /// @notice x * y / d, rounded up.
    function mulDivUp(uint256 x, uint256 y, uint256 d) internal pure returns (uint256) {
        uint256 product = x * y;
        unchecked {
            return product == 0 ? 0 : (product - 1) / d + 1;
        }
    }

    /// @notice x * y / d, rounded towards minus infinity.
    function mulDivFloor(int256 x, int256 y, int256 d) internal pure returns (int256 z) {
        int256 product = x * y;
        z = product / d;
        unchecked {
            if (product % d < 0) --z;
        }
    }

    /// @notice |x|.
    function abs(int256 x) internal pure returns (uint256) {
        return x < 0 ? uint256(-x) : uint256(x);
    }

    /// @notice Value of `lots` at `price`, rounded towards minus infinity: for what is credited to an account.
    function valueFloor(int256 lots, int256 price) internal pure returns (int256) {
        return mulDivFloor(lots, price, int256(LOTS));
    }

    /// @notice Value of `lots` at `price`, rounded up: for what is required of an account.
    function valueUp(uint256 lots, uint256 price) internal pure returns (uint256) {
        return mulDivUp(lots, price, LOTS);
    }
}
