// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";

/// @notice Chainlink's own mock behind a proxy, as a live feed is; the proxy has the description the mock lacks.
contract MockAggregator is AggregatorV3Interface {
    MockV3Aggregator public immutable AGGREGATOR;
    string public override description;

    constructor(uint8 decimals_, int256 answer, string memory description_) {
        AGGREGATOR = new MockV3Aggregator(decimals_, answer);
        description = description_;
    }

    function setDescription(string calldata description_) external {
        description = description_;
    }

    /// @notice A new round, observed now.
    function updateAnswer(int256 answer) external {
        AGGREGATOR.updateAnswer(answer);
    }

    /// @notice A round as the test wants it.
    function updateRoundData(uint80 roundId, int256 answer, uint256 updatedAt, uint256 startedAt) external {
        AGGREGATOR.updateRoundData(roundId, answer, updatedAt, startedAt);
    }

    function decimals() external view returns (uint8) {
        return AGGREGATOR.decimals();
    }

    function version() external view returns (uint256) {
        return AGGREGATOR.version();
    }

    function getRoundData(
        uint80 id
    )
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return AGGREGATOR.getRoundData(id);
    }

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return AGGREGATOR.latestRoundData();
    }
}
