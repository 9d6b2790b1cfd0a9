// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Instrument} from "../instruments/Instrument.sol";
import {PortfolioRequirement} from "../margin/PortfolioRequirements.sol";
import {Greeks} from "../math/Black76.sol";
import {Mode} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Assessment} from "../types/Market.sol";
import {Position} from "../types/Position.sol";

/// @notice An account at a glance. USD, Wad, unless said otherwise.
struct Summary {
    /// @dev Modes.NONE, and the rest zero, where nobody opened it.
    Mode mode;
    bool flagged;
    /// @dev How many positions count: not options of settled expiries, which are cash.
    uint256 positions;
    /// @dev With what options of settled expiries pay, whether or not anybody touched the account since.
    int256 cash;
    Assessment assessment;
    /// @dev Proceeds at the last good mark that back no initial margin and do not leave.
    uint256 locked;
    /// @dev Whether everything the account is valued by is fresh: otherwise nothing leaves an account with positions.
    bool fresh;
    /// @dev Idle collateral: what equity for initial margin has beyond the requirement and what is locked.
    uint256 freeCollateral;
    /// @dev Sizes at their prices, each rounded up: perpetuals at mark, options at their underlying's spot.
    uint256 grossExposure;
    /// @dev What each underlying's net delta is worth at spot, long or short, rounded up and added up.
    uint256 netExposure;
    /// @dev Gross and net exposure over equity, Wad, rounded down; zero where equity is not above zero.
    uint256 grossEfficiency;
    uint256 netEfficiency;
}

/// @notice What a scenario does to implied volatility.
enum VolatilityShock {
    Down,
    Up,
    UpBeyond30Days,
    UpWithin30Days
}

/// @notice One scenario of portfolio margin. Wad.
struct Scenario {
    /// @dev By what part the price moves.
    int256 move;
    VolatilityShock shock;
    /// @dev For how much the gain counts: below one in the tails alone.
    uint256 weight;
    /// @dev What the positions would gain, weighted, rounded down. USD.
    int256 pnl;
}

/// @notice What an account's positions in one underlying may lose by portfolio margin. USD, Wad.
struct ScenarioMatrix {
    /// @dev In the order of the margin mathematics, section 3.
    Scenario[24] scenarios;
    /// @dev PR: the largest move of the core scenarios, Wad.
    uint256 range;
    /// @dev The first scenario that loses most, from 0; 24 where none loses.
    uint256 worst;
    /// @dev What it loses.
    uint256 core;
    /// @dev Contingencies: what initial and maintenance margin charge besides.
    uint256 initialCharges;
    uint256 maintenanceCharges;
    /// @dev Value of the options at their marks and of the perpetual since its last settlement; net delta.
    int256 value;
    int256 delta;
    /// @dev Whether no move, however large, makes a loss without end, and what could then be lost at most.
    bool bounded;
    uint256 mostLost;
}

/// @notice An account before and after an order. USD, Wad.
struct OrderPreview {
    Assessment current;
    Assessment next;
    /// @dev The taker's fee.
    uint256 fee;
    /// @dev Cash and locked proceeds after it, the perpetuals settled and the keeper deposit topped up or returned.
    int256 cash;
    uint256 locked;
    /// @dev Whether the instrument can be traded so: an option that has a price and has not expired; a perpetual that
    /// has one, or is reduced at its last mark.
    bool tradable;
    /// @dev Whether everything the account would be valued by is fresh.
    bool fresh;
    /// @dev Whether what is not locked of equity then covers initial margin.
    bool meetsInitial;
    /// @dev Whether it does nothing but reduce risk at a fair price (RISK-1), which passes below initial margin as
    /// well.
    bool onlyReduces;
    /// @dev Whether the ledger's judgement lets it pass.
    bool allowed;
}

/// @notice Where the price of one underlying alone would have an account liquidated. USD a unit, Wad.
struct LiquidationPrice {
    /// @dev Whether one was found.
    bool exists;
    /// @dev A price at which equity is below maintenance margin, and the perpetual's mark at it, the basis unchanged.
    uint256 spot;
    uint256 mark;
    /// @dev The furthest price known at which it is not: the price sought lies beyond it, at `spot` or before. They are
    /// 1e-18 USD apart where the search came to its end. Where none exists this is how far was looked.
    uint256 healthy;
}

/// @title What dApps want to know of an account, from one call each
/// @notice Reads the clearinghouse through its public views, runs the margin models that are registered there, and
/// keeps nothing: another lens can stand beside it. The TypeScript twin, sdk/risk, gives the same numbers to the bit.
/// @dev Every function reverts as the model does for what the model refuses. State read inside of an open frame is
/// about to change, as with the clearinghouse's own views.
interface IMarginLens {
    /// @notice Refuses deployment: `carrier` does not carry the table of the normal distribution.
    error MarginLens_NoNormalTable(address carrier);

    function clearinghouse() external view returns (address);

    /// @notice The contract whose code is the table of the normal distribution.
    function table() external view returns (address);

    /// @notice The account at a glance.
    function summary(AccountId account) external view returns (Summary memory);

    /// @notice The Greeks of each position, of all of it: delta in units, vega in USD for 1.00 of volatility, theta in
    /// USD a year, rho in USD for 1.00 of rate. Wad, rounded down.
    /// @dev A perpetual has delta alone; what has no price, or no surface, or is of a settled expiry has none.
    /// @return positions as stored.
    /// @return greeks in the same order.
    function positionGreeks(
        AccountId account
    ) external view returns (Position[] memory positions, Greeks[] memory greeks);

    /// @notice The same by underlying, added up before they are rounded down.
    /// @return underlyings those held.
    /// @return greeks in the same order.
    function accountGreeks(
        AccountId account
    ) external view returns (uint256[] memory underlyings, Greeks[] memory greeks);

    /// @notice What the account's positions in `underlying` would gain in each scenario of portfolio margin, whatever
    /// the account's mode; nothing where it has none.
    /// @dev Reverts Market_NotListed.
    function scenarioMatrix(AccountId account, uint16 underlying) external view returns (ScenarioMatrix memory);

    /// @notice What portfolio margin asks of the account, whatever its mode, and which part of it binds: the
    /// model's own sums. All zero for an account without positions.
    function portfolioRequirement(AccountId account) external view returns (PortfolioRequirement memory);

    /// @notice The account before and after it buys `lots` at `price`, or with a minus sells, as the taker.
    /// @dev The rule is the ledger's whole judgement, RISK-1's excuse for reductions included. Not looked at: caps on
    /// open interest, whether the strike is listed, and whether the counterparty of a trade at the last mark reduces
    /// too. Reverts Clearinghouse_AccountNotOpen, Clearinghouse_UnknownInstrument, Market_NotListed, Order_ZeroSize.
    /// @param lots units of 1e-8 of the underlying.
    /// @param price USD a unit, Wad.
    function previewOrder(
        AccountId account,
        Instrument instrument,
        int64 lots,
        uint256 price
    ) external view returns (OrderPreview memory);

    /// @notice The first prices of `underlying` below and above the present one at which the account is below
    /// maintenance margin, all else unchanged; both are the present one where it is already.
    /// @dev The search takes as many assessments as the call has gas for, 600 at most, and the answer says how near it
    /// came. Of a perpetual there is one price at most, wherever it lies, and a dozen assessments have it to the last
    /// digit. With options the prices from a tenth to ten times the present one are looked at in steps, 200 on a side
    /// where there is gas for them; a dip below maintenance margin between two steps is missed, and of several the
    /// first that a step falls into is found. `assessAt` looks at any price. None is found where the present price is
    /// zero.
    function liquidationPrices(
        AccountId account,
        uint16 underlying
    ) external view returns (LiquidationPrice memory down, LiquidationPrice memory up);

    /// @notice The account as its model would judge it at other prices of `underlying`, the basis unchanged.
    /// @dev Reverts Market_NotListed.
    /// @param spots USD a unit, Wad.
    function assessAt(
        AccountId account,
        uint16 underlying,
        uint256[] calldata spots
    ) external view returns (Assessment[] memory);
}
