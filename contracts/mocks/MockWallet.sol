// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice For tests alone: a wallet that is a contract. One key signs and acts for it; it can be told to misbehave.
contract MockWallet is IERC1271 {
    enum Manner {
        Honest,
        Reverting,
        AnswersWrongMagic,
        AnswersNothing,
        AnswersLong
    }

    error MockWallet_NotTheKey(address caller);
    error MockWallet_Refused();

    address public immutable key;
    Manner public manner;

    constructor(address key_) {
        key = key_;
    }

    function setManner(Manner manner_) external {
        manner = manner_;
    }

    function call(address target, bytes calldata data) external returns (bytes memory) {
        if (msg.sender != key) revert MockWallet_NotTheKey(msg.sender);
        return Address.functionCall(target, data);
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (manner == Manner.Reverting) revert MockWallet_Refused();
        if (manner == Manner.AnswersWrongMagic) return 0xffffffff;
        if (manner == Manner.AnswersNothing) {
            assembly {
                return(0, 0)
            }
        }
        if (manner == Manner.AnswersLong) {
            assembly {
                return(0, 100000)
            }
        }
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(hash, signature[1:]);
        bool good = signature[0] == 0x01 && problem == ECDSA.RecoverError.NoError && signer == key;
        return good ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
