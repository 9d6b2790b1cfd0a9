// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IReportSigners} from "./IReportSigners.sol";

/// @notice What the basis signers sign, as EIP-712 data of the domain "Plimsoll BasisOracle", version "1".
struct BasisReport {
    uint16 underlying;
    /// @dev perp / spot - 1, Wad.
    int64 basis;
    /// @dev When it was measured, unix seconds.
    uint40 observedAt;
}

/// @title The perpetual's basis over spot, from signed reports
/// @notice basis = perp / spot - 1, never taken from fills. A report holds for an hour, then decays linearly to zero
/// over the next; no report ever means zero. Never reverts on reading.
interface IBasisOracle is IReportSigners {
    /// @param reported what was signed, Wad; `basis` is that clamped to +-1 %.
    /// @param integral up to this moment, as `read` returns it.
    event BasisPosted(uint16 indexed underlying, int256 reported, int256 basis, uint40 observedAt, int64 integral);

    error BasisOracle_ReportNotNewer(uint16 underlying, uint40 observedAt, uint40 lastObservedAt);
    error BasisOracle_ReportFromFuture(uint40 observedAt, uint40 now_);
    /// @notice Reports are accepted only so long after they were measured.
    error BasisOracle_ReportTooOld(uint40 observedAt, uint40 oldestAccepted);

    /// @return basis Wad, within +-1 %, decayed to now, rounded towards zero.
    /// @return integral of the basis over time since listing up to now, in 1e-9 seconds, rounded towards minus
    /// infinity; the average between two readings is their difference over the seconds between.
    function read(uint16 underlying) external view returns (int256 basis, int64 integral);

    /// @notice The report in force: its clamped basis (Wad), when it was measured and when it was posted.
    function latestReport(uint16 underlying) external view returns (int256 basis, uint40 observedAt, uint40 postedAt);

    /// @notice Puts a report in force. Anyone may, with signatures of at least `threshold` signers.
    /// @param signatures 65 bytes each, by ascending address of the signer.
    function post(BasisReport calldata report, bytes[] calldata signatures) external;
}
