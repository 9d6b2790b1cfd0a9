// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice The clock of one account's auction, in one storage slot. Zero where there is none.
///
///     255      232 231         224 223         176 175         136 135           64 63            0
///     | zero (24)  | running (8)   | flagBlock     | touchedAt     | gathered       | rate         |
///     |            |               | (48)          | (40)          | (72, Wad)      | (64, Wad)    |
///
/// `gathered` is in auction seconds and stops at 60 minutes, where the discount is whole. `rate` is how many auction
/// seconds a second is worth until the next touch. `touchedAt` is in unix seconds.
type AuctionClock is uint256;

using AuctionClockLibrary for AuctionClock global;

library AuctionClockLibrary {
    /// @dev Auction seconds, Wad, at which the clock stops.
    uint256 internal constant END = 60 minutes * 1e18;
    /// @dev What one touch may add at most, however long ago the one before was: prices between touches are unknown
    /// (margin mathematics, section 7).
    uint256 internal constant LONGEST_STEP = 10 minutes;
    /// @dev A flag nobody acts on is forgotten after this long (section 7).
    uint256 internal constant LAPSE = 24 hours;

    uint256 private constant GATHERED = 64;
    uint256 private constant TOUCHED_AT = 136;
    uint256 private constant FLAG_BLOCK = 176;
    uint256 private constant RUNNING = 224;

    /// @notice A clock that starts now, at zero.
    function start(uint256 blockNumber, uint256 time, uint256 rate_) internal pure returns (AuctionClock) {
        return AuctionClock.wrap((1 << RUNNING) | (blockNumber << FLAG_BLOCK) | (time << TOUCHED_AT) | rate_);
    }

    /// @notice The clock advanced to `time`, with the rate in force from there.
    function touched(AuctionClock c, uint256 time, uint256 rate_) internal pure returns (AuctionClock) {
        uint256 kept = AuctionClock.unwrap(c) & ~((uint256(1) << FLAG_BLOCK) - 1);
        return AuctionClock.wrap(kept | (time << TOUCHED_AT) | (gatheredAt(c, time) << GATHERED) | rate_);
    }

    /// @notice Wad auction seconds at `time`, by the rate recorded at the touch before.
    function gatheredAt(AuctionClock c, uint256 time) internal pure returns (uint256) {
        uint256 step = time - touchedAt(c);
        if (step > LONGEST_STEP) step = LONGEST_STEP;
        uint256 sum = gathered(c) + step * rate(c);
        return sum < END ? sum : END;
    }

    /// @notice Whether an auction runs that has not lapsed by `time`.
    function runningAt(AuctionClock c, uint256 time) internal pure returns (bool) {
        return (AuctionClock.unwrap(c) >> RUNNING) & 1 == 1 && time - touchedAt(c) <= LAPSE;
    }

    /// @notice The block the account was flagged in.
    function flagBlock(AuctionClock c) internal pure returns (uint48) {
        return uint48(AuctionClock.unwrap(c) >> FLAG_BLOCK);
    }

    /// @notice When the clock was last advanced, unix seconds.
    function touchedAt(AuctionClock c) internal pure returns (uint40) {
        return uint40(AuctionClock.unwrap(c) >> TOUCHED_AT);
    }

    /// @notice Wad auction seconds at the last touch.
    function gathered(AuctionClock c) internal pure returns (uint72) {
        return uint72(AuctionClock.unwrap(c) >> GATHERED);
    }

    /// @notice Wad auction seconds a second since the last touch.
    function rate(AuctionClock c) internal pure returns (uint64) {
        return uint64(AuctionClock.unwrap(c));
    }
}
