// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Account} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {MarketState} from "../types/MarketState.sol";
import {LockedProceeds} from "../types/LockedProceeds.sol";
import {Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";

/// @notice One call's working copy of the ledger. It lives in memory, so every account and price is read once however
/// often it is touched, nothing half done is ever in storage, and what an account was before is still at hand when it
/// is judged. Transient storage holds only the lock, and a hint where in `accounts` an account stands.
struct Frame {
    /// @dev Grown by FrameLists. Elements are named by their place: a function that returned a struct would have
    /// Solidity allocate and clear another one for the result at each call. Take the place first and the element then:
    /// a list moves when it grows.
    MarketFrame[] markets;
    AccountFrame[] accounts;
    Payout[] payouts;
    /// @dev Read at first use: a deposit needs none of it.
    uint256[] settings;
    /// @dev Fees and rounding remainders, USD Wad, credited to the vault's account when the frame closes.
    uint256 fees;
    /// @dev In a liquidation risk changes hands and none is added: an aged price serves, and interest caps rest.
    bool liquidation;
}

/// @notice One underlying as the frame sees it.
struct MarketFrame {
    Market market;
    /// @dev The market's parameters as Settings packs them.
    uint256 params;
    /// @dev Those of its options.
    uint256 options;
    /// @dev Changed here, and written when the frame closes if anyone was settled or traded. A market that was only
    /// looked at keeps its state: funding accrues at the average since it was last written.
    MarketState state;
    bool touched;
    uint64 openInterestBefore;
    /// @dev The rate at which funding was accrued when the market was read, Wad an hour; zero where no time had passed.
    int256 hourlyFunding;
    uint40 priceUpdatedAt;
    /// @dev By how much the long side of the underlying's options grew, lots.
    int256 optionInterestChange;
}

/// @notice One account as the frame changes it.
struct AccountFrame {
    AccountId id;
    /// @dev The slot as read. Its cash is no longer current: `cash` is.
    Account stored;
    Account current;
    /// @dev Held to 128 bits when it is written, so sums of amounts, each far below 2^200, need no checks of their own.
    int256 cash;
    /// @dev Whether the lists are filled: a deposit needs neither.
    bool loaded;
    Position[] positionsStored;
    Position[] positions;
    /// @dev Positions that were closed. They may have been opened again.
    Position[] closed;
    /// @dev Whether the account must be found to meet its margin when the frame closes.
    bool judged;
    /// @dev Whether a position grew, opened or changed sides.
    bool increased;
    /// @dev Whether only initial margin will do, and no reduction excuses from it: after a change of mode, or a bid.
    bool strict;
    /// @dev What has been asked to leave, in units of the settlement token.
    uint256 withdrawn;
    /// @dev RISK-1: the fees at a price within the band, and the price band of what was reduced, by which equity may
    /// have fallen. USD, Wad.
    uint256 allowance;
    /// @dev Proceeds that may not leave, if they were asked for.
    LockedProceeds lock;
    bool lockLoaded;
}

/// @notice Tokens that leave when everything else is written.
struct Payout {
    address to;
    uint256 amount;
}
