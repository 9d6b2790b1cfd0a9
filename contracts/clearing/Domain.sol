// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice The EIP-712 domain that orders are signed for.
library Domain {
    string internal constant NAME = "Plimsoll";
    string internal constant VERSION = "1";
    /// @dev ERC-5267: name, version, chain id and verifying contract are part of it; salt and extensions are not.
    bytes1 internal constant FIELDS = 0x0f;
}
