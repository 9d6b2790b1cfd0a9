// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Distress, Quote} from "../interfaces/ILiquidationAuction.sol";
import {AccountId} from "../types/AccountId.sol";

/// @notice For tests alone: an auction and a vault that answer what they were told, however unfair.
contract RogueModule {
    Quote private _quote;
    uint256 private _paid;
    uint96 private _index;

    function setQuote(Quote calldata quote) external {
        _quote = quote;
    }

    function setPaid(uint256 paid) external {
        _paid = paid;
    }

    function setIndex(uint96 index) external {
        _index = index;
    }

    function onFlag(AccountId, Distress calldata) external {}

    function onTouch(AccountId, Distress calldata) external {}

    function onBid(AccountId, Distress calldata, uint256) external view returns (Quote memory) {
        return _quote;
    }

    function onTakeOver(AccountId, Distress calldata) external view returns (Quote memory) {
        return _quote;
    }

    function onTakeOver(AccountId, uint256) external view returns (uint96) {
        return _index;
    }

    function onCover(AccountId, uint256) external view returns (uint256) {
        return _paid;
    }
}
