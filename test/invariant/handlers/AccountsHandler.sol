// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {Account, Mode, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment} from "../../../contracts/types/Market.sol";
import {Order} from "../../../contracts/types/Order.sol";
import {vm} from "../../forge/Vm.sol";
import {Campaign} from "./Campaign.sol";

/// @notice Owners opening, closing, funding and switching their accounts, and strangers trying to.
abstract contract AccountsHandler is Campaign {
    function openAccount(uint256 traderSeed, uint256 indexSeed, bool isolated) external {
        uint256 first = 2 + (traderSeed % TRADERS) * ACCOUNTS_EACH;
        AccountId id = ids[first + (indexSeed % ACCOUNTS_EACH)];
        // Once in four times whatever the index says, even if it is open.
        for (uint256 i; i < ACCOUNTS_EACH && indexSeed % 4 != 0 && _isOpen(id); ++i) id = ids[first + i];
        Mode mode = isolated ? Modes.ISOLATED : Modes.CROSS;
        bytes memory data = abi.encodeCall(IClearinghouse.openAccount, (id.index(), mode));
        if (!_isOpen(id)) _frame(id.owner(), data, "");
        else
            _mustRefuse(id.owner(), data, IClearinghouse.Clearinghouse_AccountAlreadyOpen.selector, "AUTH-2: reopened");
    }

    /// @notice Withdraws all that an account without positions has and closes it, in one frame.
    function closeAccount(uint256 seed) external {
        AccountId id = _idleAt(seed);
        uint32 epoch = house.accountOf(id).epoch();
        uint256 amount = uint256(int256(house.accountOf(id).cash())) / 1e12;
        bytes[] memory calls = new bytes[](amount == 0 ? 1 : 2);
        if (amount != 0) calls[0] = abi.encodeCall(IClearinghouse.withdraw, (id, amount, id.owner()));
        calls[calls.length - 1] = abi.encodeCall(IClearinghouse.closeAccount, (id));
        Seen[] memory seen = _look(id);
        _frame(id.owner(), abi.encodeCall(IClearinghouse.execute, (calls)), "");
        withdrawn += amount;
        _checkBystanders(seen);
        assertFalse(_isOpen(id), "AUTH-2: the account is closed");
        assertEq(house.accountOf(id).epoch(), epoch + 1, "AUTH-2: closing raises the epoch");
    }

    function setMode(uint256 seed, bool isolated, bool stranger) external {
        AccountId id = _openAt(seed);
        bytes memory data = abi.encodeCall(IClearinghouse.setMode, (id, isolated ? Modes.ISOLATED : Modes.CROSS));
        if (stranger) return _mustBeOwners(id, data);
        bytes memory refusals = bytes.concat(_judgements(), IClearinghouse.Clearinghouse_AccountFlagged.selector);
        Seen[] memory seen = _look(id);
        _frame(id.owner(), data, refusals);
        _checkFrame(seen);
        Assessment memory a = house.assess(id);
        assertGe(a.equityForInitial, int256(a.initialMargin), "RISK-1: a mode was changed below initial margin");
    }

    /// @notice Whoever pays, whatever the prices: an open account takes a deposit.
    function deposit(uint256 seed, uint256 payerSeed, uint256 amount) external {
        AccountId id = _openAt(seed);
        amount = bound(amount, 1, 30_000e6);
        // Whoever is in auction is given enough to leave it, perhaps.
        (bool found, AccountId flagged) = _findFlagged(seed);
        if (found && seed % 2 == 0) (id, amount) = (flagged, amount + 10_000e6);
        address payer = _traderAt(payerSeed);
        token.mint(payer, amount);
        Seen[] memory seen = _look(id);
        vm.prank(payer);
        (bool ok, ) = address(house).call(abi.encodeCall(IClearinghouse.deposit, (id, amount)));
        assertTrue(ok, "ORAC-1: a deposit was refused");
        deposited += amount;
        _expectFlow(seen, id, int256(amount));
        _checkFrame(seen);
    }

    function withdraw(uint256 seed, uint256 amount, uint8 who) external {
        AccountId id = _openAt(seed);
        int256 cash = house.accountOf(id).cash();
        amount = bound(amount, 1, cash > 0 ? uint256(cash) / 1e12 + 1 : 1);
        address to = _traderAt(amount);
        bytes memory data = abi.encodeCall(IClearinghouse.withdraw, (id, amount, to));
        if (who < 32) return to == id.owner() ? _mustBePermitted(id, data) : _mustBeOwners(id, data);
        bytes memory refusals = bytes.concat(
            IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector,
            IClearinghouse.Clearinghouse_PriceNotFresh.selector
        );
        uint256 held = token.balanceOf(to);
        Seen[] memory seen = _look(id);
        _frame(id.owner(), data, refusals);
        withdrawn += amount;
        assertEq(token.balanceOf(to), held + amount, "AUTH-1: the payee got what was asked for");
        _expectFlow(seen, id, -int256(amount));
        _checkFrame(seen);
    }

    /// @notice Settles any accounts: nobody's equity changes by it, and nothing can refuse it.
    function touch(uint256 seed, uint256 howMany) external {
        AccountId[] memory list = new AccountId[](1 + (howMany % 5));
        for (uint256 i; i < list.length; ++i) {
            list[i] = _openAt(uint256(keccak256(abi.encode(seed, i))));
        }
        Seen[] memory seen = _look(list);
        _frame(_traderAt(seed), abi.encodeCall(IClearinghouse.touch, (list)), "");
        _checkBystanders(seen);
        for (uint256 i; i < seen.length; ++i) {
            if (!seen[i].touched) continue;
            Assessment memory a = house.assess(seen[i].id);
            assertEq(a.equity, seen[i].assessed.equity, "FUND-1: settling changed an account's equity");
        }
    }

    function cancelNonces(uint256 seed, uint64 nonce, bool stranger) external {
        if (lastNonce == 0) vm.assume(false);
        AccountId id = _idAt(seed);
        nonce = uint64(bound(nonce, 1, lastNonce));
        if (pool.length != 0 && seed % 2 == 0) {
            Order memory order = pool[seed % pool.length].order;
            (id, nonce) = (order.account, order.nonce);
        }
        bytes memory data = abi.encodeCall(IClearinghouse.cancelNonces, (id, nonce >> 7, uint128(1) << (nonce & 127)));
        if (stranger) return _mustBePermitted(id, data);
        _frame(id.owner(), data, "");
        cancelled[id][nonce] = true;
        (bool isCancelled, ) = house.nonceState(id, nonce);
        assertTrue(isCancelled, "AUTH-2: the nonce is cancelled");
    }

    function raiseEpoch(uint256 seed, bool stranger) external {
        AccountId id = _openAt(seed);
        uint32 epoch = house.accountOf(id).epoch();
        bytes memory data = abi.encodeCall(IClearinghouse.raiseEpoch, (id));
        if (stranger) return _mustBeOwners(id, data);
        _frame(id.owner(), data, "");
        assertEq(house.accountOf(id).epoch(), epoch + 1, "AUTH-2: the epoch is raised by one");
    }

    function _mustBeOwners(AccountId id, bytes memory data) internal {
        address stranger = id.owner() == traders[0] ? traders[1] : traders[0];
        bytes4 refusal = IClearinghouse.Clearinghouse_NotOwner.selector;
        _mustRefuse(stranger, data, refusal, "AUTH-1: a stranger acted for an owner");
    }

    function _mustBePermitted(AccountId id, bytes memory data) internal {
        address stranger = id.owner() == traders[0] ? traders[1] : traders[0];
        bytes4 refusal = IClearinghouse.Clearinghouse_NotPermitted.selector;
        _mustRefuse(stranger, data, refusal, "AUTH-1: a stranger acted as an operator");
    }

    /// @dev Without positions or debts.
    function _idleAt(uint256 seed) private view returns (AccountId id) {
        for (uint256 i; i < TRADERS * ACCOUNTS_EACH; ++i) {
            unchecked {
                id = _idAt(seed + i);
            }
            Account a = house.accountOf(id);
            bool idle = a.positions() == 0 && a.cash() >= 0 && !a.flagged();
            if (idle && _isOpen(id)) return id;
        }
        vm.assume(false);
    }
}
