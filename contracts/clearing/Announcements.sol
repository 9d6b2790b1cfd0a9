// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {ledger} from "./Ledger.sol";

/// @dev What users rely on is replaced no sooner after its announcement: the time they have to leave. Whatever may hold
/// a user back, the vault's cool-down and exit window for one, must fit inside.
uint256 constant NOTICE = 7 days;
/// @dev And no later: what was announced long ago would take those by surprise who came since.
uint256 constant NOTICE_LAPSES = 14 days;

/// @notice Calls that were announced on the ledger itself, which waits whatever delays the access manager has.
library Announcements {
    function make(bytes memory call) internal {
        bytes4 selector = bytes4(call);
        if (selector != IClearinghouse.setModules.selector && selector != IClearinghouse.registerModel.selector) {
            revert IClearinghouse.Governance_NothingToAnnounce(selector);
        }
        bytes32 callHash = keccak256(call);
        (, uint256 pendingUntil) = windowOf(callHash);
        if (block.timestamp <= pendingUntil) {
            revert IClearinghouse.Governance_AlreadyAnnounced(callHash, pendingUntil);
        }
        ledger().announcements[callHash] = block.timestamp;
        (uint256 from, uint256 until) = windowOf(callHash);
        emit IClearinghouse.Announced(callHash, call, from, until);
    }

    function withdraw(bytes32 callHash) internal {
        emit IClearinghouse.AnnouncementWithdrawn(callHash, _take(callHash));
    }

    /// @notice Goes through once for each time exactly this call was announced, inside its time.
    function useUp(bytes calldata call) internal {
        bytes32 callHash = keccak256(call);
        (uint256 from, uint256 until) = windowOf(callHash);
        uint256 announcedAt = _take(callHash);
        if (block.timestamp < from) revert IClearinghouse.Governance_TooEarly(block.timestamp, from);
        if (block.timestamp > until) revert IClearinghouse.Governance_Lapsed(block.timestamp, until);
        emit IClearinghouse.AnnouncementUsed(callHash, announcedAt);
    }

    /// @notice From when until when an announced call may be made, both inclusive; zeros where none is announced.
    function windowOf(bytes32 callHash) internal view returns (uint256 from, uint256 until) {
        uint256 announcedAt = ledger().announcements[callHash];
        if (announcedAt != 0) (from, until) = (announcedAt + NOTICE, announcedAt + NOTICE_LAPSES);
    }

    function _take(bytes32 callHash) private returns (uint256 announcedAt) {
        announcedAt = ledger().announcements[callHash];
        if (announcedAt == 0) revert IClearinghouse.Governance_NotAnnounced(callHash);
        delete ledger().announcements[callHash];
    }
}
