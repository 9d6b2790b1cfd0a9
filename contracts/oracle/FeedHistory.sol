// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IExpirySettlement} from "../interfaces/IExpirySettlement.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {ChainlinkFeed} from "./ChainlinkFeed.sol";

/// @dev One observation of a feed; there is none where the id is zero.
struct Round {
    uint80 id;
    int256 answer;
    uint256 updatedAt;
}

/// @dev A feed whose rounds are walked in order.
struct History {
    address feed;
    uint80 latestId;
    /// @dev The first round of the phase that takes over from the one being walked; none where none does.
    Round takeover;
}

/// @notice The rounds of a Chainlink feed as one sequence, each known to follow the one before.
/// @dev A proxy composes a round's id from the phase, 1 for its first aggregator, and the aggregator's own id, which
/// counts from 1. The proxy alone is asked: aggregators answer only to those on their list, and proxies have no other
/// record of when a phase began. Asking for the phase of the latest round, not for `phaseId`, serves feeds that are no
/// proxies too.
///
/// That a round is missing is believed where the feed says so, with zeros or by "No data present", and only after the
/// last round of an older phase. In the current phase it would have to be older than the latest round.
library FeedHistory {
    uint256 private constant PHASE_SHIFT = 64;
    uint256 private constant ROUND_SIZE = 160;
    /// @dev Error("No data present"): a selector and three words.
    uint256 private constant NO_DATA_SIZE = 100;

    /// @notice A feed's history, at no round yet.
    function open(address feed) internal view returns (History memory history) {
        (bool told, Round memory latest) = _ask(feed, AggregatorV3Interface.latestRoundData.selector, 0);
        if (!told || latest.id == 0) revert IExpirySettlement.ExpirySettlement_FeedFailed(feed);
        history.feed = feed;
        history.latestId = latest.id;
    }

    /// @notice The round of that id, from which the walk then goes on.
    function enter(History memory history, uint80 id) internal view returns (Round memory round) {
        round = _require(history.feed, id);
        _seekTakeover(history, _phaseOf(id));
    }

    /// @notice The very first round, from which the walk then goes on.
    function enterAtFirst(History memory history) internal view returns (Round memory round) {
        _seekTakeover(history, 0);
        round = history.takeover;
        if (round.id == 0) return enter(history, 1);
        _seekTakeover(history, _phaseOf(round.id));
    }

    /// @notice The round that follows the one the walk is at; none where that is the latest.
    function next(History memory history, Round memory round) internal view returns (Round memory following) {
        Round memory takeover = history.takeover;
        if (round.id != history.latestId) {
            following = _round(history.feed, round.id + 1);
            if (following.id == 0) {
                if (_phaseOf(round.id) == _phaseOf(history.latestId)) _refuse(round.id + 1);
            } else if (following.updatedAt < round.updatedAt) {
                revert IExpirySettlement.ExpirySettlement_RoundsNotInOrder(
                    following.id,
                    following.updatedAt,
                    round.updatedAt
                );
            } else if (takeover.id == 0 || following.updatedAt < takeover.updatedAt) {
                return following;
            }
        }
        if (takeover.id != 0) _seekTakeover(history, _phaseOf(takeover.id));
        return takeover;
    }

    /// @dev Of the phases after `phase` the one whose first round is the oldest, the newest of equals: whatever lies
    /// between never was in force. The loop is as long as the feed's owner has replaced its aggregator since.
    function _seekTakeover(History memory history, uint256 phase) private view {
        Round memory oldest;
        for (uint256 later = _phaseOf(history.latestId); later > phase; --later) {
            Round memory first = _require(history.feed, uint80((later << PHASE_SHIFT) | 1));
            if (oldest.id == 0 || first.updatedAt < oldest.updatedAt) oldest = first;
        }
        history.takeover = oldest;
    }

    function _phaseOf(uint80 id) private pure returns (uint256) {
        return id >> PHASE_SHIFT;
    }

    function _require(address feed, uint80 id) private view returns (Round memory round) {
        round = _round(feed, id);
        if (round.id == 0) _refuse(id);
    }

    /// @dev None only where the feed says that there is none.
    function _round(address feed, uint80 id) private view returns (Round memory round) {
        bool told;
        (told, round) = _ask(feed, AggregatorV3Interface.getRoundData.selector, id);
        if (!told || (round.id != 0 && round.id != id)) _refuse(id);
        if (round.updatedAt > block.timestamp) {
            revert IExpirySettlement.ExpirySettlement_RoundFromFuture(id, round.updatedAt);
        }
    }

    function _refuse(uint80 id) private pure {
        revert IExpirySettlement.ExpirySettlement_RoundUnavailable(id);
    }

    /// @dev Whether the feed gave an answer that can be understood, and the round, none where it has none. Copies no
    /// more than a round, whatever comes back. A failure on less gas than is due would refuse a sound proof under the
    /// wrong name, so it has a name of its own.
    function _ask(address feed, bytes4 selector, uint80 id) private view returns (bool told, Round memory round) {
        uint256 available = gasleft();
        bytes memory data = new bytes(ROUND_SIZE);
        uint256 gasLimit = ChainlinkFeed.GAS_LIMIT;
        uint256 size;
        assembly ("memory-safe") {
            mstore(0x00, selector)
            mstore(0x04, id)
            told := staticcall(gasLimit, feed, 0x00, 0x24, add(data, 0x20), ROUND_SIZE)
            size := returndatasize()
        }
        if (told && size == ROUND_SIZE) {
            (uint256 id_, int256 answer, , uint256 updatedAt, ) = abi.decode(
                data,
                (uint256, int256, uint256, uint256, uint256)
            );
            if (updatedAt == 0) return (answer == 0, round);
            return (id_ != 0 && id_ <= type(uint80).max, Round(uint80(id_), answer, updatedAt));
        }
        if (!told && size == NO_DATA_SIZE && _saysNoData(data)) return (true, round);
        if (!told && available < ChainlinkFeed.GAS_NEEDED) {
            revert IPriceOracle.PriceOracle_InsufficientGas(available, ChainlinkFeed.GAS_NEEDED);
        }
        return (false, round);
    }

    function _saysNoData(bytes memory data) private pure returns (bool) {
        assembly ("memory-safe") {
            mstore(data, NO_DATA_SIZE)
        }
        return keccak256(data) == keccak256(abi.encodeWithSignature("Error(string)", "No data present"));
    }
}
