// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice One expiry of a report: what is signed is what is stored. Suffixes are decimals.
struct SurfaceSlice {
    /// @dev Unix seconds.
    uint40 expiry;
    /// @dev phi, the forward over spot.
    uint32 forwardRatio9;
    /// @dev r, continuously compounded, a year.
    int32 rate9;
    int48 a12;
    uint48 b12;
    int48 rho12;
    int48 m12;
    uint48 s12;
}

/// @notice The first of two words an expiry has in storage.
///
///     255      232 231        192 191           128 127             64 63        32 31              0
///     | window (24) | observedAt (40) | vol moves (64) | forward moves (64) | rate9 (int32) | forwardRatio9 (32) |
///
/// Moves are those of the present twenty minutes and of the three twenties before, 16 bits each, the present lowest:
/// forward moves in millionths of the forward ratio, vol moves in thousandths of a vol point (1e-5). `window` numbers
/// the present twenty minutes from the epoch on. Zero where nothing was reported.
type SurfaceHead is uint256;

/// @notice The second word: raw SVI, 12 decimals each. They resolve the variance of an hour at 50 % vol to 4e-8 of it
/// and reach to 140.
///
///     255    240 239     192 191     144 143       96 95       48 47        0
///     | zero (16) | s12 (48) | m12 (int48) | rho12 (int48) | b12 (48) | a12 (int48) |
type SurfaceSmile is uint256;

using SurfaceHeadLibrary for SurfaceHead global;
using SurfaceSmileLibrary for SurfaceSmile global;

library SurfaceHeadLibrary {
    uint256 private constant RATE_SHIFT = 32;
    uint256 private constant FORWARD_MOVES_SHIFT = 64;
    uint256 private constant VOL_MOVES_SHIFT = 128;
    uint256 private constant OBSERVED_SHIFT = 192;
    uint256 private constant WINDOW_SHIFT = 232;
    uint256 private constant WAD_PER_UNIT = 1e9;

    function pack(
        SurfaceSlice memory slice,
        uint40 observedAt_,
        uint24 window_,
        uint64 forwardMoves_,
        uint64 volMoves_
    ) internal pure returns (SurfaceHead) {
        return
            SurfaceHead.wrap(
                uint256(slice.forwardRatio9) |
                    (uint256(uint32(slice.rate9)) << RATE_SHIFT) |
                    (uint256(forwardMoves_) << FORWARD_MOVES_SHIFT) |
                    (uint256(volMoves_) << VOL_MOVES_SHIFT) |
                    (uint256(observedAt_) << OBSERVED_SHIFT) |
                    (uint256(window_) << WINDOW_SHIFT)
            );
    }

    function isEmpty(SurfaceHead h) internal pure returns (bool) {
        return SurfaceHead.unwrap(h) == 0;
    }

    function forwardRatio9(SurfaceHead h) internal pure returns (uint32) {
        return uint32(SurfaceHead.unwrap(h));
    }

    function rate9(SurfaceHead h) internal pure returns (int32) {
        return int32(uint32(SurfaceHead.unwrap(h) >> RATE_SHIFT));
    }

    /// @notice phi, Wad.
    function forwardRatio(SurfaceHead h) internal pure returns (uint256) {
        return uint256(h.forwardRatio9()) * WAD_PER_UNIT;
    }

    /// @notice r, Wad.
    function rate(SurfaceHead h) internal pure returns (int256) {
        return int256(h.rate9()) * int256(WAD_PER_UNIT);
    }

    function forwardMoves(SurfaceHead h) internal pure returns (uint64) {
        return uint64(SurfaceHead.unwrap(h) >> FORWARD_MOVES_SHIFT);
    }

    function volMoves(SurfaceHead h) internal pure returns (uint64) {
        return uint64(SurfaceHead.unwrap(h) >> VOL_MOVES_SHIFT);
    }

    /// @notice When the surface was measured, unix seconds.
    function observedAt(SurfaceHead h) internal pure returns (uint40) {
        return uint40(SurfaceHead.unwrap(h) >> OBSERVED_SHIFT);
    }

    function window(SurfaceHead h) internal pure returns (uint24) {
        return uint24(SurfaceHead.unwrap(h) >> WINDOW_SHIFT);
    }
}

library SurfaceSmileLibrary {
    uint256 private constant WIDTH = 48;
    int256 private constant WAD_PER_UNIT = 1e6;

    function pack(SurfaceSlice memory slice) internal pure returns (SurfaceSmile) {
        return
            SurfaceSmile.wrap(
                uint256(uint48(slice.a12)) |
                    (uint256(slice.b12) << WIDTH) |
                    (uint256(uint48(slice.rho12)) << (2 * WIDTH)) |
                    (uint256(uint48(slice.m12)) << (3 * WIDTH)) |
                    (uint256(slice.s12) << (4 * WIDTH))
            );
    }

    function a12(SurfaceSmile v) internal pure returns (int48) {
        return int48(uint48(SurfaceSmile.unwrap(v)));
    }

    function b12(SurfaceSmile v) internal pure returns (uint48) {
        return uint48(SurfaceSmile.unwrap(v) >> WIDTH);
    }

    function rho12(SurfaceSmile v) internal pure returns (int48) {
        return int48(uint48(SurfaceSmile.unwrap(v) >> (2 * WIDTH)));
    }

    function m12(SurfaceSmile v) internal pure returns (int48) {
        return int48(uint48(SurfaceSmile.unwrap(v) >> (3 * WIDTH)));
    }

    function s12(SurfaceSmile v) internal pure returns (uint48) {
        return uint48(SurfaceSmile.unwrap(v) >> (4 * WIDTH));
    }

    /// @notice The five parameters, Wad.
    function unpack(SurfaceSmile v) internal pure returns (int256 a, uint256 b, int256 rho, int256 m, uint256 s) {
        unchecked {
            a = int256(v.a12()) * WAD_PER_UNIT;
            b = uint256(v.b12()) * uint256(WAD_PER_UNIT);
            rho = int256(v.rho12()) * WAD_PER_UNIT;
            m = int256(v.m12()) * WAD_PER_UNIT;
            s = uint256(v.s12()) * uint256(WAD_PER_UNIT);
        }
    }
}
