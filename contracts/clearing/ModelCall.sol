// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";

/// @notice Asks a margin model. The call is ABI encoded as Solidity would, but struct by struct instead of field by
/// field: every account of every frame is judged, and what a model is told are some dozens of words.
library ModelCall {
    /// @dev Of Market, Expiry and Assessment, whose fields are a word each in memory as in ABI encoding.
    uint256 private constant MARKET_BYTES = 15 * 0x20;
    uint256 private constant EXPIRY_BYTES = 14 * 0x20;
    uint256 private constant ASSESSMENT_BYTES = 5 * 0x20;

    /// @notice See IMarginModel.assess; its refusals are passed on.
    function assess(
        IMarginModel model,
        Market[] memory markets,
        Expiry[] memory expiries,
        uint256 correlation,
        int256 cash,
        Position[] memory positions
    ) internal view returns (Assessment memory found) {
        bytes4 selector = IMarginModel.assess.selector;
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
            let at := add(head, 0xa0)
            mstore(head, 0xa0)
            at := put(at, markets, MARKET_BYTES)
            mstore(add(head, 0x20), sub(at, head))
            at := put(at, expiries, EXPIRY_BYTES)
            mstore(add(head, 0x80), sub(at, head))
            let size := shl(5, add(mload(positions), 1))
            mcopy(at, positions, size)
            at := add(at, size)
            if iszero(staticcall(gas(), model, call_, sub(at, call_), found, ASSESSMENT_BYTES)) {
                returndatacopy(call_, 0, returndatasize())
                revert(call_, returndatasize())
            }
            // What is no model answers nothing.
            if lt(returndatasize(), ASSESSMENT_BYTES) {
                revert(0, 0)
            }
        }
    }
}
