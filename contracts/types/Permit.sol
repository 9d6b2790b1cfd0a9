// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice An EIP-2612 permit of the settlement token's, in favour of the clearinghouse, for the amount deposited.
struct Permit {
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}
