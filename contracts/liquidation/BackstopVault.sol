// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {NOTICE} from "../clearing/Announcements.sol";
import {BackstopLimits, IBackstopVault, RedeemRequest} from "../interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Account, Modes} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Takeovers} from "./Takeovers.sol";

/// @title The vault behind bankrupt accounts
/// @dev The hourly cap is a sliding window rather than a leaky bucket: a bucket that holds the cap and refills by it
/// pays out nearly twice the cap within an hour of a crash, the window never more than the cap in any 60 minutes. The
/// price is one more slot an event.
///
/// The cap an event is for one call. Accounts are free to make and a bid can be split, so a cap on an account would
/// bind nobody; what binds is the hour, and the event's cap leaves later events of the hour their part.
contract BackstopVault is ERC4626, AccessManaged, ReentrancyGuardTransient, Takeovers {
    using RateLimiter for RateLimiter.SlidingWindow;
    using SafeCast for uint256;

    /// @dev Wad per unit of the settlement token, which has 6 decimals.
    uint256 private constant UNIT = 1e12;
    /// @dev Virtual shares, ten to this power to one virtual unit: whoever inflates the share price until a deposit of
    /// x buys nothing has to give away a million times x.
    uint8 private constant DECIMALS_OFFSET = 6;
    uint8 private constant SETTLEMENT_DECIMALS = 6;

    /// @dev Defaults and bounds of the limits (margin mathematics, section 9).
    uint16 private constant DEFAULT_EVENT_CAP_BPS = 1_000;
    uint16 private constant DEFAULT_HOUR_CAP_BPS = 2_000;
    uint32 private constant DEFAULT_COOLDOWN = 3 days;
    uint32 private constant DEFAULT_EXIT_WINDOW = 1 days;
    uint256 private constant MIN_CAP_BPS = 100;
    uint256 private constant MAX_EVENT_CAP_BPS = 2_500;
    uint256 private constant MAX_HOUR_CAP_BPS = 5_000;
    /// @dev Cool-down and exit window must be over before what was announced can happen: whoever asks to leave within a
    /// day of the announcement has the whole window before the modules change, or the vault itself is replaced. So the
    /// longest the two can be is the notice less that day, shared out to leave the default cool-down room both ways.
    uint256 private constant TIME_TO_NOTICE = 1 days;
    uint256 private constant MIN_COOLDOWN = 1 days;
    uint256 private constant MAX_COOLDOWN = NOTICE - TIME_TO_NOTICE - MAX_EXIT_WINDOW;
    uint256 private constant MIN_EXIT_WINDOW = 6 hours;
    uint256 private constant MAX_EXIT_WINDOW = 2 days;

    uint48 private constant CAP_PERIOD = 1 hours;
    /// @dev The limiter's only entry: one cap over all accounts.
    bytes32 private constant EVERYTHING = 0;

    /// @inheritdoc IBackstopVault
    IClearinghouse public immutable clearinghouse;
    /// @inheritdoc IBackstopVault
    AccountId public immutable vaultAccount;

    BackstopLimits private _limits;
    RateLimiter.SlidingWindow private _paid;
    mapping(address holder => RedeemRequest) private _requests;

    /// @dev Inside a frame the stored cash may be about to change, so shares have no price.
    modifier outsideFrame() {
        if (clearinghouse.frameOpen()) revert BackstopVault_FrameOpen();
        _;
    }

    /// @dev What is taken over gains or loses by more than anybody who buys in should share in.
    modifier withoutTakeovers() {
        if (_count() != 0) revert BackstopVault_TakeoversOpen(_count());
        _;
    }

    /// @dev At a price that is not fresh whoever knows better would leave first.
    modifier atFreshPrices() {
        (, bool fresh) = _worth();
        if (!fresh) revert BackstopVault_TakeoverUnpriced();
        _;
    }

    constructor(
        IClearinghouse clearinghouse_,
        address authority_
    ) ERC20("Plimsoll Backstop", "plBACK") ERC4626(IERC20(clearinghouse_.settlementToken())) AccessManaged(authority_) {
        uint256 assetDecimals = decimals() - DECIMALS_OFFSET;
        if (assetDecimals != SETTLEMENT_DECIMALS) revert BackstopVault_UnsupportedDecimals(assetDecimals);
        clearinghouse = clearinghouse_;
        vaultAccount = AccountIdLibrary.make(address(this), 0);
        _setLimits(BackstopLimits(DEFAULT_EVENT_CAP_BPS, DEFAULT_HOUR_CAP_BPS, DEFAULT_COOLDOWN, DEFAULT_EXIT_WINDOW));
    }

    /// @inheritdoc IBackstopVault
    function open() external {
        clearinghouse.openAccount(vaultAccount.index(), Modes.CROSS);
    }

    /// @inheritdoc IBackstopVault
    function onCover(AccountId account, uint256 asked) external returns (uint256 paid) {
        if (msg.sender != address(clearinghouse)) revert BackstopVault_NotClearinghouse(msg.sender);
        paid = Math.min(asked, _bringCapsUp());
        _paid.consume(EVERYTHING, paid);
        emit Covered(account, asked, paid);
    }

    /// @inheritdoc IBackstopVault
    /// @dev The margin counts as paid when it is given: all of it may be lost, and what comes back frees no cap.
    function onTakeOver(AccountId account, uint256 margin) external returns (uint96 index) {
        if (msg.sender != address(clearinghouse)) revert BackstopVault_NotClearinghouse(msg.sender);
        _requireSaleable(account);
        uint256 limit = _bringCapsUp();
        if (margin > limit) revert BackstopVault_TakeoverBeyondCap(margin, limit);
        _paid.consume(EVERYTHING, margin);
        return _begin(account, margin);
    }

    /// @inheritdoc IBackstopVault
    function endTakeover(uint96 index) external outsideFrame nonReentrant {
        _end(index);
        AccountId account = AccountIdLibrary.make(address(this), index);
        int256 cash = clearinghouse.accountOf(account).cash();
        uint256 returned = cash > 0 ? uint256(cash) / UNIT : 0;
        if (returned != 0) clearinghouse.withdraw(account, returned, address(this));
        clearinghouse.closeAccount(account);
        _credit(returned);
        emit TakeoverEnded(index, returned);
    }

    /// @inheritdoc IBackstopVault
    function requestRedeem(uint256 shares) external {
        if (shares == 0) revert BackstopVault_ZeroShares();
        uint256 balance = balanceOf(msg.sender);
        if (shares > balance) revert BackstopVault_RequestBeyondBalance(shares, balance);
        uint256 opensAt = block.timestamp + _limits.cooldown;
        uint256 closesAt = opensAt + _limits.exitWindow;
        _requests[msg.sender] = RedeemRequest(shares.toUint176(), uint40(opensAt), uint40(closesAt));
        emit RedeemRequested(msg.sender, shares, opensAt, closesAt);
    }

    /// @inheritdoc IBackstopVault
    function cancelRedeem() external {
        uint256 shares = redeemRequest(msg.sender).shares;
        if (shares == 0) revert BackstopVault_NoRequest(msg.sender);
        delete _requests[msg.sender];
        emit RedeemCancelled(msg.sender, shares);
    }

    /// @inheritdoc IBackstopVault
    function setLimits(BackstopLimits calldata limits_) external restricted {
        _setLimits(limits_);
    }

    /// @inheritdoc ERC4626
    function deposit(
        uint256 assets,
        address receiver
    ) public override outsideFrame withoutTakeovers nonReentrant returns (uint256) {
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(
        uint256 shares,
        address receiver
    ) public override outsideFrame withoutTakeovers nonReentrant returns (uint256) {
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(
        uint256 assets,
        address receiver,
        address owner
    ) public override outsideFrame atFreshPrices nonReentrant returns (uint256) {
        _requireExitOpen(owner);
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(
        uint256 shares,
        address receiver,
        address owner
    ) public override outsideFrame atFreshPrices nonReentrant returns (uint256) {
        _requireExitOpen(owner);
        return super.redeem(shares, receiver, owner);
    }

    /// @inheritdoc IBackstopVault
    function coverLimit() external view returns (uint256) {
        (uint256 eventLimit, uint256 hourLimit) = _coverLimits();
        return Math.min(eventLimit, Math.saturatingSub(hourLimit, _paid.used(EVERYTHING)));
    }

    /// @inheritdoc IBackstopVault
    function limits() external view returns (BackstopLimits memory) {
        return _limits;
    }

    /// @inheritdoc IBackstopVault
    function redeemRequest(address holder) public view returns (RedeemRequest memory request) {
        request = _requests[holder];
        if (block.timestamp >= request.closesAt) delete request;
    }

    /// @notice The cash of the vault's account (nothing while it owes) and what its takeovers are worth, sold at the
    /// end of their offers, less what it would pay for those below zero. Settlement token units, rounded down.
    function totalAssets() public view override returns (uint256) {
        (int256 worth, ) = _worth();
        int256 assets = int256(_cash()) + worth;
        return assets > 0 ? uint256(assets) / UNIT : 0;
    }

    /// @inheritdoc ERC4626
    /// @dev What still fits the width of the ledger's cash; nothing before the account is open, or inside a frame.
    function maxDeposit(address) public view override returns (uint256) {
        if (clearinghouse.frameOpen() || _count() != 0) return 0;
        Account state = clearinghouse.accountOf(vaultAccount);
        // While the account owes, a depositor would pay the debt of the holders before.
        if (state.mode() == Modes.NONE || state.cash() < 0) return 0;
        return uint256(int256(type(int128).max - state.cash())) / UNIT;
    }

    /// @inheritdoc ERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return _convertToShares(maxDeposit(receiver), Math.Rounding.Floor);
    }

    /// @inheritdoc ERC4626
    /// @dev The shares in the holder's request while its exit window is open, as far as the vault's cash goes: what is
    /// in takeovers cannot be paid out. `maxWithdraw` follows.
    function maxRedeem(address owner) public view override returns (uint256) {
        RedeemRequest memory request = redeemRequest(owner);
        (, bool fresh) = _worth();
        if (block.timestamp < request.opensAt || clearinghouse.frameOpen() || !fresh) return 0;
        return Math.min(request.shares, _convertToShares(_cash() / UNIT, Math.Rounding.Floor));
    }

    function _setLimits(BackstopLimits memory to) private {
        _requireWithin("eventCapBps", to.eventCapBps, MIN_CAP_BPS, MAX_EVENT_CAP_BPS);
        _requireWithin("hourCapBps", to.hourCapBps, to.eventCapBps, MAX_HOUR_CAP_BPS);
        _requireWithin("cooldown", to.cooldown, MIN_COOLDOWN, MAX_COOLDOWN);
        _requireWithin("exitWindow", to.exitWindow, MIN_EXIT_WINDOW, MAX_EXIT_WINDOW);
        emit LimitsChanged(_limits, to);
        _limits = to;
    }

    function _requireWithin(bytes32 limit, uint256 value, uint256 lower, uint256 upper) private pure {
        if (value < lower || value > upper) revert BackstopVault_LimitOutOfBounds(limit, value, lower, upper);
    }

    function _requireExitOpen(address holder) private view {
        RedeemRequest memory request = _requests[holder];
        if (block.timestamp < request.opensAt || block.timestamp >= request.closesAt)
            revert BackstopVault_ExitClosed(holder, request.opensAt, request.closesAt);
    }

    /// @dev Cash of the vault's account, USD Wad, as the ledger has stored it.
    function _cash() private view returns (uint256) {
        int256 cash = clearinghouse.accountOf(vaultAccount).cash();
        return cash > 0 ? uint256(cash) : 0;
    }

    function _clearinghouse() internal view override returns (IClearinghouse) {
        return clearinghouse;
    }

    /// @return limit what one event may cost now, USD Wad.
    function _bringCapsUp() private returns (uint256 limit) {
        (uint256 eventLimit, uint256 hourLimit) = _coverLimits();
        _paid.updateSettings(CAP_PERIOD, hourLimit.toUint208());
        return Math.min(eventLimit, _paid.available(EVERYTHING));
    }

    /// @dev The hour's cap is measured on the assets as they would be without the hour's payments, so that paying does
    /// not shrink it while it is being used up.
    function _coverLimits() private view returns (uint256 eventLimit, uint256 hourLimit) {
        uint256 cash = _cash();
        eventLimit = (cash * _limits.eventCapBps) / FixedPoint.BPS;
        hourLimit = ((cash + _paid.used(EVERYTHING)) * _limits.hourCapBps) / FixedPoint.BPS;
    }

    function _transferIn(address from, uint256 assets) internal override {
        super._transferIn(from, assets);
        _credit(assets);
    }

    /// @dev Brings what the vault holds of the token into its account.
    function _credit(uint256 assets) private {
        // The ledger refuses an amount of zero; ERC-4626 does not.
        if (assets == 0) return;
        SafeERC20.forceApprove(IERC20(asset()), address(clearinghouse), assets);
        clearinghouse.deposit(vaultAccount, assets);
    }

    function _transferOut(address to, uint256 assets) internal override {
        if (assets != 0) clearinghouse.withdraw(vaultAccount, assets, to);
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        if (assets != 0 && shares == 0) revert BackstopVault_ZeroShares();
        super._deposit(caller, receiver, assets, shares);
    }

    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override {
        _requests[owner].shares -= shares.toUint176();
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    /// @dev Keeps shares in a request where they are: otherwise a request, once mature, could be filled with anybody's.
    /// Shares that are redeemed have left the request before they are burnt.
    function _update(address from, address to, uint256 value) internal override {
        uint256 requested = redeemRequest(from).shares;
        if (requested != 0) {
            uint256 free = balanceOf(from) - requested;
            if (value > free) revert BackstopVault_SharesInRequest(from, value, free);
        }
        super._update(from, to, value);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return DECIMALS_OFFSET;
    }
}
