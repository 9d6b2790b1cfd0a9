// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";

/// @notice Reads Chainlink feeds so that nothing a feed does can revert the reader or eat its gas.
library ChainlinkFeed {
    /// @dev Ten times what a proxied aggregator needs.
    uint256 internal constant GAS_LIMIT = 200_000;
    /// @dev What must be at hand for GAS_LIMIT to be forwarded: a 64th stays (EIP-150), and a cold account costs 2,600.
    uint256 internal constant GAS_NEEDED = (GAS_LIMIT * 64) / 63 + 3_000;
    uint256 private constant ROUND_SIZE = 160;
    /// @dev What a sequencer uptime feed answers.
    int256 private constant SEQUENCER_UP = 0;
    int256 private constant SEQUENCER_DOWN = 1;

    /// @notice The latest answer of a push feed.
    /// @param decimals of its answers, at most 18.
    /// @return price USD Wad, rounded down; zero where the feed failed, is malformed, or its answer is not positive.
    /// @return updatedAt unix seconds as the feed says, unchecked.
    function latest(address aggregator, uint8 decimals) internal view returns (uint256 price, uint256 updatedAt) {
        int256 answer;
        (, answer, , updatedAt) = _latestRound(aggregator);
        if (answer <= 0 || answer > type(int128).max) return (0, updatedAt);
        // At most 2^127 * 10^18.
        unchecked {
            return (uint256(answer) * 10 ** (18 - decimals), updatedAt);
        }
    }

    /// @notice The state of a sequencer uptime feed.
    /// @return known false where the feed failed, is malformed, not initialised, or speaks of the future.
    /// @return upSince unix seconds; zero where the sequencer is down or not known to be up.
    function sequencer(address aggregator) internal view returns (bool known, uint256 upSince) {
        (bool ok, int256 answer, uint256 startedAt, ) = _latestRound(aggregator);
        known = ok && startedAt != 0 && startedAt <= block.timestamp;
        if (!known) return (false, 0);
        if (answer == SEQUENCER_UP) return (true, startedAt);
        return (answer == SEQUENCER_DOWN, 0);
    }

    /// @notice The latest round, all zero where the feed failed.
    /// @dev A caller could choose its gas so that the feed runs out of it and a sound feed looks broken. Therefore a
    /// failure counts only if the feed had all the gas it is due.
    function _latestRound(
        address aggregator
    ) private view returns (bool ok, int256 answer, uint256 startedAt, uint256 updatedAt) {
        uint256 available = gasleft();
        bytes4 selector = AggregatorV3Interface.latestRoundData.selector;
        // Copies no more than one round, whatever comes back; anything of another size is not a round.
        assembly ("memory-safe") {
            let round := mload(0x40)
            mstore(0x00, selector)
            ok := staticcall(GAS_LIMIT, aggregator, 0x00, 0x04, round, ROUND_SIZE)
            ok := and(ok, eq(returndatasize(), ROUND_SIZE))
            if ok {
                answer := mload(add(round, 0x20))
                startedAt := mload(add(round, 0x40))
                updatedAt := mload(add(round, 0x60))
            }
        }
        if (!ok && available < GAS_NEEDED) revert IPriceOracle.PriceOracle_InsufficientGas(available, GAS_NEEDED);
    }
}
