// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Mode} from "../types/Account.sol";
import {Position} from "../types/Position.sol";
import {WitnessLibrary} from "../types/Witness.sol";
import {Distressed} from "./Distressed.sol";
import {Frame} from "./Frame.sol";

/// @notice Whether a flagged account is one that nobody may sell any more.
/// @dev Linked to the clearinghouse: every call may end with the question, and few do. It is answered in a frame of
/// its own, which reads the same prices.
library Relief {
    /// @notice Whether an account of that mode, cash (USD Wad) and positions covers its maintenance margin, whatever
    /// the price of what has none.
    function isSound(Mode mode, int256 cash, Position[] calldata positions) external view returns (bool) {
        Frame memory f;
        return Distressed.find(f, mode, cash, positions, WitnessLibrary.NONE).sound;
    }
}
