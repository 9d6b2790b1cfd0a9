// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {SurfaceSlice} from "../types/Surface.sol";
import {IReportSigners} from "./IReportSigners.sol";

/// @notice What the surface signers sign, as EIP-712 data of the domain "Plimsoll SurfaceOracle", version "1".
struct SurfaceReport {
    uint16 underlying;
    /// @dev When it was measured, unix seconds; every slice was fitted at the time to expiry there was then.
    uint40 observedAt;
    /// @dev By ascending expiry, 1 to 32. They take effect together or not at all.
    SurfaceSlice[] slices;
}

/// @notice How much an expiry may move within any 60 minutes. Every move counts, there and back alike.
struct MoveLimits {
    /// @dev Of the forward ratio, in parts of it: 10 to 500.
    uint16 forwardBps;
    /// @dev Of vol, where 100 are one vol point: 100 to 5,000. A report moves vol by what it does at the money, or by
    /// half of what it does half-way to either end of the smile where that is more.
    uint16 volBps;
}

/// @title Forwards, rates and implied volatility by expiry, from signed reports
/// @notice Reading never reverts. When signers stop, the last surface stays the mark: after an hour scenario vols widen
/// by 5 % of themselves an hour, to at most 50 %; after three hours the status forbids new risk.
///
/// What a report must satisfy, at every expiry it names:
/// - newer than the one before, measured within the last ten minutes, expiring within three years;
/// - forward ratio 0.5 to 2, rate -100 % to 100 %, |rho| < 1, b * (1 + |rho|) <= 2 (Lee), every vol 1 % to 1,000 %,
///   and s at least a 512th of |m| and the reach of the smile together;
/// - no butterfly arbitrage: Gatheral's g at least 0.01 on a grid over the reach of the smile, dense where it bends;
/// - no calendar arbitrage: at equal k, total variance as of now rises with expiry, from neighbour to neighbour,
///   on a grid over the wider of both reaches. Vol stays between reports, so what holds once holds until expiry;
/// - moves within what `moveLimits` leaves of the last 60 minutes; a first report of an expiry has no move.
interface ISurfaceOracle is IReportSigners {
    event SurfacePosted(uint16 indexed underlying, uint40 indexed expiry, uint40 observedAt, SurfaceSlice slice);
    event SurfacePruned(uint16 indexed underlying, uint40 indexed expiry);
    event MoveLimitsChanged(MoveLimits from, MoveLimits to);

    error SurfaceOracle_ReportNotNewer(uint16 underlying, uint40 expiry, uint40 observedAt, uint40 lastObservedAt);
    error SurfaceOracle_ReportFromFuture(uint40 observedAt, uint40 now_);
    /// @notice Reports are accepted only so long after they were measured.
    error SurfaceOracle_ReportTooOld(uint40 observedAt, uint40 oldestAccepted);
    error SurfaceOracle_SliceCountOutOfBounds(uint256 count, uint256 lower, uint256 upper);
    error SurfaceOracle_SlicesNotAscending(uint40 previous, uint40 expiry);
    /// @notice An expiry lies in the future, and not further than three years.
    error SurfaceOracle_ExpiryOutOfBounds(uint40 expiry, uint40 lower, uint40 upper);
    error SurfaceOracle_TooManyExpiries(uint16 underlying, uint256 count, uint256 limit);
    /// @notice A parameter of a slice, or what follows from it, is outside its bounds. Wad.
    error SurfaceOracle_ParameterOutOfBounds(
        uint40 expiry,
        bytes32 parameter,
        int256 value,
        int256 lower,
        int256 upper
    );
    /// @notice At log-moneyness `k` Gatheral's g is below `least`: a butterfly there would cost nothing. Wad.
    error SurfaceOracle_ButterflyArbitrage(uint40 expiry, int256 k, int256 g, int256 least);
    /// @notice At log-moneyness `k` the earlier expiry has more total variance left than the later. Wad.
    error SurfaceOracle_CalendarArbitrage(uint40 near, uint40 far, int256 k, uint256 nearVariance, uint256 farVariance);
    /// @notice The report moves an expiry by `move` where the last 60 minutes leave `left`: millionths of the forward
    /// ratio, or thousandths of a vol point.
    error SurfaceOracle_MoveOutOfBounds(uint40 expiry, bytes32 parameter, uint256 move, uint256 left);
    /// @notice A limit is outside the bounds that are coded here.
    error SurfaceOracle_LimitOutOfBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper);

    /// @notice One expiry as of now. Two storage reads.
    function read(uint16 underlying, uint40 expiry) external view returns (Expiry memory);

    /// @notice Several expiries, in the order they are asked for.
    function readMany(uint16 underlying, uint40[] calldata expiries) external view returns (Expiry[] memory);

    /// @notice Implied volatility at log-moneyness `k` = ln(K / F), Wad, rounded down; zero where the status is Absent
    /// or Expired. Beyond 4 * sqrt(a + b * s) from the forward it is what it is there.
    function volatility(
        uint16 underlying,
        uint40 expiry,
        int256 k
    ) external view returns (uint256 sigma, SurfaceStatus status);

    /// @notice The expiries that have a surface, ascending, 32 at most. Expired ones stay until a report or `prune`.
    function expiriesOf(uint16 underlying) external view returns (uint40[] memory);

    /// @notice What an expiry may still move now: millionths of the forward ratio, and thousandths of a vol point.
    function movesLeft(uint16 underlying, uint40 expiry) external view returns (uint256 forward6, uint256 vol5);

    /// @notice Puts a report in force. Anyone may, with signatures of at least `threshold` signers.
    /// @param signatures 65 bytes each, by ascending address of the signer.
    function post(SurfaceReport calldata report, bytes[] calldata signatures) external;

    /// @notice Removes the surfaces of an underlying that have expired. Anyone may; a report does so by itself.
    function prune(uint16 underlying) external;

    function moveLimits() external view returns (MoveLimits memory);

    /// @notice Changes how much an expiry may move. Restricted.
    function setMoveLimits(MoveLimits calldata to) external;
}
