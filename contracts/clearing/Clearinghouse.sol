// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IClearinghouse, MarketParams, MarketState, Modules} from "../interfaces/IClearinghouse.sol";
import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Settlement} from "../settlement/Settlement.sol";
import {Account, Mode, Modes} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Assessment, Market} from "../types/Market.sol";
import {Fill, SignedOrder} from "../types/Order.sol";
import {Position} from "../types/Position.sol";
import {Closing} from "./Closing.sol";
import {AccountFrame, Frame, MarketFrame} from "./Frame.sol";
import {Frames} from "./Frames.sol";
import {Governance} from "./Governance.sol";
import {Judge} from "./Judge.sol";
import {Ledger, MarketStateLibrary, MarketWords} from "./Ledger.sol";
import {Liquidation} from "./Liquidation.sol";
import {Lock} from "./Lock.sol";
import {Settings} from "./Settings.sol";
import {Snapshot} from "./Snapshot.sol";

/// @title The clearinghouse
/// @dev Each function is three lines: open a frame, do the thing in memory, close the frame. Order settlement lives in
/// settlement/, judgement in Judge, writing in Closing; liquidation and governance are linked libraries.
contract Clearinghouse is IClearinghouse, AccessManaged, EIP712 {
    using MarketStateLibrary for MarketWords;
    using Settings for uint256[];

    /// @dev Wad USD in one unit of the settlement token, which has 6 decimals.
    int256 private constant TOKEN_UNIT = 1e12;

    /// @inheritdoc IClearinghouse
    address public immutable settlementToken;

    Ledger private _ledger;

    constructor(address authority, address settlementToken_) AccessManaged(authority) EIP712("Plimsoll", "1") {
        if (settlementToken_ == address(0)) revert Clearinghouse_ZeroAddress();
        settlementToken = settlementToken_;
    }

    // ---------------------------------------------------------------- accounts

    /// @inheritdoc IClearinghouse
    function openAccount(uint96 index, Mode mode) external returns (AccountId id) {
        Frame memory f = _open();
        id = _openAccount(f, index, mode);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function closeAccount(AccountId account) external {
        Frame memory f = _open();
        _closeAccount(f, account);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function setMode(AccountId account, Mode mode) external {
        Frame memory f = _open();
        _setMode(f, account, mode);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function deposit(AccountId account, uint256 amount) external {
        Frame memory f = _open();
        _deposit(f, account, amount);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function withdraw(AccountId account, uint256 amount, address to) external {
        Frame memory f = _open();
        _withdraw(f, account, amount, to);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function touch(AccountId[] calldata accounts) external {
        Frame memory f = _open();
        _touch(f, accounts);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function execute(bytes[] calldata calls) external {
        Frame memory f = _open();
        for (uint256 i; i < calls.length; ++i) _dispatch(f, bytes4(calls[i]), calls[i][4:]);
        _close(f);
    }

    // ---------------------------------------------------------------- orders

    /// @inheritdoc IClearinghouse
    function settle(SignedOrder[] calldata orders, Fill[] calldata fills) external {
        Frame memory f = _open();
        Settlement.settle(_ledger, f, _domainSeparatorV4(), orders, fills);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function cancelNonce(AccountId account, uint64 nonce) external {
        Frame memory f = _open();
        _cancelNonce(account, nonce);
        _close(f);
    }

    /// @inheritdoc IClearinghouse
    function raiseEpoch(AccountId account) external {
        Frame memory f = _open();
        _raiseEpoch(f, account);
        _close(f);
    }

    // ---------------------------------------------------------------- liquidation

    /// @inheritdoc IClearinghouse
    function flag(AccountId account, AccountId rewardAccount) external {
        Liquidation.flag(_ledger, settlementToken, account, rewardAccount);
    }

    /// @inheritdoc IClearinghouse
    function poke(AccountId account) external {
        Liquidation.poke(_ledger, settlementToken, account);
    }

    /// @inheritdoc IClearinghouse
    function bid(AccountId account, AccountId bidder, uint256 maxFraction, int256 minGain) external {
        Liquidation.bid(_ledger, settlementToken, account, bidder, maxFraction, minGain);
    }

    // ---------------------------------------------------------------- governance

    /// @inheritdoc IClearinghouse
    function listMarket(uint16 underlying, MarketParams calldata params) external restricted {
        Governance.listMarket(_ledger, underlying, params);
    }

    /// @inheritdoc IClearinghouse
    function setMarketParams(uint16 underlying, MarketParams calldata params) external restricted {
        Governance.setMarketParams(_ledger, underlying, params);
    }

    /// @inheritdoc IClearinghouse
    function registerModel(Mode mode, IMarginModel model) external restricted {
        Governance.registerModel(_ledger, mode, model);
    }

    /// @inheritdoc IClearinghouse
    function setModules(Modules calldata modules_) external restricted {
        Governance.setModules(_ledger, modules_);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IClearinghouse
    function accountOf(AccountId id) external view returns (Account) {
        return _ledger.accounts[id];
    }

    /// @inheritdoc IClearinghouse
    function positionsOf(AccountId id) public view returns (Position[] memory) {
        return Frames.stored(_ledger, id, _ledger.accounts[id].positions());
    }

    /// @inheritdoc IClearinghouse
    function marketOf(uint16 underlying) external view returns (Market memory) {
        MarketFrame memory m;
        Snapshot.take(_ledger, Settings.load(_ledger), underlying, m);
        return m.market;
    }

    /// @inheritdoc IClearinghouse
    function assess(AccountId id) external view returns (Assessment memory found) {
        Frame memory f;
        AccountFrame memory a;
        a.id = id;
        a.current = _ledger.accounts[id];
        (found, , ) = Judge.assess(_ledger, f, a, a.current.cash(), positionsOf(id));
    }

    /// @inheritdoc IClearinghouse
    function marketParams(uint16 underlying) external view returns (MarketParams memory params) {
        uint256[] memory settings = Settings.load(_ledger);
        uint256 place = settings.placeOf(underlying);
        if (place != 0) Settings.unpackInto(settings[place], params);
    }

    /// @inheritdoc IClearinghouse
    function marketState(uint16 underlying) external view returns (MarketState memory state) {
        _ledger.markets[underlying].loadInto(state);
    }

    /// @inheritdoc IClearinghouse
    function listedMarkets() external view returns (uint16[] memory) {
        return Settings.load(_ledger).underlyings();
    }

    /// @inheritdoc IClearinghouse
    function modules() external view returns (Modules memory) {
        return Settings.load(_ledger).modules();
    }

    /// @inheritdoc IClearinghouse
    function modelOf(Mode mode) external view returns (IMarginModel) {
        return Settings.load(_ledger).model(mode);
    }

    /// @inheritdoc IClearinghouse
    function nonceState(AccountId id, uint64 nonce) external view returns (uint64 filled, bool cancelled) {
        return (_ledger.nonces[id][nonce].filled(), _ledger.nonces[id][nonce].cancelled());
    }

    /// @inheritdoc IClearinghouse
    function vaultAccount() external view returns (AccountId) {
        return AccountIdLibrary.make(Settings.load(_ledger).vault(), 0);
    }

    /// @inheritdoc IClearinghouse
    function frameOpen() external view returns (bool) {
        return Lock.held();
    }

    // ---------------------------------------------------------------- inside the frame

    function _open() private returns (Frame memory) {
        Lock.acquire();
        Frame memory f;
        return f;
    }

    function _close(Frame memory f) private {
        Closing.close(_ledger, f, settlementToken);
    }

    /// @dev The calls of `execute`, decoded here rather than by a call to itself: they share the frame, which is
    /// memory.
    function _dispatch(Frame memory f, bytes4 selector, bytes calldata args) private {
        if (selector == IClearinghouse.settle.selector) {
            (SignedOrder[] calldata orders, Fill[] calldata fills) = _decodeSettle(args);
            Settlement.settle(_ledger, f, _domainSeparatorV4(), orders, fills);
        } else if (selector == IClearinghouse.deposit.selector) {
            (AccountId account, uint256 amount) = abi.decode(args, (AccountId, uint256));
            _deposit(f, account, amount);
        } else if (selector == IClearinghouse.withdraw.selector) {
            (AccountId account, uint256 amount, address to) = abi.decode(args, (AccountId, uint256, address));
            _withdraw(f, account, amount, to);
        } else if (selector == IClearinghouse.openAccount.selector) {
            (uint96 index, Mode mode) = abi.decode(args, (uint96, Mode));
            _openAccount(f, index, mode);
        } else if (selector == IClearinghouse.setMode.selector) {
            (AccountId account, Mode mode) = abi.decode(args, (AccountId, Mode));
            _setMode(f, account, mode);
        } else if (selector == IClearinghouse.touch.selector) {
            _touch(f, abi.decode(args, (AccountId[])));
        } else if (selector == IClearinghouse.cancelNonce.selector) {
            (AccountId account, uint64 nonce) = abi.decode(args, (AccountId, uint64));
            _cancelNonce(account, nonce);
        } else if (selector == IClearinghouse.raiseEpoch.selector) {
            _raiseEpoch(f, abi.decode(args, (AccountId)));
        } else if (selector == IClearinghouse.closeAccount.selector) {
            _closeAccount(f, abi.decode(args, (AccountId)));
        } else {
            revert Clearinghouse_UnknownSelector(selector);
        }
    }

    function _openAccount(Frame memory f, uint96 index, Mode mode) private returns (AccountId id) {
        id = AccountIdLibrary.make(msg.sender, index);
        uint256 aAt = Frames.slotOf(_ledger, f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.current.mode() != Modes.NONE) revert Clearinghouse_AccountAlreadyOpen(id);
        _requireModel(mode);
        a.current = a.current.withMode(mode);
        emit AccountOpened(id, mode);
    }

    function _closeAccount(Frame memory f, AccountId id) private {
        _requireOwner(id);
        uint256 aAt = Frames.load(_ledger, f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.positions.length == 0) Closing.returnDeposit(a);
        // What is left below one unit of the token cannot be withdrawn: it goes where roundings go.
        bool empty = a.cash >= 0 && a.cash < TOKEN_UNIT && a.positions.length == 0;
        if (!empty) revert Clearinghouse_AccountNotEmpty(id, a.cash, a.positions.length);
        f.fees += uint256(a.cash);
        a.cash = 0;
        if (a.current.flagged()) revert Clearinghouse_AccountFlagged(id);
        uint32 nextEpoch = a.current.epoch() + 1;
        a.current = a.current.withMode(Modes.NONE).withEpoch(nextEpoch);
        emit AccountClosed(id, nextEpoch);
    }

    function _setMode(Frame memory f, AccountId id, Mode mode) private {
        _requireOwner(id);
        _requireModel(mode);
        uint256 aAt = Frames.load(_ledger, f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.current.flagged()) revert Clearinghouse_AccountFlagged(id);
        emit ModeChanged(id, a.current.mode(), mode);
        a.current = a.current.withMode(mode);
        a.judged = a.strict = true;
    }

    /// @dev What arrives is measured: a token that keeps a fee cannot credit an account with it.
    function _deposit(Frame memory f, AccountId id, uint256 amount) private {
        if (amount == 0) revert Clearinghouse_ZeroAmount();
        address token = settlementToken;
        uint256 aAt = Frames.account(_ledger, f, id);
        AccountFrame memory a = f.accounts[aAt];
        uint256 before = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, msg.sender, address(this), amount);
        uint256 received = SafeTransferLib.balanceOf(token, address(this)) - before;
        if (received != amount) revert Clearinghouse_TokenNotExact(amount, received);
        a.cash += _toWad(amount);
        emit Deposited(id, msg.sender, amount);
    }

    function _withdraw(Frame memory f, AccountId id, uint256 amount, address to) private {
        _requireOwner(id);
        if (amount == 0) revert Clearinghouse_ZeroAmount();
        if (to == address(0)) revert Clearinghouse_ZeroAddress();
        uint256 aAt = Frames.load(_ledger, f, id);
        AccountFrame memory a = f.accounts[aAt];
        if (a.current.mode() == Modes.NONE) revert Clearinghouse_AccountNotOpen(id);
        a.cash -= _toWad(amount);
        a.withdrawn += amount;
        a.judged = true;
        Frames.payLater(f, to, amount);
        emit Withdrawn(id, to, amount);
    }

    function _touch(Frame memory f, AccountId[] memory accounts) private {
        for (uint256 i; i < accounts.length; ++i) Frames.load(_ledger, f, accounts[i]);
    }

    function _cancelNonce(AccountId id, uint64 nonce) private {
        _requireOwner(id);
        _ledger.nonces[id][nonce] = _ledger.nonces[id][nonce].cancel();
        emit NonceCancelled(id, nonce);
    }

    function _raiseEpoch(Frame memory f, AccountId id) private {
        _requireOwner(id);
        uint256 aAt = Frames.account(_ledger, f, id);
        AccountFrame memory a = f.accounts[aAt];
        uint32 epoch = a.current.epoch() + 1;
        a.current = a.current.withEpoch(epoch);
        emit EpochRaised(id, epoch);
    }

    function _requireOwner(AccountId id) private view {
        if (id.owner() != msg.sender) revert Clearinghouse_NotOwner(id, msg.sender);
    }

    function _requireModel(Mode mode) private view {
        if (address(Settings.load(_ledger).model(mode)) == address(0)) revert Clearinghouse_UnknownMode(mode);
    }

    /// @dev Beyond what cash can hold the sum would be refused when written; refusing here names the amount.
    function _toWad(uint256 amount) private pure returns (int256) {
        if (amount > uint256(uint128(type(int128).max)) / uint256(TOKEN_UNIT)) {
            revert Clearinghouse_AmountOutOfRange(int256(amount));
        }
        return int256(amount) * TOKEN_UNIT;
    }

    /// @dev Where abi.encodeCall put the two arrays. Nothing trusts them: an order that was not signed as read is
    /// refused, and reading past the end of calldata reads zeros.
    function _decodeSettle(
        bytes calldata args
    ) private pure returns (SignedOrder[] calldata orders, Fill[] calldata fills) {
        assembly ("memory-safe") {
            let at := add(args.offset, calldataload(args.offset))
            orders.length := calldataload(at)
            orders.offset := add(at, 0x20)
            at := add(args.offset, calldataload(add(args.offset, 0x20)))
            fills.length := calldataload(at)
            fills.offset := add(at, 0x20)
        }
    }
}
