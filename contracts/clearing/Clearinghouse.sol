// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Settlement} from "../settlement/Settlement.sol";
import {Account, Mode} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market} from "../types/Market.sol";
import {MarketState} from "../types/MarketState.sol";
import {Fill, Order, OrderStatus, SignedOrder} from "../types/Order.sol";
import {Permit} from "../types/Permit.sol";
import {MarketParams, MarketRamp, Modules, OptionParams, OptionRamp, StrikeRule} from "../types/Parameters.sol";
import {Position} from "../types/Position.sol";
import {Witness} from "../types/Witness.sol";
import {Accounts} from "./Accounts.sol";
import {Closing} from "./Closing.sol";
import {Domain} from "./Domain.sol";
import {Execution} from "./Execution.sol";
import {Frame} from "./Frame.sol";
import {Governance} from "./Governance.sol";
import {Liquidation} from "./Liquidation.sol";
import {Lock} from "./Lock.sol";
import {Views} from "./Views.sol";

/// @title The clearinghouse
/// @dev The contract itself holds the roles, settles orders and pays withdrawals: what is called most. The rest are
/// linked libraries, which receive the call as it came: what else owners do with their accounts, and any of it in one
/// frame (Execution), liquidation, governance, views.
contract Clearinghouse is IClearinghouse, AccessManaged, EIP712 {
    /// @inheritdoc IClearinghouse
    address public immutable settlementToken;

    constructor(address authority, address settlementToken_) AccessManaged(authority) {
        if (settlementToken_ == address(0)) revert Clearinghouse_ZeroAddress();
        settlementToken = settlementToken_;
    }

    // ---------------------------------------------------------------- accounts

    /// @inheritdoc IClearinghouse
    function openAccount(uint96 index, Mode) external returns (AccountId) {
        _perform();
        return AccountIdLibrary.make(msg.sender, index);
    }

    /// @inheritdoc IClearinghouse
    function closeAccount(AccountId) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function setMode(AccountId, Mode) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function deposit(AccountId, uint256) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function depositWithPermit(AccountId, uint256, Permit calldata) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function withdraw(AccountId account, uint256 amount, address to) external {
        Lock.acquire();
        Frame memory f;
        Accounts.withdraw(f, account, amount, to);
        Closing.close(f, settlementToken);
    }

    /// @inheritdoc IClearinghouse
    function touch(AccountId[] calldata) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function setOperator(AccountId, address, uint8, uint40) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function execute(bytes[] calldata) external {
        _perform();
    }

    // ---------------------------------------------------------------- orders

    /// @inheritdoc IClearinghouse
    function settle(SignedOrder[] calldata orders, Fill[] calldata fills) external {
        Lock.acquire();
        Frame memory f;
        Settlement.settle(f, _domainSeparator(), orders, fills);
        Closing.close(f, settlementToken);
    }

    /// @inheritdoc IClearinghouse
    function cancelNonces(AccountId, uint64, uint128) external {
        _perform();
    }

    /// @inheritdoc IClearinghouse
    function raiseEpoch(AccountId) external {
        _perform();
    }

    // ---------------------------------------------------------------- liquidation

    /// @inheritdoc IClearinghouse
    function flag(AccountId, AccountId) external {
        _liquidate();
    }

    /// @inheritdoc IClearinghouse
    function flagBy(AccountId, AccountId, Witness) external {
        _liquidate();
    }

    /// @inheritdoc IClearinghouse
    function poke(AccountId) external {
        _liquidate();
    }

    /// @inheritdoc IClearinghouse
    function bid(AccountId, AccountId, uint256, int256) external {
        _liquidate();
    }

    /// @inheritdoc IClearinghouse
    function bidBy(AccountId, AccountId, uint256, int256, Witness) external {
        _liquidate();
    }

    /// @inheritdoc IClearinghouse
    function takeOver(AccountId, AccountId) external {
        _liquidate();
    }

    // ---------------------------------------------------------------- governance

    /// @inheritdoc IClearinghouse
    function listMarket(uint16, MarketParams calldata) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function setMarketParams(uint16, MarketParams calldata) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function setOptionParams(uint16, OptionParams calldata) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function listExpiry(uint16, uint40, StrikeRule calldata) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function announce(bytes calldata) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function withdrawAnnouncement(bytes32) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function registerModel(Mode, IMarginModel) external restricted {
        Governance.perform(msg.data);
    }

    /// @inheritdoc IClearinghouse
    function setModules(Modules calldata) external restricted {
        Governance.perform(msg.data);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IClearinghouse
    function accountOf(AccountId) external view returns (Account) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function positionsOf(AccountId) external view returns (Position[] memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function marketOf(uint16) external view returns (Market memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function assess(AccountId) external view returns (Assessment memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function assessBy(AccountId, Witness) external view returns (Assessment memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function marketParams(uint16) external view returns (MarketParams memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function marketRamp(uint16) external view returns (MarketRamp memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function optionParams(uint16) external view returns (OptionParams memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function optionRamp(uint16) external view returns (OptionRamp memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function optionInterest(uint16) external view returns (uint64) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function strikesOf(uint16, uint40) external view returns (StrikeRule memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function expiryOf(uint16, uint40) external view returns (Expiry memory, uint256, bool) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function marketState(uint16) external view returns (MarketState memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function listedMarkets() external view returns (uint16[] memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function modules() external view returns (Modules memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function modelOf(Mode) external view returns (IMarginModel) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function announcement(bytes32) external view returns (uint256, uint256) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function nonceState(AccountId, uint64) external view returns (bool, uint64) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function orderStatus(Order calldata) external view returns (bytes32, OrderStatus, uint64) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function operatorOf(AccountId, address) external view returns (uint8, uint40) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function lockedOf(AccountId) external view returns (uint256, uint16[] memory) {
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function vaultAccount() external view returns (AccountId) {
        _answer();
    }

    /// @dev ERC-5267.
    function eip712Domain()
        public
        view
        override
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        // Named for the ABI alone.
        (fields, name, version, chainId, verifyingContract, salt, extensions);
        _answer();
    }

    /// @inheritdoc IClearinghouse
    function frameOpen() external view returns (bool) {
        return Lock.held();
    }

    // ---------------------------------------------------------------- linked libraries

    /// @dev Of the EIP-712 domain.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return (Domain.NAME, Domain.VERSION);
    }

    /// @dev The call as it came, to the library that decodes it: outside or inside `execute` it is the same code.
    function _perform() private {
        Execution.perform(Execution.Context(settlementToken, _domainSeparator()), msg.data);
    }

    function _liquidate() private {
        Liquidation.perform(settlementToken, msg.data);
    }

    /// @dev Ends the call with the library's answer.
    function _answer() private view {
        bytes memory answer = Views.answer(_domainSeparator(), msg.data);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
