// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a frame knows of one expiry of one underlying: read once, shared by every account the frame touches.
/// Wad unless said otherwise.
struct Expiry {
    uint256 underlying;
    /// @dev Unix seconds, as in the ids of its options.
    uint256 expiresAt;
    /// @dev Seconds until then, zero once it is past: T is this over 31,536,000.
    uint256 timeLeft;
    /// @dev phi: the forward is F = spot * phi.
    uint256 forwardRatio;
    /// @dev r, continuously compounded, a year: what is paid at expiry is worth e^(-rT) now.
    int256 rate;
    /// @dev The volatility surface here: raw SVI of the total variance over `tenor` seconds, when it was fitted. The
    /// volatility it gives stays while time goes by.
    int256 a;
    uint256 b;
    int256 rho;
    int256 m;
    uint256 s;
    uint256 tenor;
    /// @dev By what part scenarios widen volatility further while the surface is stale.
    uint256 widening;
}
