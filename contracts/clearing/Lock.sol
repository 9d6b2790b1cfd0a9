// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";

/// @notice There is at most one frame, the outermost. Anything that could judge, pay or change an account while one is
/// open is refused by this lock, and modules of the protocol ask it too.
library Lock {
    /// @dev keccak256("plimsoll.frame"). Account ids share transient storage as hints; none can be made to equal this.
    bytes32 private constant SLOT = keccak256("plimsoll.frame");

    function acquire() internal {
        if (held()) revert IClearinghouse.Clearinghouse_FrameOpen();
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            tstore(slot, 1)
        }
    }

    function release() internal {
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            tstore(slot, 0)
        }
    }

    function held() internal view returns (bool open) {
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            open := tload(slot)
        }
    }
}
