// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";

/// @notice Chainlink's own mock behind a proxy, as a live feed is; the proxy has the description the mock lacks.
contract MockAggregator is AggregatorV3Interface {
    MockV3Aggregator public immutable aggregator;
    string public override description;

    constructor(uint8 decimals_, int256 answer, string memory description_) {
        aggregator = new MockV3Aggregator(decimals_, answer);
        description = description_;
    }

    function setDescription(string calldata description_) external {
        description = description_;
    }

    /// @notice A new round, observed now.
    function updateAnswer(int256 answer) external {
        aggregator.updateAnswer(answer);
    }

    /// @notice A round as the test wants it.
    function updateRoundData(uint80 roundId, int256 answer, uint256 updatedAt, uint256 startedAt) external {
        aggregator.updateRoundData(roundId, answer, updatedAt, startedAt);
    }

    function decimals() external view returns (uint8) {
        return aggregator.decimals();
    }

    function version() external view returns (uint256) {
        return aggregator.version();
    }

    function getRoundData(
        uint80 id
    )
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return aggregator.getRoundData(id);
    }

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return aggregator.latestRoundData();
    }
}
