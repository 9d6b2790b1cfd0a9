// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IVolatilityOracle} from "../interfaces/IVolatilityOracle.sol";
import {Market} from "../types/Market.sol";

/// @notice How closely the underlyings of an account move together.
library Correlations {
    /// @dev Who holds more underlyings gets no credit for what they offset: asking for every pair would cost without
    /// end.
    uint256 private constant MOST_CORRELATED = 8;

    /// @notice The smallest correlation of any two of these markets, Wad, none below zero; zero where there are no two.
    function least(address volatilityOracle, Market[] memory markets) internal view returns (uint256) {
        uint256 count = markets.length;
        if (count < 2 || count > MOST_CORRELATED) return 0;
        IVolatilityOracle oracle = IVolatilityOracle(volatilityOracle);
        int256 found = type(int256).max;
        for (uint256 i; i < count; ++i) {
            for (uint256 j = i + 1; j < count; ++j) {
                int256 one = oracle.correlation(uint16(markets[i].underlying), uint16(markets[j].underlying));
                if (one < found) found = one;
            }
        }
        return found > 0 ? uint256(found) : 0;
    }
}
