// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {Account, Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Desk} from "../forge/Desk.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Calls the ledger as often as it is told to, in one transaction.
contract Caller {
    function run(address house, bytes[] calldata calls) external {
        for (uint256 i; i < calls.length; ++i) {
            (bool ok, bytes memory result) = house.call(calls[i]);
            if (ok) continue;
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}

/// @notice Transient storage outlives a frame: where an account stood in the last one must not mislead the next.
contract FramesTest is Desk {
    uint256 private constant ACCOUNTS = 6;

    Caller private caller;
    AccountId[] private ids;

    function setUp() public {
        _newVenue();
        caller = new Caller();
        token.mint(address(caller), 1e18);
        vm.prank(address(caller));
        token.approve(address(house), type(uint256).max);
        for (uint96 i; i < ACCOUNTS; ++i) {
            vm.prank(address(caller));
            ids.push(house.openAccount(i, Modes.CROSS));
        }
    }

    /// @dev Many frames in one transaction, each over a few accounts in any order. What a plain sum says is what is
    /// there.
    function testFuzz_staleHints(uint256 seed) public {
        int256[ACCOUNTS] memory expected;
        bytes[] memory calls = new bytes[](16);
        for (uint256 i; i < calls.length; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            calls[i] = dice % 3 == 0 ? _touch(dice) : _moves(dice, expected);
        }
        caller.run(address(house), calls);
        for (uint256 i; i < ACCOUNTS; ++i) {
            assertEq(house.accountOf(ids[i]).cash(), expected[i] * 1e12, "LEDGER-2: a stale hint misled a frame");
        }
    }

    /// @dev A frame that ended in a revert leaves no hint behind, nor the lock.
    function testFuzz_afterARevert(uint256 seed) public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = _touch(seed);
        calls[1] = abi.encodeCall(IClearinghouse.withdraw, (ids[seed % ACCOUNTS], 1, address(this)));
        vm.expectPartialRevert(IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector);
        caller.run(address(house), calls);
        assertFalse(house.frameOpen(), "LEDGER-2: the lock was left");
        int256[ACCOUNTS] memory expected;
        calls[1] = _moves(seed, expected);
        caller.run(address(house), calls);
        for (uint256 i; i < ACCOUNTS; ++i) {
            assertEq(house.accountOf(ids[i]).cash(), expected[i] * 1e12, "LEDGER-2: a stale hint misled a frame");
        }
    }

    /// @dev The lock's own transient slot, taken for an account: nobody can open that account, so nothing ever writes
    /// it.
    function test_lockIsNoAccount() public {
        AccountId id = AccountId.wrap(uint256(keccak256("plimsoll.frame")));
        bytes memory refusal = abi.encodeWithSelector(IClearinghouse.Clearinghouse_AccountNotOpen.selector, id);
        vm.expectRevert(refusal);
        house.deposit(id, 1);
        AccountId[] memory list = new AccountId[](1);
        list[0] = id;
        house.touch(list);
        assertEq(Account.unwrap(house.accountOf(id)), 0, "LEDGER-2: a touch wrote to an account that is not open");
        assertFalse(house.frameOpen(), "LEDGER-2: the lock was left");
    }

    function test_unknownSelector() public {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(IClearinghouse.flag, (ids[0], ids[1]));
        vm.expectRevert(
            abi.encodeWithSelector(IClearinghouse.Clearinghouse_UnknownSelector.selector, IClearinghouse.flag.selector)
        );
        house.execute(calls);
    }

    function _touch(uint256 dice) private view returns (bytes memory) {
        AccountId[] memory list = new AccountId[](1 + (dice % ACCOUNTS));
        for (uint256 i; i < list.length; ++i) list[i] = ids[(dice >> (8 * i)) % ACCOUNTS];
        return abi.encodeCall(IClearinghouse.touch, (list));
    }

    /// @dev Deposits and withdrawals over random accounts in one frame, none of them below zero at its end.
    function _moves(uint256 dice, int256[ACCOUNTS] memory expected) private view returns (bytes memory) {
        bytes[] memory moves = new bytes[](1 + (dice % 5));
        for (uint256 i; i < moves.length; ++i) {
            uint256 at = (dice >> (16 + 8 * i)) % ACCOUNTS;
            uint256 amount = 1 + ((dice >> (64 + 16 * i)) % 1e6);
            bool out = (dice >> i) & 1 == 1 && int256(amount) <= expected[at];
            expected[at] += out ? -int256(amount) : int256(amount);
            moves[i] =
                out
                    ? abi.encodeCall(IClearinghouse.withdraw, (ids[at], amount, address(caller)))
                    : abi.encodeCall(IClearinghouse.deposit, (ids[at], amount));
        }
        return abi.encodeCall(IClearinghouse.execute, (moves));
    }
}
