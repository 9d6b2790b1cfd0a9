// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {IBackstopVault} from "../../contracts/interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {IMarginModel} from "../../contracts/interfaces/IMarginModel.sol";
import {vm} from "./Vm.sol";

/// @notice The whole of the backstop vault's interface.
interface IVault is IBackstopVault, IERC4626 {}

/// @notice Deploys what Hardhat built. The tests run the code that the deploy scripts deploy, to the byte, and Forge
/// compiles nothing but tests: see foundry.toml.
library Built {
    /// @notice A contract that needs no libraries, like `deploy("oracle/PriceOracle", arguments)`.
    function deploy(string memory path, bytes memory arguments) internal returns (address) {
        return _create(_code(path), arguments);
    }

    /// @notice A margin model, which takes the normal distribution from `table`: `deployModel("CrossMargin", table)`.
    function deployModel(string memory name, address table) internal returns (IMarginModel) {
        return IMarginModel(deploy(string.concat("margin/", name), abi.encode(table)));
    }

    /// @notice A ledger and the libraries it is linked with.
    function deployClearinghouse(address authority, address token) internal returns (IClearinghouse) {
        string memory code = _code("clearing/Clearinghouse");
        string memory relief = _code("clearing/Relief");
        string memory execution = _code("clearing/Execution");
        string memory liquidation = _code("clearing/Liquidation");
        string memory views = _code("clearing/Views");

        address part = deploy("clearing/Valuation", "");
        code = _link(code, "clearing/Valuation", part);
        relief = _link(relief, "clearing/Valuation", part);
        execution = _link(execution, "clearing/Valuation", part);
        liquidation = _link(liquidation, "clearing/Valuation", part);
        views = _link(views, "clearing/Valuation", part);
        part = _create(relief, "");
        code = _link(code, "clearing/Relief", part);
        execution = _link(execution, "clearing/Relief", part);
        liquidation = _link(liquidation, "clearing/Relief", part);
        code = _link(code, "clearing/Execution", _create(execution, ""));
        code = _link(code, "clearing/Liquidation", _create(liquidation, ""));
        code = _link(code, "clearing/Views", _create(views, ""));
        code = _link(code, "clearing/Governance", deploy("clearing/Governance", ""));
        return IClearinghouse(_create(code, abi.encode(authority, token)));
    }

    /// @dev Creation code in hexadecimal digits, with a placeholder where the address of a library belongs.
    function _code(string memory path) private view returns (string memory) {
        string memory artifact = string.concat("artifacts/contracts/", path, ".sol/", _name(path), ".json");
        return vm.parseJsonString(vm.readFile(artifact), ".bytecode");
    }

    /// @dev Solidity's placeholder is made of the first 17 bytes of the hash of the library's full name.
    function _link(string memory code, string memory path, address part) private pure returns (string memory) {
        string memory name = string.concat("contracts/", path, ".sol:", _name(path));
        string memory hash = vm.toString(abi.encodePacked(bytes17(keccak256(bytes(name)))));
        string memory placeholder = string.concat("__$", vm.replace(hash, "0x", ""), "$__");
        return vm.replace(code, placeholder, vm.replace(vm.toString(part), "0x", ""));
    }

    function _create(string memory code, bytes memory arguments) private returns (address created) {
        bytes memory data = bytes.concat(vm.parseBytes(code), arguments);
        assembly ("memory-safe") {
            created := create(0, add(data, 0x20), mload(data))
        }
        vm.assertTrue(created != address(0), string.concat("no contract came of ", vm.toString(data.length), " bytes"));
    }

    /// @dev What follows the folder.
    function _name(string memory path) private pure returns (string memory) {
        string[] memory parts = vm.split(path, "/");
        return parts[parts.length - 1];
    }
}
