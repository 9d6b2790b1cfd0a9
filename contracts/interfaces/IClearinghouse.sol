// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Instrument} from "../instruments/Instrument.sol";
import {Account, Mode} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Fill, Order, OrderStatus, SignedOrder} from "../types/Order.sol";
import {MarketState} from "../types/MarketState.sol";
import {MarketParams, MarketRamp, Modules, OptionParams, OptionRamp, StrikeRule} from "../types/Parameters.sol";
import {Permit} from "../types/Permit.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";
import {IMarginModel} from "./IMarginModel.sol";

/// @title The clearinghouse: the one ledger of everything that is money
/// @notice Every function opens one frame, in memory: each account and each price is read once, changed there, every
/// touched account is judged once at the end, storage is written, and tokens leave last. `execute` puts several calls
/// of an owner into one frame. Amounts of the settlement token are in its own units; everything else is USD Wad.
/// @dev Any function that changes state reverts Clearinghouse_FrameOpen while another frame is open.
interface IClearinghouse {
    event AccountOpened(AccountId indexed account, Mode mode);
    event AccountClosed(AccountId indexed account, uint32 nextEpoch);
    event ModeChanged(AccountId indexed account, Mode from, Mode to);
    event EpochRaised(AccountId indexed account, uint32 epoch);
    event Deposited(AccountId indexed account, address indexed from, uint256 amount);
    event Withdrawn(AccountId indexed account, address indexed to, uint256 amount);
    /// @notice The account's slot as written. With PositionChanged it is all a keeper needs to rebuild the account.
    /// Where it counts no positions any more, options held until then are gone without an event of their own.
    event AccountChanged(AccountId indexed account, Account state);
    /// @notice A position as written; zero lots where it was closed. Before the AccountChanged of the same frame.
    event PositionChanged(AccountId indexed account, Position position);
    /// @param makerFee and takerFee in USD Wad, paid to the backstop vault.
    event Filled(
        AccountId indexed maker,
        AccountId indexed taker,
        Instrument instrument,
        int256 takerLots,
        uint256 price,
        uint64 makerNonce,
        uint64 takerNonce,
        uint256 makerFee,
        uint256 takerFee
    );
    /// @notice The nonces 128 * group + i, for each bit i of `mask`.
    event NoncesCancelled(AccountId indexed account, uint64 group, uint128 mask);
    /// @param scopes bits of `Scopes`; none where the operator was dismissed.
    event OperatorSet(AccountId indexed account, address indexed operator, uint8 scopes, uint40 expiry);
    /// @notice An option of a settled expiry became cash: `gain`, negative for who had sold it. USD Wad.
    event OptionSettled(AccountId indexed account, Position position, uint256 settlementPrice, int256 gain);
    /// @param hourlyRate Wad per hour; longs pay when positive.
    event FundingAccrued(uint16 indexed underlying, int256 hourlyRate, int256 cumulativeFunding);

    /// @notice How much of the account's proceeds is locked now, USD Wad; zero where the lock ended.
    event ProceedsLocked(AccountId indexed account, uint256 amount);

    event Flagged(AccountId indexed account, AccountId indexed rewardAccount, uint256 reward);
    event FlagCleared(AccountId indexed account);
    /// @param fraction of the whole account, Wad. `payment` went to the account, `cover` from the vault to the bidder.
    event SliceSold(
        AccountId indexed account,
        AccountId indexed bidder,
        uint256 fraction,
        int256 equity,
        uint256 maintenanceMargin,
        uint256 payment,
        uint256 cover
    );
    /// @notice The vault took the whole account over into `into`, to which it gave `margin`; `reward` went to the
    /// account the caller named. USD, Wad.
    event TakenOver(
        AccountId indexed account,
        AccountId indexed into,
        int256 equity,
        uint256 maintenanceMargin,
        uint256 margin,
        uint256 reward
    );
    /// @notice Equity below zero that left with a slice: `amount`, rounded up. `covered` is what the vault paid towards
    /// it and, beyond it, as the bidder's reward; where it is less, the bidder bore the rest. USD, Wad.
    event BadDebt(AccountId indexed account, uint256 amount, uint256 covered);

    event MarketListed(uint16 indexed underlying, MarketParams params);
    event MarketParamsChanged(uint16 indexed underlying, MarketParams from, MarketParams to);
    event MarketRampChanged(uint16 indexed underlying, MarketRamp from, MarketRamp to);
    event OptionParamsChanged(uint16 indexed underlying, OptionParams from, OptionParams to);
    event OptionRampChanged(uint16 indexed underlying, OptionRamp from, OptionRamp to);
    event ExpiryListed(uint16 indexed underlying, uint40 indexed expiry, StrikeRule from, StrikeRule to);
    event ModelRegistered(Mode indexed mode, IMarginModel from, IMarginModel to);
    event ModulesChanged(Modules from, Modules to);
    /// @notice `call` may be made from `from` to `until`, unix seconds, both inclusive.
    event Announced(bytes32 indexed callHash, bytes call, uint256 from, uint256 until);
    /// @notice The announcement is used up: the call it names was made in this transaction.
    event AnnouncementUsed(bytes32 indexed callHash, uint256 announcedAt);
    event AnnouncementWithdrawn(bytes32 indexed callHash, uint256 announcedAt);

    error Clearinghouse_FrameOpen();
    error Clearinghouse_NotOwner(AccountId account, address caller);
    /// @notice The caller is neither the owner nor an operator with one of these scopes, now, in this epoch.
    error Clearinghouse_NotPermitted(AccountId account, address caller, uint8 scopes);
    error Clearinghouse_UnknownScopes(uint8 scopes, uint8 known);
    error Clearinghouse_AccountNotOpen(AccountId account);
    error Clearinghouse_AccountAlreadyOpen(AccountId account);
    error Clearinghouse_AccountNotEmpty(AccountId account, int256 cash, uint256 positions);
    error Clearinghouse_AccountFlagged(AccountId account);
    error Clearinghouse_UnknownMode(Mode mode);
    error Clearinghouse_UnknownInstrument(Instrument instrument);
    error Clearinghouse_UnknownSelector(bytes4 selector);
    error Clearinghouse_ZeroAmount();
    error Clearinghouse_ZeroAddress();
    /// @notice The token delivered `received` of the `amount` asked for.
    error Clearinghouse_TokenNotExact(uint256 amount, uint256 received);
    /// @notice More was asked for than may leave: `free` in units of the settlement token.
    error Clearinghouse_BeyondFreeCollateral(AccountId account, uint256 amount, uint256 free);
    /// @notice The equity for initial margin is below the requirement, and what was done did not only reduce risk.
    error Clearinghouse_BelowInitialMargin(AccountId account, int256 equity, uint256 initialMargin);
    /// @notice A price is too old or unusable for what was asked.
    error Clearinghouse_PriceNotFresh(uint16 underlying, PriceStatus status);
    /// @notice While a price is unusable, positions are reduced at the last good mark and at no other price.
    error Clearinghouse_NotAtLastMark(uint16 underlying, uint256 price, uint256 lastMark);
    /// @notice An account whose proceeds are locked cannot be closed before their prices are usable. USD, Wad.
    error Clearinghouse_ProceedsStillLocked(AccountId account, uint256 amount);
    /// @notice Proceeds wait for as many prices as an account can remember.
    error Clearinghouse_TooManyLocks(AccountId account, uint256 limit);
    error Clearinghouse_OpenInterestCap(uint16 underlying, uint256 openInterestUsd, uint256 capUsd);
    error Clearinghouse_AccountInterestCap(AccountId account, uint16 underlying, uint256 notional, uint256 cap);
    error Clearinghouse_TooManyPositions(AccountId account, uint256 limit);
    error Clearinghouse_AmountOutOfRange(int256 amount);

    /// @notice An option that has expired is traded no more; it becomes cash when its expiry is settled.
    error Option_Expired(Instrument instrument);
    /// @notice The expiry's surface is missing or too old for what was asked.
    error Option_SurfaceNotFresh(uint16 underlying, uint40 expiry, SurfaceStatus status);
    /// @notice The strike is none that the expiry's rule allows to open; all zero where the expiry is not listed.
    error Option_NotListed(Instrument instrument, uint64 lowest, uint64 highest, uint64 step);
    /// @notice An expiry is listed ahead of it, from `earliest` to `latest`. Unix seconds.
    error Option_ExpiryOutOfBounds(uint40 expiry, uint256 earliest, uint256 latest);
    /// @notice Strikes go up from `lowest`, above zero, in whole steps, above zero, to `highest`.
    error Option_StrikesOutOfBounds(uint64 lowest, uint64 highest, uint64 step);
    error Option_OpenInterestCap(uint16 underlying, uint256 openInterestUsd, uint256 capUsd);
    error Option_AccountInterestCap(AccountId account, uint16 underlying, uint256 notional, uint256 cap);

    error Order_Expired(AccountId account, uint64 nonce, uint40 expiry);
    error Order_WrongEpoch(AccountId account, uint32 orderEpoch, uint32 accountEpoch);
    error Order_BadSignature(AccountId account, uint64 nonce);
    /// @notice The order is filled, or its nonce cancelled.
    error Order_NonceSpent(AccountId account, uint64 nonce);
    /// @notice The nonce belongs to another order that is filled in part, or the order is in the batch twice.
    error Order_NonceTaken(AccountId account, uint64 nonce);
    error Order_Overfilled(AccountId account, uint64 nonce, uint256 wanted, uint256 left);
    error Order_ZeroSize();
    error Order_BeyondLimit(AccountId account, uint64 nonce, uint256 price, uint256 limitPrice);
    /// @notice An operator who may only reduce does so within 1 % of mark price.
    error Order_BeyondBand(AccountId account, uint64 nonce, uint256 price, uint256 mark);
    error Order_FeeAboveMaximum(AccountId account, uint64 nonce, uint256 feeBps, uint256 maxFeeBps);
    error Order_PriceTooOld(AccountId account, uint64 nonce, uint40 updatedAt, uint40 notBefore);
    error Order_NotReducing(AccountId account, uint64 nonce, int256 position, int256 change);
    error Order_SelfTrade(AccountId account);
    /// @notice The two are not opposite orders on one instrument, or not in the batch.
    error Order_Mismatch(uint256 maker, uint256 taker);

    /// @notice The account is at or above maintenance margin, so nobody may touch it.
    error Liquidation_Healthy(AccountId account, int256 equity, uint256 maintenanceMargin);
    error Liquidation_NotFlagged(AccountId account);
    error Liquidation_SelfBid(AccountId account);
    /// @notice The bidder would gain less (slice's equity and cover, less payment) than it asked for. USD, Wad.
    error Liquidation_GainBelowMinimum(int256 gain, int256 minGain);
    /// @notice The auction's answer would have lowered the account's health, or sold it below equity less margin. So
    /// may a bid for so small a fraction that rounding each position to whole lots outweighs it.
    error Liquidation_UnfairQuote(AccountId account, uint256 fraction, uint256 payment, uint256 cover);

    /// @notice The vault takes over no account below zero: there it pays bidders.
    error Liquidation_Bankrupt(AccountId account, int256 equity);
    /// @notice Below this maintenance margin, USD Wad, an account is not worth a place among the vault's takeovers.
    error Liquidation_TooSmall(AccountId account, uint256 maintenanceMargin, uint256 least);
    /// @notice The vault takes over no account of its own: what it put in once is what it may lose.
    error Liquidation_VaultsOwn(AccountId account);
    /// @notice The vault consented to more than its account holds. USD, Wad.
    error Liquidation_VaultTooPoor(uint256 margin, int256 cash);

    error Market_AlreadyListed(uint16 underlying);
    error Market_NotListed(uint16 underlying);
    error Market_TooMany(uint256 limit);
    /// @notice A parameter is outside the bounds that are coded here.
    error Market_ParameterOutOfBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper);

    /// @notice What users rely on is replaced only by a call announced to the byte; `callHash` is its keccak256.
    error Governance_NotAnnounced(bytes32 callHash);
    /// @notice Users have until `from` to leave before the announced call may be made. Unix seconds.
    error Governance_TooEarly(uint256 time, uint256 from);
    /// @notice The announced call could be made until `until`, unix seconds: announce it again.
    error Governance_Lapsed(uint256 time, uint256 until);
    /// @notice The call is announced already, and may be made until `until`. Unix seconds.
    error Governance_AlreadyAnnounced(bytes32 callHash, uint256 until);
    /// @notice Only calls of setModules and registerModel wait for an announcement.
    error Governance_NothingToAnnounce(bytes4 selector);

    // ---------------------------------------------------------------- accounts

    /// @notice Opens the caller's account number `index` in a mode that has a margin model.
    function openAccount(uint96 index, Mode mode) external returns (AccountId);

    /// @notice Closes an account that holds no position and less than one unit of the settlement token, which goes to
    /// the vault, so that it may be opened afresh; its orders die with the epoch.
    function closeAccount(AccountId account) external;

    /// @notice Has another margin model judge the account; passes only if the account then meets initial margin.
    function setMode(AccountId account, Mode mode) external;

    /// @notice Takes `amount` of the settlement token from the caller into any open account. Needs no price.
    function deposit(AccountId account, uint256 amount) external;

    /// @notice Deposits with an EIP-2612 permit of the caller's instead of an approval.
    /// @dev A permit that fails, because somebody used it first, is no obstacle where the allowance is there.
    function depositWithPermit(AccountId account, uint256 amount, Permit calldata permit) external;

    /// @notice Sends `amount` of the settlement token to `to`. The owner may; an operator with Scopes.WITHDRAW, to the
    /// owner's address alone.
    /// @dev Reverts Clearinghouse_BeyondFreeCollateral with the amount that would pass.
    function withdraw(AccountId account, uint256 amount, address to) external;

    /// @notice Settles the accounts' perpetuals, and options of settled expiries, against the markets' pots. Anyone
    /// may, for anyone; an account that is not open is passed over, so that nobody can spoil a batch by closing one.
    function touch(AccountId[] calldata accounts) external;

    /// @notice Allows `operator` what the bits of `scopes` say (see `Scopes`), until `expiry` or until the account's
    /// epoch is raised. No scopes dismiss it. The owner alone may.
    function setOperator(AccountId account, address operator, uint8 scopes, uint40 expiry) external;

    /// @notice Calls several of this contract's account and order functions in one frame: every account is judged once,
    /// after the last.
    /// @param calls ABI-encoded calls of openAccount, closeAccount, setMode, deposit, depositWithPermit, withdraw,
    /// touch, setOperator, settle, cancelNonces or raiseEpoch; anything else reverts Clearinghouse_UnknownSelector.
    function execute(bytes[] calldata calls) external;

    // ---------------------------------------------------------------- orders

    /// @notice Settles a batch of matches. Anyone may call; every fill stays within both orders' limits.
    /// @dev An order is signed by the account's owner (ECDSA, or ERC-1271 where the owner is a contract) or by an
    /// operator whose scope it is within. Who calls for an account it may trade for can leave the signature empty: that
    /// order needs no nonce and uses none. So a taker submits alone against a maker's signed quote.
    ///
    /// While a price is unusable, a fill passes if it reduces both positions, at the last mark the ledger settled at.
    /// What either gains by it is locked until the price is usable again: it counts as equity for maintenance, but not
    /// for initial margin, and cannot be withdrawn.
    function settle(SignedOrder[] calldata orders, Fill[] calldata fills) external;

    /// @notice Makes the nonces 128 * group + i unusable, for each bit i of `mask`, filled in part or not at all. The
    /// owner may, or an operator with Scopes.CANCEL.
    function cancelNonces(AccountId account, uint64 group, uint128 mask) external;

    /// @notice Cancels every order signed so far and dismisses every operator.
    function raiseEpoch(AccountId account) external;

    // ---------------------------------------------------------------- liquidation

    /// @notice Starts the auction of an account below maintenance margin. The keeper deposit goes to `rewardAccount`,
    /// unless the account opened in this very block.
    function flag(AccountId account, AccountId rewardAccount) external;

    /// @notice The same for less gas: the account is shown to be below maintenance margin by the scenarios that a
    /// witness names, and no others are worked out. The auction takes what these require for its maintenance margin.
    /// @dev In modes that work out no scenarios the witness makes no difference. The sdk finds the best one.
    /// Liquidation_Healthy where the witness does not show it, whatever the other scenarios would.
    function flagBy(AccountId account, AccountId rewardAccount, Witness witness) external;

    /// @notice Advances a flagged account's auction, or clears its flag if it is healthy again. Anyone may.
    function poke(AccountId account) external;

    /// @notice Takes a slice of everything a flagged account holds, for the auction's price.
    /// @param bidder an account of the caller's, which takes the slice, pays, and must meet initial margin with it.
    /// @param maxFraction Wad; the auction may allow less.
    /// @param minGain USD Wad the bidder must come out ahead by: the slice's equity and the vault's cover, less
    /// payment.
    function bid(AccountId account, AccountId bidder, uint256 maxFraction, int256 minGain) external;

    /// @notice The same for less gas, by a witness as in `flagBy`. A poor one buys less, and dearer.
    /// @dev In scenarios the witness does not name, the lots a slice is rounded to may leave the account worse off.
    function bidBy(AccountId account, AccountId bidder, uint256 maxFraction, int256 minGain, Witness witness) external;

    /// @notice Has the vault take over the whole of a flagged account whose auction found no bidder at its whole
    /// discount, into a fresh cross account of the vault's. Anyone may call.
    /// @dev The vault gives the new account what it lacks to initial margin, within its caps; that, and the equity that
    /// came over, is all it can lose by it. The old account keeps what equity it had beyond maintenance margin.
    /// @param rewardAccount receives 10 USD out of the equity taken, or what there is of it.
    function takeOver(AccountId account, AccountId rewardAccount) external;

    // ---------------------------------------------------------------- governance

    /// @notice Lists an underlying's perpetual. Restricted.
    function listMarket(uint16 underlying, MarketParams calldata params) external;

    /// @notice Changes a market's parameters within the coded bounds. Restricted.
    /// @dev Of baseRateBps, volMultiplierBps, slopeBps, maintenanceRatioBps and depth, what raises margin ramps in over
    /// 24 hours, from the values in force now; what lowers it, fees and cap act at once. A change that names the same
    /// five again leaves a ramp as it runs.
    function setMarketParams(uint16 underlying, MarketParams calldata params) external;

    /// @notice Changes the parameters of an underlying's options within the coded bounds. Restricted.
    /// @dev Until the first call no option of it can be opened, and portfolio margin asks what the tightest would. Of
    /// priceRangeBps, creditBps and referenceVolBps, what raises margin ramps in as in `setMarketParams`.
    function setOptionParams(uint16 underlying, OptionParams calldata params) external;

    /// @notice Lists an expiry of an underlying's options, or changes which of its strikes may be opened; what is open
    /// stays, and may be reduced. Within 400 days. Restricted.
    function listExpiry(uint16 underlying, uint40 expiry, StrikeRule calldata rule) external;

    /// @notice Announces a call of setModules or registerModel: it may be made 7 to 14 days later, once. Restricted.
    /// @param call what will be the calldata, to the byte; judged when made. One that lapsed may be announced again.
    function announce(bytes calldata call) external;

    /// @notice Takes back the announcement of the call with that keccak256. Restricted.
    function withdrawAnnouncement(bytes32 callHash) external;

    /// @notice Registers the margin model of a mode. To replace one, or to add one once a market is listed, the call
    /// must have been announced. Restricted.
    function registerModel(Mode mode, IMarginModel model) external;

    /// @notice Sets oracles, auction and vault; to replace them, the call must have been announced. Restricted.
    function setModules(Modules calldata modules) external;

    // ---------------------------------------------------------------- views

    /// @notice The account's slot, unpacked by `AccountLibrary`.
    function accountOf(AccountId id) external view returns (Account);

    /// @notice The account's positions as stored.
    function positionsOf(AccountId id) external view returns (Position[] memory);

    /// @notice What a frame opened now would know of the underlying.
    function marketOf(uint16 underlying) external view returns (Market memory);

    /// @notice The account as its model judges it now, unsettled perpetuals included.
    function assess(AccountId id) external view returns (Assessment memory);

    /// @notice The same by a witness, as `flagBy` has the account judged: maintenance margin is what the scenarios
    /// named require.
    function assessBy(AccountId id, Witness witness) external view returns (Assessment memory);

    /// @notice The parameters as set; those in force are in `marketOf`.
    function marketParams(uint16 underlying) external view returns (MarketParams memory);

    /// @notice What the market's margin ramps from, and since when; over 24 hours after that.
    function marketRamp(uint16 underlying) external view returns (MarketRamp memory);

    /// @notice The parameters as set, all zero where they never were; those in force are in `marketOf`.
    function optionParams(uint16 underlying) external view returns (OptionParams memory);

    /// @notice What they ramp from, and since when; over 24 hours after that.
    function optionRamp(uint16 underlying) external view returns (OptionRamp memory);

    /// @notice Options of the underlying bought and not sold again or settled, lots, over all strikes and expiries.
    function optionInterest(uint16 underlying) external view returns (uint64);

    /// @notice Which strikes of the expiry may be opened; all zero where it is not listed.
    function strikesOf(uint16 underlying, uint40 expiry) external view returns (StrikeRule memory);

    /// @notice What a frame opened now would know of the expiry, and what its options are settled at, USD Wad, if they
    /// are.
    function expiryOf(
        uint16 underlying,
        uint40 expiry
    ) external view returns (Expiry memory found, uint256 settlementPrice, bool settled);

    /// @notice From when until when the call with that keccak256 may be made, unix seconds; zeros where none is
    /// announced.
    function announcement(bytes32 callHash) external view returns (uint256 from, uint256 until);

    function marketState(uint16 underlying) external view returns (MarketState memory);

    function listedMarkets() external view returns (uint16[] memory);

    function modules() external view returns (Modules memory);

    function modelOf(Mode mode) external view returns (IMarginModel);

    /// @notice Whether the nonce is spent, its order filled or cancelled, and else how many lots of it are filled.
    function nonceState(AccountId id, uint64 nonce) external view returns (bool spent, uint64 filled);

    /// @notice The order's EIP-712 digest, what became of it, and how many lots are filled of one that is not spent.
    function orderStatus(
        Order calldata order
    ) external view returns (bytes32 digest, OrderStatus status, uint64 filled);

    /// @notice What of the account's proceeds was locked when it was last written, USD Wad, and the underlyings whose
    /// prices it waits for. It counts no more once all of these are usable.
    function lockedOf(AccountId id) external view returns (uint256 amount, uint16[] memory underlyings);

    /// @notice What the account's owner allows `operator`, and until when; no scopes where the grant is over.
    function operatorOf(AccountId id, address operator) external view returns (uint8 scopes, uint40 expiry);

    /// @notice The account the vault's fees and assets are kept in.
    function vaultAccount() external view returns (AccountId);

    /// @notice Whether a frame is open: state read now may be about to change.
    function frameOpen() external view returns (bool);

    function settlementToken() external view returns (address);
}
