// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IReportSigners} from "../interfaces/IReportSigners.sol";

/// @title k of n signers of an oracle's reports
abstract contract ReportSigners is IReportSigners, AccessManaged, EIP712 {
    uint256 public constant MIN_SIGNERS = 2;
    uint256 public constant MAX_SIGNERS = 16;

    mapping(address signer => bool) private _isSigner;
    address[] private _signers;
    uint8 private _threshold;

    constructor(
        address authority,
        string memory name,
        address[] memory signers,
        uint8 threshold
    ) AccessManaged(authority) EIP712(name, "1") {
        _setSigners(signers, threshold);
    }

    /// @inheritdoc IReportSigners
    function signerSet() external view returns (address[] memory signers, uint8 threshold) {
        return (_signers, _threshold);
    }

    /// @inheritdoc IReportSigners
    function setSigners(address[] calldata signers, uint8 threshold) external restricted {
        _setSigners(signers, threshold);
    }

    /// @dev Ascending signers are distinct signers. Every signature given must be good, so there are never more of them
    /// than signers.
    function _checkSignatures(bytes32 structHash, bytes[] calldata signatures) internal view {
        uint256 threshold = _threshold;
        if (signatures.length < threshold) revert ReportSigners_TooFewSignatures(signatures.length, threshold);
        bytes32 digest = _hashTypedDataV4(structHash);
        address previous;
        for (uint256 i; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(digest, signatures[i]);
            if (problem != ECDSA.RecoverError.NoError) revert ReportSigners_BadSignature(i);
            if (!_isSigner[signer]) revert ReportSigners_NotSigner(i, signer);
            if (signer <= previous) revert ReportSigners_SignaturesNotAscending(previous, signer);
            previous = signer;
        }
    }

    function _setSigners(address[] memory signers, uint8 threshold) private {
        uint256 count = signers.length;
        if (count < MIN_SIGNERS || count > MAX_SIGNERS) {
            revert ReportSigners_SignerCountOutOfBounds(count, MIN_SIGNERS, MAX_SIGNERS);
        }
        // With more than half, two groups that share nobody can never both sign.
        uint256 majority = count / 2 + 1;
        if (threshold < majority || threshold > count) {
            revert ReportSigners_ThresholdOutOfBounds(threshold, majority, count);
        }
        address[] memory former = _signers;
        emit SignersChanged(former, _threshold, signers, threshold);
        for (uint256 i; i < former.length; ++i) delete _isSigner[former[i]];
        address previous;
        for (uint256 i; i < count; ++i) {
            if (signers[i] <= previous) revert ReportSigners_SignersNotAscending(previous, signers[i]);
            previous = signers[i];
            _isSigner[previous] = true;
        }
        _signers = signers;
        _threshold = threshold;
    }
}
