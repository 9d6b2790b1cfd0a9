// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NormalTableCarrier} from "../../contracts/math/NormalTableCarrier.sol";
import {vm} from "./Vm.sol";

/// @notice The table of the normal distribution, deployed. scripts/forge.ts writes it before Forge starts, and the
/// carrier refuses any other.
function deployNormalTable() returns (NormalTableCarrier) {
    return new NormalTableCarrier(vm.parseBytes(vm.readFile("cache/normalTable.hex")));
}
