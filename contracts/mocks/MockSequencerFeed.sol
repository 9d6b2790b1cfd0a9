// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @notice Stands in for an L2's sequencer uptime feed where no real one exists: its owner says whether the sequencer
/// is up, and nothing else knows.
contract MockSequencerFeed is AggregatorV3Interface, Ownable {
    event AnswerUpdated(int256 answer, uint256 startedAt);

    // Named as the interface names them.
    // solhint-disable const-name-snakecase
    string public constant override description = "L2 Sequencer Uptime Status Feed (stand-in set by its owner)";
    uint8 public constant override decimals = 0;
    uint256 public constant override version = 1;
    // solhint-enable const-name-snakecase

    uint80 private _round = 1;
    bool private _down;
    /// @dev A feed that begins has seen no outage, so the sequencer has been up for as long as anybody asks.
    uint256 private _startedAt = 1;
    uint256 private _updatedAt = block.timestamp;

    constructor(address owner_) Ownable(owner_) {}

    /// @notice Says that the sequencer went down or came up, now. Repeating it changes nothing but the round's time.
    function setUp(bool up) external onlyOwner {
        if (up == _down) {
            ++_round;
            _down = !up;
            _startedAt = block.timestamp;
            emit AnswerUpdated(up ? int256(0) : int256(1), block.timestamp);
        }
        _updatedAt = block.timestamp;
    }

    /// @dev Only the latest round is kept.
    function getRoundData(uint80) external view returns (uint80, int256, uint256, uint256, uint80) {
        return latestRoundData();
    }

    /// @dev The answer is 0 while the sequencer is up and 1 while it is down; startedAt tells since when.
    function latestRoundData()
        public
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return (_round, _down ? int256(1) : int256(0), _startedAt, _updatedAt, _round);
    }
}
