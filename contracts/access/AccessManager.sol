// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Deployed as OpenZeppelin wrote it: naming it here has it compiled.
// solhint-disable-next-line no-unused-import
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
