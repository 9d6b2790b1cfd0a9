// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {ScenarioKernel, States} from "../margin/ScenarioKernel.sol";
import {Black76, Greeks, OptionTerms} from "../math/Black76.sol";
import {Density} from "../math/Density.sol";
import {NormalCdf, NormalTable} from "../math/NormalCdf.sol";

/// @notice Gives tests the mathematics' internal functions.
contract MathHarness {
    address private immutable table;

    constructor(address table_) {
        table = table_;
    }

    function normalCdf(int256[] calldata places) external view returns (uint256[] memory values) {
        NormalTable loaded = NormalCdf.load(table);
        values = new uint256[](places.length);
        for (uint256 i; i < places.length; ++i) values[i] = loaded.at(places[i]);
    }

    function normalDensity(int256[] calldata places) external pure returns (uint256[] memory values) {
        values = new uint256[](places.length);
        for (uint256 i; i < places.length; ++i) values[i] = Density.at(places[i]);
    }

    function normalSlope(int256[] calldata places) external view returns (uint256[] memory values) {
        NormalTable loaded = NormalCdf.load(table);
        values = new uint256[](places.length);
        for (uint256 i; i < places.length; ++i) (, values[i]) = loaded.withSlope(places[i]);
    }

    function value(OptionTerms calldata terms) external view returns (uint256) {
        return Black76.value(NormalCdf.load(table), terms);
    }

    function greeks(OptionTerms calldata terms) external view returns (Greeks memory) {
        return Black76.greeks(NormalCdf.load(table), terms);
    }

    function exponentials(
        int256[] calldata exponents,
        int256[] calldata numbers
    ) external pure returns (int256[] memory exps, int256[] memory logarithms) {
        exps = new int256[](exponents.length);
        logarithms = new int256[](numbers.length);
        for (uint256 i; i < exponents.length; ++i) exps[i] = FixedPointMathLib.expWad(exponents[i]);
        for (uint256 i; i < numbers.length; ++i) logarithms[i] = FixedPointMathLib.lnWad(numbers[i]);
    }

    /// @notice ln(1 + m) and m of each state of the kernel.
    function states(uint256 range) external pure returns (int256[22] memory logarithms, int256[22] memory moves) {
        States list = ScenarioKernel.statesFor(range, 0);
        for (uint256 i; i < ScenarioKernel.STATES; ++i) {
            moves[i] = list.moveAt(i);
            assembly ("memory-safe") {
                mstore(add(logarithms, mul(i, 0x20)), mload(add(list, mul(i, 0x60))))
            }
        }
    }
}
