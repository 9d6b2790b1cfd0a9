// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Who signs an oracle's reports
/// @notice k of n signers vouch for a report by EIP-712 signatures; the domain is the oracle's own (EIP-5267).
interface IReportSigners {
    event SignersChanged(address[] from, uint8 fromThreshold, address[] to, uint8 toThreshold);

    error ReportSigners_TooFewSignatures(uint256 given, uint256 threshold);
    /// @notice The signature at this position is malformed, malleable, or nobody's.
    error ReportSigners_BadSignature(uint256 position);
    /// @notice The signature at this position recovers to an address that is no signer: it was made by a stranger, or
    /// over another report, chain or contract.
    error ReportSigners_NotSigner(uint256 position, address recovered);
    /// @notice Signatures go by ascending address of their signers, each once.
    error ReportSigners_SignaturesNotAscending(address previous, address signer);
    error ReportSigners_SignersNotAscending(address previous, address signer);
    error ReportSigners_SignerCountOutOfBounds(uint256 count, uint256 lower, uint256 upper);
    /// @notice A threshold is more than half of the signers, and at most all of them.
    error ReportSigners_ThresholdOutOfBounds(uint256 threshold, uint256 lower, uint256 upper);

    /// @notice Who may sign, by ascending address, and how many must.
    function signerSet() external view returns (address[] memory signers, uint8 threshold);

    /// @notice Replaces the signers, 2 to 16; what the former ones signed and nobody posted is void unless enough
    /// remain. Restricted.
    function setSigners(address[] calldata signers, uint8 threshold) external;
}
