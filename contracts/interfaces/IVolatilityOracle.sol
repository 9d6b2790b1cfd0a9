// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The forecast of daily volatility that margins follow
interface IVolatilityOracle {
    /// @notice An underlying that was never listed has no volatility.
    error VolatilityOracle_NotListed(uint16 underlying);

    /// @notice sigma_d: the forecast standard deviation of one day's log return, Wad, not annualised, rounded up.
    /// Missing samples widen it, never narrow it.
    function dailyVol(uint16 underlying) external view returns (uint256);
}
