// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";

/// @title A margin model: how much an account may carry
/// @notice A function of what it is given: no storage, no prices of its own. The ledger, the lens, the tests and the
/// TypeScript twin all run this one; a new mode is a new implementation registered with the ledger, which itself does
/// not change.
/// @dev Not `pure` to Solidity, because the table of the normal distribution is another contract's code.
interface IMarginModel {
    /// @notice The account holds more than this mode allows.
    error MarginModel_TooManyPositions(uint256 held, uint256 allowed);
    /// @notice The account holds an instrument this mode does not margin.
    error MarginModel_UnsupportedPosition(Position position);
    /// @notice A position's expiry is missing from what the model was given.
    error MarginModel_MissingExpiry(Position position);
    /// @notice A forward or discount factor (Wad) with which the model's sums could overflow: no real one comes near.
    error MarginModel_ExpiryOutOfRange(uint256 expiresAt, uint256 forward, uint256 discount);
    /// @notice Refuses deployment: `carrier` does not carry the table of the normal distribution.
    error MarginModel_NoNormalTable(address carrier);
    /// @notice A position is so large that the model's sums could overflow: far beyond any limit of open interest.
    error MarginModel_TooLarge(Position position);
    /// @notice A position's underlying is missing from `markets`.
    error MarginModel_MissingMarket(uint16 underlying);

    /// @notice Equity and requirements of an account.
    /// @param markets every underlying held, each once, in any order.
    /// @param expiries every expiry of which an option is held, each once, in any order.
    /// @param correlation Wad, the smallest among the underlyings held; zero will do where `usesCorrelation` says no.
    /// @param cash settlement cash, USD Wad, signed; the keeper deposit is not part of it.
    /// @param positions the account's positions as stored; a perpetual need not be settled, its value since the last
    /// settlement counts. Their order does not matter.
    /// @return All in USD Wad. Each position's value is rounded down, each requirement up.
    function assess(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        int256 cash,
        Position[] calldata positions
    ) external view returns (Assessment memory);

    /// @notice The same by what a witness names: maintenance margin is at most what `assess` finds, and the very same
    /// for some witness; equity is the same for any. Initial margin says nothing.
    /// @dev So whoever is below maintenance by any witness is below it. What a model cannot do by part it does whole.
    function assessBy(
        Market[] calldata markets,
        Expiry[] calldata expiries,
        uint256 correlation,
        int256 cash,
        Position[] calldata positions,
        Witness witness
    ) external view returns (Assessment memory);

    /// @notice Whether `assess` asks for the correlation of several underlyings.
    function usesCorrelation() external view returns (bool);
}
