// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {NOTICE} from "../../contracts/clearing/Announcements.sol";
import {ledger} from "../../contracts/clearing/Ledger.sol";
import {vm} from "./Vm.sol";

/// @notice A shortcut of tests, which nobody has: writes into the ledger's storage that `call` was announced as long
/// ago as it must be, so that it can be made at once. For scenarios about what other modules do, not how they come in.
function asIfAnnounced(IClearinghouse house, bytes memory call) {
    mapping(bytes32 callHash => uint256 announcedAt) storage announcements = ledger().announcements;
    bytes32 slot;
    assembly ("memory-safe") {
        slot := announcements.slot
    }
    slot = keccak256(abi.encode(keccak256(call), slot));
    vm.store(address(house), slot, bytes32(vm.getBlockTimestamp() - NOTICE));
    (uint256 from, ) = house.announcement(keccak256(call));
    vm.assertTrue(from == vm.getBlockTimestamp(), "the ledger keeps announcements elsewhere");
}
