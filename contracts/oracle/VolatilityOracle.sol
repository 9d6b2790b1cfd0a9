// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {Forecast, IVolatilityOracle} from "../interfaces/IVolatilityOracle.sol";
import {PriceStatus} from "../types/Market.sol";
import {Ewma} from "./Ewma.sol";

/// @title The volatility oracle
/// @dev Who samples chooses the moment, but only after whoever was ready on the hour: one honest keeper leaves no
/// choice. Without any, a chooser has the three hours before widening starts. Nothing sampled is lost by waiting: a
/// return counts by its square, whatever the time it took, and the weight given to it hardly depends on that time.
///
/// A sample needs a fresh price, not a new observation. A feed that is fresh vouches that the price has not left its
/// deviation threshold; asking for more would widen the volatility of every calm asset whose heartbeat is a day. If a
/// feed freezes while fresh, the move it hides is counted in full when it thaws.
contract VolatilityOracle is IVolatilityOracle, AccessManaged {
    using SafeCast for uint256;

    /// @dev One storage slot: the last daily sample, and the realised variance since.
    ///
    ///     247         232 231           192 191          128 127         88 87              0
    ///     | recorded     | squaresFrom     | squares        | openedAt     | price           |
    ///     | (16)         | (40)            | (64, Wad)      | (40)         | (88, USD Wad)   |
    struct Day {
        uint88 price;
        uint40 openedAt;
        /// @dev Sum of squared hourly log returns since `squaresFrom`, the hourly sample the day began with.
        uint64 squares;
        uint40 squaresFrom;
        /// @dev Days recorded so far.
        uint16 recorded;
    }

    /// @dev One storage slot. The pair has variances of its own, weighted exactly as its covariance is, so a day that
    /// one of the two missed cannot push the correlation beyond one.
    struct Pair {
        int64 covariance;
        uint64 lowerVariance;
        uint64 higherVariance;
        uint40 sampledAt;
    }

    /// @dev A log return that began at `from`, or none where that is zero; `variance` is that before it.
    struct DayReturn {
        int256 logReturn;
        uint256 from;
        uint256 variance;
    }

    /// @dev Bounds the loops of `sampleDay`.
    uint256 public constant MAX_UNDERLYINGS = 20;
    /// @dev Daily volatilities of 0.1 % and 100 %.
    uint256 private constant MIN_SEED_VARIANCE = 1e12;
    uint256 private constant MAX_SEED_VARIANCE = 1e18;

    /// @dev How far, as a factor, another price oracle may lie from the last sample. Wrong decimals are at least ten
    /// times off; no listed asset ever moved fourfold in the time a replacement takes, whatever was sampled meanwhile.
    uint256 private constant MAX_PRICE_FACTOR = 4;

    uint256 private constant WEEK = 7;
    uint256 private constant MONTH = 30;
    /// @dev The next power of two above a month: whole storage slots, and a counter may run over.
    uint256 private constant HISTORY = 32;

    mapping(uint16 underlying => Forecast) private _forecasts;
    mapping(uint16 underlying => Day) private _days;
    mapping(uint16 underlying => uint64[HISTORY]) private _realised;
    mapping(uint256 pairKey => Pair) private _pairs;
    uint16[] private _listed;
    /// @inheritdoc IVolatilityOracle
    IPriceOracle public priceOracle;
    uint40 private _dayAt;

    constructor(address authority, IPriceOracle priceOracle_) AccessManaged(authority) {
        priceOracle = priceOracle_;
    }

    /// @inheritdoc IVolatilityOracle
    /// @dev Taking the time since the sample for at least an hour keeps a spike of a few blocks from counting for more
    /// than the same spike on the hour would, and makes the forecast what the next sample will find.
    function dailyVol(uint16 underlying, uint256 price) external view returns (uint256) {
        Forecast memory f = _forecast(underlying);
        uint256 elapsed = block.timestamp - f.sampledAt;
        uint256 variance = f.hourlyVariance > f.dailyVariance ? f.hourlyVariance : f.dailyVariance;
        variance = Ewma.widen(variance, elapsed);
        if (elapsed < 1 hours) elapsed = 1 hours;
        if (price != 0 && !_isWithin(variance, f.price, price, elapsed)) {
            uint256 sampled = _sampledVariance(f, Ewma.logReturn(f.price, price), elapsed);
            if (sampled > variance) variance = sampled;
        }
        return Ewma.deviation(variance);
    }

    /// @inheritdoc IVolatilityOracle
    function forecastOf(uint16 underlying) external view returns (Forecast memory) {
        return _forecast(underlying);
    }

    /// @inheritdoc IVolatilityOracle
    function correlation(uint16 a, uint16 b) external view returns (int256) {
        Pair memory p = _pair(a, b);
        if (a == b) return int256(FixedPoint.WAD);
        if (p.sampledAt == 0) return 0;
        uint256 elapsed = block.timestamp - p.sampledAt;
        // The day under way is not missed yet. What nobody measures any more earns no credit.
        uint256 missed = elapsed < 2 days ? 0 : (elapsed / 1 days - 1) * 1 days;
        int256 faded = int256(p.covariance) * int256(Ewma.decay(missed));
        uint256 scale = Ewma.sqrtUp(uint256(p.lowerVariance) * p.higherVariance);
        int256 rho = FixedPoint.mulDivFloor(faded, 1, int256(scale));
        return FixedPointMathLib.clamp(rho, -int256(FixedPoint.WAD), int256(FixedPoint.WAD));
    }

    /// @inheritdoc IVolatilityOracle
    function covariance(
        uint16 a,
        uint16 b
    ) external view returns (int256 covariance_, uint256 varianceA, uint256 varianceB, uint40 sampledAt) {
        Pair memory p = _pair(a, b);
        (varianceA, varianceB) = a < b ? (p.lowerVariance, p.higherVariance) : (p.higherVariance, p.lowerVariance);
        return (p.covariance, varianceA, varianceB, p.sampledAt);
    }

    /// @inheritdoc IVolatilityOracle
    function realisedVariance(
        uint16 underlying
    ) external view returns (uint256 daily, uint256 weekly, uint256 monthly, uint256 recorded) {
        _forecast(underlying);
        recorded = _days[underlying].recorded;
        uint256 available = recorded < MONTH ? recorded : MONTH;
        uint256 sum;
        for (uint256 n = 1; n <= available; ++n) {
            sum += _realised[underlying][(recorded - n) % HISTORY];
            if (n == 1) daily = sum;
            if (n <= WEEK) weekly = sum / n;
            monthly = sum / n;
        }
    }

    /// @inheritdoc IVolatilityOracle
    function listed() external view returns (uint16[] memory) {
        return _listed;
    }

    /// @inheritdoc IVolatilityOracle
    function nextDayAt() external view returns (uint256) {
        return _nextDayAt();
    }

    /// @inheritdoc IVolatilityOracle
    function list(uint16 underlying, uint256 seedVariance) external restricted {
        if (_forecasts[underlying].sampledAt != 0) revert VolatilityOracle_AlreadyListed(underlying);
        if (_listed.length == MAX_UNDERLYINGS) revert VolatilityOracle_TooManyUnderlyings(MAX_UNDERLYINGS);
        if (seedVariance < MIN_SEED_VARIANCE || seedVariance > MAX_SEED_VARIANCE) {
            revert VolatilityOracle_SeedOutOfBounds(seedVariance, MIN_SEED_VARIANCE, MAX_SEED_VARIANCE);
        }
        uint88 price = _freshPrice(underlying);
        uint40 now_ = uint40(block.timestamp);
        _forecasts[underlying] = Forecast(uint64(seedVariance), uint64(seedVariance), now_, price);
        _days[underlying] = Day(price, now_, 0, now_, 0);
        _listed.push(underlying);
        emit Listed(underlying, seedVariance, price);
    }

    /// @inheritdoc IVolatilityOracle
    function setPriceOracle(IPriceOracle to) external restricted {
        if (address(to).code.length == 0) revert VolatilityOracle_NotAContract(address(to));
        emit PriceOracleChanged(priceOracle, to);
        priceOracle = to;
        for (uint256 i; i < _listed.length; ++i) {
            uint16 underlying = _listed[i];
            uint256 price = _freshPrice(underlying);
            uint256 last = _forecasts[underlying].price;
            if (price * MAX_PRICE_FACTOR < last || price > last * MAX_PRICE_FACTOR) {
                revert VolatilityOracle_PriceOutOfLine(underlying, price, last);
            }
        }
    }

    /// @inheritdoc IVolatilityOracle
    function sample(uint16 underlying) external {
        Forecast memory f = _forecast(underlying);
        if (!_isDue(f)) revert VolatilityOracle_TooSoon(uint256(f.sampledAt) + 1 hours);
        _sampleHour(underlying, f, _freshPrice(underlying));
    }

    /// @inheritdoc IVolatilityOracle
    function sampleMany(uint16[] calldata underlyings) external returns (uint256 taken) {
        for (uint256 i; i < underlyings.length; ++i) {
            uint16 underlying = underlyings[i];
            Forecast memory f = _forecast(underlying);
            if (!_isDue(f)) continue;
            (uint88 price, PriceStatus status) = _price(underlying);
            if (status != PriceStatus.Fresh) continue;
            _sampleHour(underlying, f, price);
            ++taken;
        }
    }

    /// @inheritdoc IVolatilityOracle
    function sampleDay() external {
        if (block.timestamp < _nextDayAt()) revert VolatilityOracle_TooSoon(_nextDayAt());
        uint16[] memory underlyings = _listed;
        uint256 count = underlyings.length;
        DayReturn[] memory returns_ = new DayReturn[](count);
        bool anyFresh;
        for (uint256 i; i < count; ++i) {
            (uint88 price, PriceStatus status) = _price(underlyings[i]);
            if (status != PriceStatus.Fresh) continue;
            anyFresh = true;
            returns_[i] = _sampleDayOf(underlyings[i], price);
        }
        if (!anyFresh) revert VolatilityOracle_NothingFresh();
        _dayAt = uint40(block.timestamp);
        for (uint256 i; i < count; ++i) {
            for (uint256 j = i + 1; j < count; ++j) {
                // Only returns over the same time can be multiplied.
                if (returns_[i].from == 0 || returns_[i].from != returns_[j].from) continue;
                _samplePair(underlyings[i], returns_[i], underlyings[j], returns_[j]);
            }
        }
    }

    /// @dev Both averages take the widening in, or the larger would shrink back to what it was before the gap.
    function _sampleHour(uint16 underlying, Forecast memory f, uint88 price) private {
        uint256 elapsed = block.timestamp - f.sampledAt;
        int256 r = Ewma.logReturn(f.price, price);
        f.hourlyVariance = uint64(_sampledVariance(f, r, elapsed));
        f.dailyVariance = uint64(Ewma.widen(f.dailyVariance, elapsed));
        f.sampledAt = uint40(block.timestamp);
        f.price = price;
        _forecasts[underlying] = f;
        Day storage day = _days[underlying];
        day.squares = _toUint64(day.squares + FixedPoint.mulWadUp(FixedPoint.abs(r), FixedPoint.abs(r)));
        emit HourSampled(underlying, price, r, elapsed, f.hourlyVariance, f.dailyVariance);
    }

    function _sampledVariance(Forecast memory f, int256 r, uint256 elapsed) private pure returns (uint256) {
        return Ewma.update(Ewma.widen(f.hourlyVariance, elapsed), r, elapsed);
    }

    /// @dev Whether the price moved by no more than one standard deviation of `elapsed`, told without a logarithm. A
    /// sample is an average of the variance there was, which is no larger than `variance`, and of r^2 * day / elapsed.
    /// So what is within cannot raise `variance`: nothing is lost but the logarithm's last digit. The logarithm of a
    /// ratio is at most the distance in parts of the smaller price, so this errs to the safe side.
    function _isWithin(uint256 variance, uint88 from, uint256 to, uint256 elapsed) private pure returns (bool) {
        unchecked {
            (uint256 least, uint256 distance) = from < to ? (from, to - from) : (to, from - to);
            // Taking the logarithm is never wrong. Below, nothing exceeds 2^160: `least` has 88 bits and `move` 60.
            if (distance >= least) return false;
            uint256 move = (distance * FixedPoint.WAD) / least + 1;
            return move * move * 1 days <= variance * elapsed * FixedPoint.WAD;
        }
    }

    function _sampleDayOf(uint16 underlying, uint88 price) private returns (DayReturn memory dayReturn) {
        Forecast memory f = _forecasts[underlying];
        if (_isDue(f)) _sampleHour(underlying, f, price);
        Day memory day = _days[underlying];
        uint256 elapsed = block.timestamp - day.openedAt;
        // Shorter only after listing: from here on the underlying keeps the time of the others.
        if (elapsed < 1 days) {
            emit DayOpened(underlying, price);
        } else {
            int256 r = Ewma.logReturn(day.price, price);
            dayReturn = DayReturn(r, day.openedAt, f.dailyVariance);
            f.dailyVariance = uint64(Ewma.update(f.dailyVariance, r, elapsed));
            _forecasts[underlying] = f;
            // The last hourly sample is less than an hour old and the day's first at least a day: never divides by
            // zero.
            uint64 realised = _toUint64(FixedPoint.mulDivUp(day.squares, 1 days, f.sampledAt - day.squaresFrom));
            _realised[underlying][day.recorded % HISTORY] = realised;
            ++day.recorded;
            emit DaySampled(underlying, price, r, elapsed, realised, f.dailyVariance);
        }
        _days[underlying] = Day(price, uint40(block.timestamp), 0, f.sampledAt, day.recorded);
    }

    function _samplePair(uint16 a, DayReturn memory ra, uint16 b, DayReturn memory rb) private {
        if (a > b) (a, ra, b, rb) = (b, rb, a, ra);
        Pair memory p = _pairs[_pairKey(a, b)];
        if (p.sampledAt == 0) (p.lowerVariance, p.higherVariance) = (uint64(ra.variance), uint64(rb.variance));
        uint256 elapsed = block.timestamp - ra.from;
        p.covariance = int64(Ewma.updateCovariance(p.covariance, ra.logReturn * rb.logReturn, elapsed));
        p.lowerVariance = uint64(Ewma.update(p.lowerVariance, ra.logReturn, elapsed));
        p.higherVariance = uint64(Ewma.update(p.higherVariance, rb.logReturn, elapsed));
        p.sampledAt = uint40(block.timestamp);
        _pairs[_pairKey(a, b)] = p;
        emit PairSampled(a, b, p.covariance);
    }

    function _forecast(uint16 underlying) private view returns (Forecast memory f) {
        f = _forecasts[underlying];
        if (f.sampledAt == 0) revert VolatilityOracle_NotListed(underlying);
    }

    function _pair(uint16 a, uint16 b) private view returns (Pair memory) {
        _forecast(a);
        _forecast(b);
        return _pairs[_pairKey(a, b)];
    }

    function _isDue(Forecast memory f) private view returns (bool) {
        return block.timestamp >= uint256(f.sampledAt) + 1 hours;
    }

    function _nextDayAt() private view returns (uint256) {
        return _dayAt == 0 ? 0 : uint256(_dayAt) + 1 days;
    }

    function _price(uint16 underlying) private view returns (uint88 price, PriceStatus status) {
        uint256 wad;
        (wad, , , status) = priceOracle.readDespiteStop(underlying);
        price = wad.toUint88();
    }

    function _freshPrice(uint16 underlying) private view returns (uint88 price) {
        PriceStatus status;
        (price, status) = _price(underlying);
        if (status != PriceStatus.Fresh) revert VolatilityOracle_PriceNotFresh(underlying, status);
    }

    function _pairKey(uint16 a, uint16 b) private pure returns (uint256) {
        return a < b ? (uint256(a) << 16) | b : (uint256(b) << 16) | a;
    }

    function _toUint64(uint256 x) private pure returns (uint64) {
        return x < type(uint64).max ? uint64(x) : type(uint64).max;
    }
}
