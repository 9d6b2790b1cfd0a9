// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice For tests alone: makes a call for whoever asks, swallows its failure and keeps the answer. Behind a token's
/// hook it is what re-enters the protocol while tokens move.
contract Intruder {
    bool public succeeded;
    bytes public answer;

    function attempt(address target, bytes calldata data) external {
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, answer) = target.call(data);
    }
}
