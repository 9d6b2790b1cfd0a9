// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

/// @notice What an aggregator does when it is asked for a round.
enum Mood {
    Sound,
    // As aggregators of the first generation say that there is none.
    RevertNoData,
    RevertOther,
    RevertHuge,
    BurnGas,
    ReturnNothing,
    ReturnShort,
    ReturnLong,
    OtherId,
    AnswerWithoutTime,
    // Sound after all, at a price that no honest aggregator has.
    Hungry
}

/// @notice An aggregator behind a proxy: its rounds count from 1, a slot each. Rounds that it has not are zeros.
contract MockRounds {
    struct Transmission {
        int192 answer;
        uint64 timestamp;
    }

    uint8 public immutable decimals;
    uint64 public latestRound;
    mapping(uint256 roundId => Transmission) private _transmissions;
    mapping(uint256 roundId => Mood) private _moods;
    /// @dev Of every round that there is not.
    Mood private _missing;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function add(Transmission[] calldata transmissions) external {
        uint64 last = latestRound;
        for (uint256 i; i < transmissions.length; ++i) _transmissions[++last] = transmissions[i];
        latestRound = last;
    }

    /// @notice Has round 0, which never is, stand for the latest.
    function setMood(uint64 roundId, Mood mood) external {
        _moods[roundId] = mood;
    }

    function setMissing(Mood mood) external {
        _missing = mood;
    }

    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        Mood mood = roundId > latestRound ? _missing : _moods[roundId];
        return _tell(roundId, mood);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _tell(latestRound, _moods[0]);
    }

    function _tell(uint80 roundId, Mood mood) private view returns (uint80, int256, uint256, uint256, uint80) {
        Transmission memory t = _transmissions[roundId];
        // Chainlink's own aggregators revert with strings.
        // solhint-disable gas-custom-errors
        if (mood == Mood.RevertNoData) revert("No data present");
        if (mood == Mood.RevertOther) revert("No access");
        // solhint-enable gas-custom-errors
        if (mood == Mood.RevertHuge) _end(100_000, true);
        if (mood == Mood.BurnGas) while (true) {}
        if (mood == Mood.ReturnNothing) _end(0, false);
        if (mood == Mood.ReturnShort) _end(128, false);
        if (mood == Mood.ReturnLong) _end(192, false);
        if (mood == Mood.OtherId) return (roundId + 1, t.answer, t.timestamp, t.timestamp, roundId + 1);
        if (mood == Mood.AnswerWithoutTime) return (roundId, t.answer, 0, 0, roundId);
        if (mood == Mood.Hungry) _spend(150_000);
        return (roundId, t.answer, t.timestamp, t.timestamp, roundId);
    }

    function _spend(uint256 gas_) private view {
        uint256 until = gasleft() - gas_;
        while (gasleft() > until) {}
    }

    function _end(uint256 size, bool asRevert) private pure {
        assembly {
            if asRevert {
                revert(0x00, size)
            }
            return(0x00, size)
        }
    }
}

/// @notice A feed as Chainlink's proxies are: an aggregator a phase, and ids that name both.
contract MockPhasedFeed is AggregatorV3Interface {
    uint256 private constant PHASE_SHIFT = 64;

    // Named as the interface names it.
    // solhint-disable-next-line const-name-snakecase
    uint256 public constant override version = 1;

    string public override description;
    uint16 public phaseId;
    mapping(uint16 phaseId => MockRounds) public phaseAggregators;

    constructor(string memory description_) {
        description = description_;
    }

    /// @notice Begins phases up to and with `phase`, all those skipped without an aggregator.
    function begin(uint16 phase, MockRounds aggregator) external {
        phaseId = phase;
        phaseAggregators[phase] = aggregator;
    }

    function decimals() external view returns (uint8) {
        return phaseAggregators[phaseId].decimals();
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        uint16 phase = uint16(id >> PHASE_SHIFT);
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, ) = phaseAggregators[phase].getRoundData(
            uint64(id)
        );
        return _told(phase, round, answer, startedAt, updatedAt);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, ) = phaseAggregators[phaseId]
            .latestRoundData();
        return _told(phaseId, round, answer, startedAt, updatedAt);
    }

    function _told(
        uint16 phase,
        uint80 round,
        int256 answer,
        uint256 startedAt,
        uint256 updatedAt
    ) private pure returns (uint80, int256, uint256, uint256, uint80) {
        uint80 id = uint80((uint256(phase) << PHASE_SHIFT) | round);
        return (id, answer, startedAt, updatedAt, id);
    }
}
