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
        return divUp(x * y, d);
    }

    /// @notice x / d, rounded up; zero where x is, whatever d.
    /// @dev Without a branch where d is known. A quotient that leaves a remainder is not the largest number.
    function divUp(uint256 x, uint256 d) internal pure returns (uint256 z) {
        assembly ("memory-safe") {
            if iszero(d) {
                if x {
                    mstore(0x00, 0x4e487b71) // Panic(0x12), as Solidity says it.
                    mstore(0x20, 0x12)
                    revert(0x1c, 0x24)
                }
            }
            z := add(div(x, d), iszero(iszero(mod(x, d))))
        }
    }

    /// @notice x * y / d for d > 0, rounded towards minus infinity.
    function mulDivFloor(int256 x, int256 y, int256 d) internal pure returns (int256) {
        return divFloor(x * y, d);
    }

    /// @notice x / d for d > 0, rounded towards minus infinity.
    /// @dev Without a branch where d is known.
    function divFloor(int256 x, int256 d) internal pure returns (int256 z) {
        assembly ("memory-safe") {
            if iszero(d) {
                mstore(0x00, 0x4e487b71) // Panic(0x12), as Solidity says it.
                mstore(0x20, 0x12)
                revert(0x1c, 0x24)
            }
            z := sub(sdiv(x, d), slt(smod(x, d), 0))
        }
    }

    /// @notice |x|, of every x: what the least number is negated to is, unsigned, its size.
    function abs(int256 x) internal pure returns (uint256) {
        unchecked {
            return x < 0 ? uint256(-x) : uint256(x);
        }
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
