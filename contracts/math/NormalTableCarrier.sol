// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {NormalCdf} from "./NormalCdf.sol";

/// @title What carries the table of the normal distribution: its code is the table, behind a byte that stops whoever
/// calls it
/// @dev The table comes from sdk/math/normalTable.ts. Nothing else can be deployed.
contract NormalTableCarrier {
    /// @notice `table` is not the table `NormalCdf` knows.
    error NormalTableCarrier_WrongTable(bytes32 codehash);

    constructor(bytes memory table) {
        bytes memory code = bytes.concat(hex"00", table);
        bytes32 codehash = keccak256(code);
        if (codehash != NormalCdf.TABLE_CODEHASH) revert NormalTableCarrier_WrongTable(codehash);
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}
