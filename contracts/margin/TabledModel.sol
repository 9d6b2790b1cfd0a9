// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {NormalCdf} from "../math/NormalCdf.sol";

/// @title A margin model that values options: it knows where the table of the normal distribution lies
abstract contract TabledModel is IMarginModel {
    address public immutable table;

    constructor(address table_) {
        if (!NormalCdf.carriedBy(table_)) revert MarginModel_NoNormalTable(table_);
        table = table_;
    }
}
