// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PriceStatus} from "../types/Market.sol";
import {IPriceOracle} from "./IPriceOracle.sol";

/// @notice What margin needs of an underlying's volatility, one storage slot.
///
///     255             168 167         128 127             64 63               0
///     | price            | sampledAt     | dailyVariance    | hourlyVariance    |
///     | (88, USD Wad)    | (40)          | (64, Wad)        | (64, Wad)         |
struct Forecast {
    /// @dev EWMA of the variance of one day's log return, refreshed by hourly samples, as of `sampledAt`.
    uint64 hourlyVariance;
    /// @dev The same EWMA over daily samples.
    uint64 dailyVariance;
    uint40 sampledAt;
    uint88 price;
}

/// @title The forecast of daily volatility that margins follow
/// @notice Samples the price oracle and keeps an exponentially weighted average of variance twice over, from hourly and
/// from daily log returns; the larger counts. Anyone may sample.
interface IVolatilityOracle {
    event Listed(uint16 indexed underlying, uint256 seedVariance, uint256 price);
    /// @param price USD Wad. `logReturn` (Wad) is that over the `elapsed` seconds since the sample before.
    event HourSampled(
        uint16 indexed underlying,
        uint256 price,
        int256 logReturn,
        uint256 elapsed,
        uint256 hourlyVariance,
        uint256 dailyVariance
    );
    /// @param realisedVariance of hourly log returns since the daily sample before, brought to one day.
    event DaySampled(
        uint16 indexed underlying,
        uint256 price,
        int256 logReturn,
        uint256 elapsed,
        uint256 realisedVariance,
        uint256 dailyVariance
    );
    /// @notice A daily sample from which no return can be told: only the price was noted.
    event DayOpened(uint16 indexed underlying, uint256 price);
    event PriceOracleChanged(IPriceOracle from, IPriceOracle to);
    event PairSampled(uint16 indexed lower, uint16 indexed higher, int256 covariance);

    /// @notice An underlying that was never listed has no volatility.
    error VolatilityOracle_NotListed(uint16 underlying);
    error VolatilityOracle_AlreadyListed(uint16 underlying);
    error VolatilityOracle_TooManyUnderlyings(uint256 limit);
    error VolatilityOracle_SeedOutOfBounds(uint256 seedVariance, uint256 lower, uint256 upper);
    error VolatilityOracle_PriceNotFresh(uint16 underlying, PriceStatus status);
    /// @notice The next sample may be taken from `nextAt` on.
    error VolatilityOracle_TooSoon(uint256 nextAt);
    /// @notice Not one listed underlying has a fresh price.
    error VolatilityOracle_NothingFresh();

    /// @notice The address has no code, so it cannot be a price oracle.
    error VolatilityOracle_NotAContract(address priceOracle);
    /// @notice The other price oracle's `price` is more than four times, or less than a fourth of, the last sample's.
    error VolatilityOracle_PriceOutOfLine(uint16 underlying, uint256 price, uint256 lastPrice);

    /// @notice sigma_d: the forecast standard deviation of one day's log return, Wad, not annualised, rounded up.
    /// Missing samples widen it, never narrow it, and so does a price that has moved since the last one: the forecast
    /// is what sampling `price` now, or an hour after the last sample if that is later, would leave, where that is
    /// more.
    /// @param price USD Wad; zero where none is known.
    function dailyVol(uint16 underlying, uint256 price) external view returns (uint256);

    /// @notice The averages as last sampled, without what missing samples have widened them by since.
    function forecastOf(uint16 underlying) external view returns (Forecast memory);

    /// @notice Correlation of the daily log returns of two underlyings, Wad within +-1, rounded down. Exponentially
    /// weighted over the days on which both were sampled at once; zero until then, and fading to zero while none is.
    function correlation(uint16 a, uint16 b) external view returns (int256);

    /// @notice The weighted averages behind `correlation` of two different underlyings, Wad, as of `sampledAt`.
    function covariance(
        uint16 a,
        uint16 b
    ) external view returns (int256 covariance_, uint256 varianceA, uint256 varianceB, uint40 sampledAt);

    /// @notice Averages of the realised variance of the last 1, 7 and 30 recorded days, Wad, or of as many as there
    /// are. `recorded` is how many there are in all.
    function realisedVariance(
        uint16 underlying
    ) external view returns (uint256 daily, uint256 weekly, uint256 monthly, uint256 recorded);

    /// @notice Where samples come from.
    function priceOracle() external view returns (IPriceOracle);

    /// @notice Every listed underlying, in order of listing.
    function listed() external view returns (uint16[] memory);

    /// @notice When `sampleDay` may next be called, unix seconds.
    function nextDayAt() external view returns (uint256);

    /// @notice Takes an underlying on, with its price now as the first sample. Restricted.
    /// @param seedVariance of one day's log return, Wad.
    function list(uint16 underlying, uint256 seedVariance) external;

    /// @notice Has samples come from another price oracle. Restricted.
    /// @dev It must answer fresh for every listed underlying, within a factor of four of the last sample.
    function setPriceOracle(IPriceOracle to) external;

    /// @notice Takes the hourly sample of one underlying, an hour or more after the one before. Needs a price that is
    /// fresh, or would be but for a guardian's stop.
    function sample(uint16 underlying) external;

    /// @notice Takes the hourly samples that are due, and skips those that are not or whose price is not fresh, so that
    /// nobody can spoil a batch by sampling one of it first.
    /// @return taken how many.
    function sampleMany(uint16[] calldata underlyings) external returns (uint256 taken);

    /// @notice Takes the daily sample of every listed underlying with a fresh price, all in one moment, and hourly
    /// samples where due. A day or more after the one before.
    function sampleDay() external;
}
