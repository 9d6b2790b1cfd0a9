// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice How far an expiry's surface may be relied on. The order matters: higher may do more.
enum SurfaceStatus {
    Absent, // nothing was reported for this expiry
    Expired, // not settled: values and liquidations go on at what its options would pay now, new risk does not
    Aged, // older than three hours: values and liquidations go on, new risk does not
    Stale, // older than one hour: scenario vols widen
    Fresh // everything
}

/// @dev Of the struct below in memory and in ABI encoding: a word for each field.
uint256 constant EXPIRY_BYTES = 14 * 0x20;

/// @notice What a frame knows of one expiry of one underlying: read once, shared by every account the frame touches,
/// and all that a margin model needs. Wad unless said otherwise. From `observedAt` on all zero where the status is
/// Absent or Expired.
struct Expiry {
    uint256 underlying;
    /// @dev Unix seconds, as in the ids of its options.
    uint256 expiresAt;
    /// @dev Seconds until then, zero once it is past: T is this over 31,536,000.
    uint256 timeLeft;
    SurfaceStatus status;
    /// @dev When the surface was measured, unix seconds.
    uint256 observedAt;
    /// @dev The time to expiry it was fitted at, seconds: sigma(k) = sqrt(w(k) * 31,536,000 / tenor), so that vol stays
    /// and value decays between reports.
    uint256 tenor;
    /// @dev phi: the forward is F = spot * phi.
    uint256 forwardRatio;
    /// @dev r, continuously compounded, a year: what is paid at expiry is worth e^(-rT) now.
    int256 rate;
    /// @dev Raw SVI of total variance over `tenor`.
    int256 a;
    uint256 b;
    int256 rho;
    int256 m;
    uint256 s;
    /// @dev By what part scenarios widen volatility further while the surface is stale, 0 to 0.5e18.
    uint256 widening;
}
