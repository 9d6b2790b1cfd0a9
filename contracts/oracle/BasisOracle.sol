// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPoint} from "../math/FixedPoint.sol";
import {BasisReport, IBasisOracle} from "../interfaces/IBasisOracle.sol";
import {ReportSigners} from "./ReportSigners.sol";

/// @title The basis oracle: k of n signers
/// @dev The basis in force is a closed function of time since the last report, so its integral is the same however
/// often it is read. A report acts from the moment it is posted, never before: what was read stays true. It grows stale
/// from the moment it was measured.
contract BasisOracle is IBasisOracle, ReportSigners {
    /// @dev One storage slot.
    ///
    ///     255                       144 143          104 103        64 63             0
    ///     | integral                   | observedAt     | postedAt    | basis          |
    ///     | (int112, 1e-18 s / 7200)   | (40)           | (40)        | (int64, Wad)   |
    ///
    /// `integral` is that up to `postedAt`. In this unit the area under a linear decay is a whole number, so nothing is
    /// ever rounded away between reports. |integral| <= 1e16 * 7200 * 2^40 < 2^107.
    struct Accumulator {
        int64 basis;
        uint40 postedAt;
        uint40 observedAt;
        int112 integral;
    }

    int256 public constant MAX_BASIS = 0.01e18;
    uint256 public constant HOLD = 1 hours;
    uint256 public constant FADE = 1 hours;
    /// @dev Below HOLD, so a report is never fading when it is posted.
    uint256 public constant MAX_REPORT_AGE = 10 minutes;

    int256 private constant INTEGRAL_SCALE = int256(2 * FADE);
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "BasisReport(uint16 underlying,int64 basis,uint40 observedAt)"
    );

    mapping(uint16 underlying => Accumulator) private _accumulators;

    constructor(
        address authority,
        address[] memory signers,
        uint8 threshold
    ) ReportSigners(authority, "Plimsoll BasisOracle", signers, threshold) {}

    /// @inheritdoc IBasisOracle
    function read(uint16 underlying) external view returns (int256 basis, int64 integral) {
        Accumulator memory a = _accumulators[underlying];
        int256 sum;
        (basis, sum) = _readNow(a);
        integral = _toNanoseconds(sum);
    }

    /// @inheritdoc IBasisOracle
    function latestReport(uint16 underlying) external view returns (int256 basis, uint40 observedAt, uint40 postedAt) {
        Accumulator memory a = _accumulators[underlying];
        return (a.basis, a.observedAt, a.postedAt);
    }

    /// @inheritdoc IBasisOracle
    function post(BasisReport calldata report, bytes[] calldata signatures) external {
        Accumulator memory a = _accumulators[report.underlying];
        uint40 now_ = uint40(block.timestamp);
        if (report.observedAt <= a.observedAt) {
            revert BasisOracle_ReportNotNewer(report.underlying, report.observedAt, a.observedAt);
        }
        if (report.observedAt > now_) revert BasisOracle_ReportFromFuture(report.observedAt, now_);
        if (now_ - report.observedAt > MAX_REPORT_AGE) {
            revert BasisOracle_ReportTooOld(report.observedAt, now_ - uint40(MAX_REPORT_AGE));
        }
        bytes32 structHash = keccak256(abi.encode(REPORT_TYPEHASH, report.underlying, report.basis, report.observedAt));
        _checkSignatures(structHash, signatures);

        (, int256 integral) = _readNow(a);
        int64 basis = _clamp(report.basis);
        _accumulators[report.underlying] = Accumulator(basis, now_, report.observedAt, int112(integral));
        emit BasisPosted(report.underlying, report.basis, basis, report.observedAt, _toNanoseconds(integral));
    }

    /// @dev x seconds into the fade the area since the measurement is basis * (HOLD + x - x^2 / (2 * FADE)); the part
    /// of it before the posting belongs to the report before.
    ///
    /// Nothing here can overflow. A report is posted no sooner than it was measured and within MAX_REPORT_AGE of it, so
    /// `beforePosting` is no larger than `area`, which is at most 1.5 * HOLD * 7200; the slot says how wide the sum is.
    function _readNow(Accumulator memory a) private view returns (int256 basis, int256 integral) {
        unchecked {
            uint256 age = block.timestamp - a.observedAt;
            uint256 held = age < HOLD ? age : HOLD;
            uint256 faded = age - held;
            if (faded > FADE) faded = FADE;
            uint256 area = 2 * FADE * (held + faded) - faded * faded;
            uint256 beforePosting = 2 * FADE * (uint256(a.postedAt) - a.observedAt);
            basis = (int256(a.basis) * int256(FADE - faded)) / int256(FADE);
            integral = a.integral + int256(a.basis) * int256(area - beforePosting);
        }
    }

    /// @dev Fits: at most 1e7 a second, which takes 29,000 years to fill 63 bits.
    function _toNanoseconds(int256 integral) private pure returns (int64) {
        return int64(FixedPoint.divFloor(integral, INTEGRAL_SCALE * 1e9));
    }

    function _clamp(int64 basis) private pure returns (int64) {
        if (basis > MAX_BASIS) return int64(MAX_BASIS);
        return basis < -MAX_BASIS ? int64(-MAX_BASIS) : basis;
    }
}
