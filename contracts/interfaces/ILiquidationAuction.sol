// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuctionClock} from "../liquidation/AuctionClock.sol";
import {AccountId} from "../types/AccountId.sol";

/// @notice What the ledger found when it judged an account under liquidation. USD, Wad.
struct Distress {
    /// @dev E*, equity with collateral at full price.
    int256 equity;
    /// @dev E_MM, equity with collateral after its haircut for maintenance.
    int256 equityForMaintenance;
    /// @dev M, the maintenance margin.
    uint256 maintenanceMargin;
}

/// @notice What a bid buys and costs.
struct Quote {
    /// @dev f, the part of the whole account that changes hands, Wad, at most 1e18.
    uint256 fraction;
    /// @dev pi, what the bidder pays into the account, USD Wad, rounded up.
    uint256 payment;
    /// @dev What the BackstopVault is asked to pay the bidder, USD Wad, rounded down.
    uint256 cover;
}

/// @title The auction of accounts below maintenance: one clock and one price curve
/// @notice Holds no funds and moves none. The ledger assesses the account, asks here for the price of a slice, and
/// itself enforces that no answer can lower the account's health or sell it below equity less maintenance margin.
interface ILiquidationAuction {
    /// @param clock auction seconds gathered so far, Wad; zero where the account was just flagged.
    /// @param rate Wad auction seconds a second, in force until the next touch.
    event AuctionTouched(AccountId indexed account, uint256 clock, uint256 rate);

    /// @notice Only the ledger may call.
    error LiquidationAuction_NotClearinghouse(address caller);
    /// @notice No auction runs for the account: it must be flagged first.
    error LiquidationAuction_NotRunning(AccountId account);
    /// @notice The first bid comes one block after the flag.
    error LiquidationAuction_TooEarly(uint256 blockNumber, uint256 firstBidBlock);
    /// @notice Bidders come first, until the discount is whole. Wad.
    error LiquidationAuction_DiscountNotWhole(uint256 discount);
    /// @notice A bid must ask for a positive part of at most the whole.
    error LiquidationAuction_BadFraction(uint256 fraction);

    /// @notice Starts a clock afresh. The ledger asks only where the account is not flagged, or its auction has lapsed.
    function onFlag(AccountId account, Distress calldata distress) external;

    /// @notice Advances the clock by at most 10 minutes, at the rate recorded at the touch before, and records the rate
    /// until the next touch. Called with usable prices only.
    /// @dev Reverts LiquidationAuction_NotRunning where no auction runs or it has lapsed.
    function onTouch(AccountId account, Distress calldata distress) external;

    /// @notice Advances the clock and prices the largest slice, at most `maxFraction`, that a bid may take now.
    /// @dev The rate recorded is that of the account before the slice; a touch after it records the lower one.
    /// Reverts LiquidationAuction_NotRunning, LiquidationAuction_TooEarly and LiquidationAuction_BadFraction.
    /// @param maxFraction Wad, above zero and at most 1e18.
    function onBid(
        AccountId account,
        Distress calldata distress,
        uint256 maxFraction
    ) external returns (Quote memory quote);

    /// @notice Advances the clock and prices the whole account for the vault, which may have it once the discount is
    /// whole.
    /// @dev Reverts LiquidationAuction_NotRunning, and LiquidationAuction_DiscountNotWhole before that.
    function onTakeOver(AccountId account, Distress calldata distress) external returns (Quote memory quote);

    /// @notice What `onBid` would answer now, for an account in this distress. Reverts as it does.
    function preview(
        AccountId account,
        Distress calldata distress,
        uint256 maxFraction
    ) external view returns (Quote memory quote);

    /// @notice d, the discount in force now, Wad. Zero where no auction runs.
    function discount(AccountId account) external view returns (uint256);

    /// @notice Whether a clock was started that has not lapsed. It counts only while the ledger has the account
    /// flagged: an account that recovered leaves its clock behind, and the next flag starts another.
    function running(AccountId account) external view returns (bool);

    /// @notice The account's slot, unpacked by `AuctionClockLibrary`; it outlasts a lapse. Zero where there is none.
    function clockOf(AccountId account) external view returns (AuctionClock);

    /// @notice The ledger, the only caller of the functions that change state.
    function clearinghouse() external view returns (address);
}
