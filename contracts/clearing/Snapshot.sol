// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCastLib} from "solady/src/utils/SafeCastLib.sol";

import {IBasisOracle} from "../interfaces/IBasisOracle.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {IVolatilityOracle} from "../interfaces/IVolatilityOracle.sol";
import {Market, PriceStatus} from "../types/Market.sol";
import {MarketFrame} from "./Frame.sol";
import {MarketStateLibrary, MarketWords, ledger} from "./Ledger.sol";
import {Ramps} from "./Ramps.sol";
import {Settings} from "./Settings.sol";
import {MarketState} from "../types/MarketState.sol";

/// @notice Reads one underlying: parameters, state, prices, and funding brought up to now. Changes nothing.
library Snapshot {
    using MarketStateLibrary for MarketWords;
    using Settings for uint256[];

    int256 private constant WAD = 1e18;
    /// @dev RISK section 1: funding an hour is an eighth of the basis, at most 0.05 %.
    int256 private constant FUNDING_DIVISOR = 8;
    int256 private constant MAX_HOURLY_FUNDING = 0.0005e18;
    /// @dev The basis oracle's integral counts in 1e-9.
    int256 private constant INTEGRAL_UNIT = 1e9;

    /// @notice Fills `f` with the market now. An unusable price is replaced by the last mark the ledger settled at, and
    /// says so in the status; funding then waits until the price is back.
    function take(uint256[] memory settings, uint16 underlying, MarketFrame memory f) internal view {
        uint256 place = settings.placeOf(underlying);
        if (place == 0) revert IClearinghouse.Market_NotListed(underlying);
        f.params = settings.paramsAt(place);
        ledger().markets[underlying].loadInto(f.state);
        f.openInterestBefore = f.state.openInterest;

        Market memory m = f.market;
        m.underlying = underlying;
        Ramps.setInForce(m, f.params, settings.rampAt(place));
        f.options = settings.optionsAt(place);
        (m.spot, m.confidence, f.priceUpdatedAt, m.status) = IPriceOracle(settings.priceOracle()).read(underlying);
        if (m.status == PriceStatus.Unusable) {
            m.spot = m.mark = f.state.lastMark;
            // Nobody knows when the ledger last settled: it satisfies no order that asks.
            f.priceUpdatedAt = 0;
        } else {
            (int256 basis, int64 integral) = IBasisOracle(settings.basisOracle()).read(underlying);
            m.mark = (m.spot * uint256(WAD + basis)) / uint256(WAD);
            f.state.lastMark = SafeCastLib.toUint128(m.mark);
            f.hourlyFunding = accrueFunding(f.state, m.spot, integral);
        }
        m.dailyVol = IVolatilityOracle(settings.volatilityOracle()).dailyVol(underlying, m.spot);
        unchecked {
            // The mark is one that was stored in 128 bits, or that could be.
            m.index = int256(m.mark) - f.state.cumulativeFunding;
        }
    }

    /// @notice Brings cumulative funding up to now at the average basis since the last time, and the state with it.
    /// @dev Truncated towards zero at each step: both sides of the market read the same sum, so nothing is lost.
    /// @param spot refused beyond 128 bits, whatever oracle it is of.
    /// @return rate the hourly rate that applied, Wad.
    function accrueFunding(MarketState memory s, uint256 spot, int64 integral) internal view returns (int256 rate) {
        int256 elapsed;
        int256 accrued;
        // 128 bits of price, 49 of the rate's cap, 33 of time; what is added up is checked.
        unchecked {
            elapsed = int256(block.timestamp - s.fundedAt);
            if (elapsed == 0) return 0;
            rate = hourlyFunding(int256(integral) - s.basisIntegral, elapsed);
            accrued = (int256(uint256(SafeCastLib.toUint128(spot))) * rate * elapsed) / (3600 * WAD);
        }
        s.cumulativeFunding += SafeCastLib.toInt96(accrued);
        s.fundedAt = uint32(block.timestamp);
        s.basisIntegral = integral;
    }

    /// @notice Funding an hour for a basis whose integral grew by `integrated` (1e-9 seconds, the difference of two
    /// numbers of 64 bits) over `elapsed` seconds, which are not zero.
    function hourlyFunding(int256 integrated, int256 elapsed) internal pure returns (int256 rate) {
        unchecked {
            rate = (integrated * INTEGRAL_UNIT) / elapsed / FUNDING_DIVISOR;
        }
        if (rate > MAX_HOURLY_FUNDING) return MAX_HOURLY_FUNDING;
        if (rate < -MAX_HOURLY_FUNDING) return -MAX_HOURLY_FUNDING;
    }
}
