// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The perpetual's basis over spot, from signed reports
/// @notice basis = perp / spot - 1, never taken from fills. A report holds for an hour, then decays linearly to zero
/// over the next; no report ever means zero. Never reverts on reading.
interface IBasisOracle {
    /// @return basis Wad, within +-1 %, decayed to now.
    /// @return integral of the basis over time since listing up to now, in 1e-9 seconds, rounded towards minus
    /// infinity; the average between two readings is their difference over the seconds between.
    function read(uint16 underlying) external view returns (int256 basis, int64 integral);
}
