// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {EXPIRY_BYTES, Expiry} from "../types/Expiry.sol";
import {ASSESSMENT_BYTES, Assessment, MARKET_BYTES, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";

/// @notice Asks a margin model. The call is ABI encoded as Solidity would, but struct by struct instead of field by
/// field: every account of every frame is judged, and what a model is told are some dozens of words.
library ModelCall {
    /// @notice See IMarginModel.assess, and where there is a witness IMarginModel.assessBy; refusals are passed on.
    function assess(
        IMarginModel model,
        Market[] memory markets,
        Expiry[] memory expiries,
        uint256 correlation,
        int256 cash,
        Position[] memory positions,
        Witness witness
    ) internal view returns (Assessment memory found) {
        bytes4 selector = witness.isNone() ? IMarginModel.assess.selector : IMarginModel.assessBy.selector;
        uint256 marketBytes = MARKET_BYTES;
        uint256 expiryBytes = EXPIRY_BYTES;
        uint256 answerBytes = ASSESSMENT_BYTES;
        assembly ("memory-safe") {
            // Puts `list`, of pointers to structs of `size` bytes, at `at`. Returns where it ends.
            function put(at, list, size) -> end {
                let count := mload(list)
                mstore(at, count)
                end := add(at, 0x20)
                for {
                    let last := add(list, shl(5, count))
                } lt(list, last) {} {
                    list := add(list, 0x20)
                    mcopy(end, mload(list), size)
                    end := add(end, size)
                }
            }

            // Beyond what is allocated, and never allocated: nobody needs it after the call.
            let call_ := mload(0x40)
            mstore(call_, selector)
            let head := add(call_, 0x04)
            mstore(add(head, 0x40), correlation)
            mstore(add(head, 0x60), cash)
            mstore(add(head, 0xa0), witness)
            // `assess` has one argument less, and does not see the witness lie before its lists.
            mstore(head, 0xc0)
            let at := put(add(head, 0xc0), markets, marketBytes)
            mstore(add(head, 0x20), sub(at, head))
            at := put(at, expiries, expiryBytes)
            mstore(add(head, 0x80), sub(at, head))
            let size := shl(5, add(mload(positions), 1))
            mcopy(at, positions, size)
            at := add(at, size)
            let answered := staticcall(gas(), model, call_, sub(at, call_), found, answerBytes)
            // What is no model answers nothing, and is refused like one that refuses.
            if lt(mul(answered, returndatasize()), answerBytes) {
                returndatacopy(call_, 0, returndatasize())
                revert(call_, returndatasize())
            }
        }
    }
}
