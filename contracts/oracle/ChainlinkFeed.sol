// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";

/// @notice Reads a Chainlink push feed so that nothing the feed does can revert the reader or eat its gas.
library ChainlinkFeed {
    /// @dev Ten times what a proxied aggregator needs.
    uint256 internal constant GAS_LIMIT = 200_000;
    /// @dev What must be at hand for GAS_LIMIT to be forwarded: a 64th stays (EIP-150), and a cold account costs 2,600.
    uint256 internal constant GAS_NEEDED = (GAS_LIMIT * 64) / 63 + 3_000;
    uint256 private constant ROUND_SIZE = 160;

    /// @notice The latest answer.
    /// @return price USD Wad, rounded down; zero where the feed failed, is malformed, or its answer is not positive.
    /// @return updatedAt unix seconds as the feed says, unchecked.
    /// @dev A caller could choose its gas so that the feed runs out of it and a sound price looks broken. Therefore a
    /// failure counts only if the feed had all the gas it is due.
    function latest(address aggregator, uint8 decimals) internal view returns (uint256 price, uint256 updatedAt) {
        uint256 available = gasleft();
        (bool ok, int256 answer, uint256 observedAt) = _latestRoundData(aggregator);
        if (!ok) {
            if (available < GAS_NEEDED) revert IPriceOracle.PriceOracle_InsufficientGas(available, GAS_NEEDED);
            return (0, 0);
        }
        if (answer <= 0 || answer > type(int128).max) return (0, observedAt);
        return (uint256(answer) * 10 ** (18 - decimals), observedAt);
    }

    /// @dev Copies no more than one round, whatever comes back; anything of another size is not a round.
    function _latestRoundData(address aggregator) private view returns (bool ok, int256 answer, uint256 updatedAt) {
        bytes4 selector = AggregatorV3Interface.latestRoundData.selector;
        assembly ("memory-safe") {
            let round := mload(0x40)
            mstore(0x00, selector)
            ok := staticcall(GAS_LIMIT, aggregator, 0x00, 0x04, round, ROUND_SIZE)
            ok := and(ok, eq(returndatasize(), ROUND_SIZE))
            if ok {
                answer := mload(add(round, 0x20))
                updatedAt := mload(add(round, 0x60))
            }
        }
    }
}
