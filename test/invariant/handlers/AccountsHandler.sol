// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse, Permit} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Mode, Modes} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment} from "../../../contracts/types/Market.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {NonceModel} from "./NonceModel.sol";

/// @notice Owners opening, closing, funding and switching their accounts, and strangers trying to.
abstract contract AccountsHandler is NonceModel {
    uint256 private constant MOST_LOOKED_AT = 4;
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    function openAccount(uint256 traderSeed, uint256 indexSeed, uint8 modeSeed) external {
        uint256 first = FIRST + (traderSeed % TRADERS) * ACCOUNTS_EACH;
        AccountId id = ids[first + (indexSeed % ACCOUNTS_EACH)];
        // Once in four times whatever the index says, even if it is open.
        for (uint256 i; i < ACCOUNTS_EACH && indexSeed % 4 != 0 && _isOpen(id); ++i) id = ids[first + i];
        bytes memory data = abi.encodeCall(IClearinghouse.openAccount, (id.index(), _modeAt(modeSeed)));
        bytes4 refusal = IClearinghouse.Clearinghouse_AccountAlreadyOpen.selector;
        if (_isOpen(id)) return _mustRefuseNow(id.owner(), data, refusal, "AUTH-2: reopened");
        Watch memory w = _watch(id);
        _frame(id.owner(), data, "");
        _checkFrame(w);
    }

    /// @notice Withdraws all that an account without positions has and closes it, in one frame. Of locked proceeds
    /// nothing may leave by that.
    function closeAccount(uint256 seed) external {
        AccountId id = _idleAt(seed);
        uint32 epoch = _account(id).epoch();
        // What settlement left behind as a keeper deposit comes back with this.
        uint256 amount = uint256(int256(_account(id).cash())) / 1e12 + _account(id).keeperDeposit();
        bytes[] memory calls = new bytes[](amount == 0 ? 1 : 2);
        if (amount != 0) calls[0] = abi.encodeCall(IClearinghouse.withdraw, (id, amount, id.owner()));
        calls[calls.length - 1] = abi.encodeCall(IClearinghouse.closeAccount, (id));
        bytes memory data = abi.encodeCall(IClearinghouse.execute, (calls));
        Watch memory w = _watch(id);
        // Of less than a unit of the token as well.
        if (_locked(w, id) != 0 && _account(id).cash() > 0) {
            bytes4 refusal = IClearinghouse.Clearinghouse_ProceedsStillLocked.selector;
            return _mustRefuseNow(id.owner(), data, refusal, "RISK-1: locked proceeds left with their account");
        }
        _frame(id.owner(), data, "");
        withdrawn += amount;
        _checkBystanders(w);
        _checkLock(w, id, _account(id), 0);
        assertFalse(_isOpen(id), "AUTH-2: the account is closed");
        assertEq(_account(id).epoch(), epoch + 1, "AUTH-2: closing raises the epoch");
    }

    function setMode(uint256 seed, uint8 modeSeed) external {
        AccountId id = _openAt(seed);
        bytes memory data = abi.encodeCall(IClearinghouse.setMode, (id, _modeAt(modeSeed)));
        bytes memory refusals = bytes.concat(_judgements(), IClearinghouse.Clearinghouse_AccountFlagged.selector);
        _mend(seed);
        Watch memory w = _watch(id);
        _frame(id.owner(), data, refusals);
        _checkFrame(w);
        Assessment memory a = _assessed(w, id);
        int256 free = a.equityForInitial - int256(_locked(w, id));
        assertGe(free, int256(a.initialMargin), "RISK-1: a mode was changed below initial margin");
    }

    /// @notice Whoever pays, whatever the prices: an open account takes a deposit.
    function deposit(uint256 seed, uint256 payerSeed, uint256 amount) external {
        AccountId id = _openAt(seed);
        amount = bound(amount, 1, 30_000e6);
        address payer = _traderAt(payerSeed);
        token.mint(payer, amount);
        _deposit(id, payer, amount, abi.encodeCall(IClearinghouse.deposit, (id, amount)));
    }

    /// @notice Whoever is in auction is given enough to leave it, perhaps.
    function rescue(uint256 seed, uint256 amount) external {
        AccountId id = _flaggedAt(seed);
        amount = bound(amount, 1_000e6, 60_000e6);
        address payer = _traderAt(seed);
        token.mint(payer, amount);
        _deposit(id, payer, amount, abi.encodeCall(IClearinghouse.deposit, (id, amount)));
    }

    /// @notice With a permit instead of an approval, which somebody may have used up first.
    function depositWithPermit(uint256 seed, uint256 payerSeed, uint256 amount, uint8 how) external {
        AccountId id = _openAt(seed);
        // A contract has no key that the token knows.
        address payer = traders[payerSeed % (TRADERS - 1)];
        amount = bound(amount, 1, 30_000e6);
        token.mint(payer, amount);
        vm.prank(payer);
        token.approve(address(house), how % 8 == 1 ? amount - 1 : 0);
        Permit memory permit = _permit(payer, amount, block.timestamp + (how % 8 == 2 ? 0 : 1 hours));
        if (how % 4 == 3) {
            token.permit(payer, address(house), amount, permit.deadline, permit.v, permit.r, permit.s);
        }
        bytes memory data = abi.encodeCall(IClearinghouse.depositWithPermit, (id, amount, permit));
        if (how % 8 == 1) {
            // Of another amount, so another message: neither the permit nor the allowance is enough.
            permit.v ^= 1;
            data = abi.encodeCall(IClearinghouse.depositWithPermit, (id, amount, permit));
            vm.prank(payer);
            (bool ok, ) = address(house).call(data);
            assertFalse(ok, "AUTH-1: tokens were taken without consent");
            _approveAgain(payer);
            vm.assume(false);
        }
        _deposit(id, payer, amount, data);
        assertEq(token.allowance(payer, address(house)), 0, "AUTH-1: the permit is used up");
        _approveAgain(payer);
    }

    function withdraw(uint256 seed, uint256 amount, uint256 toSeed) external {
        AccountId id = _openAt(seed);
        int256 cash = _account(id).cash();
        if (cash < 1e12) vm.assume(false);
        amount = bound(amount, 1, amount % 4 == 0 ? uint256(cash) / 1e12 + 1 : uint256(cash) / 4e12 + 1);
        _mend(amount);
        _withdraw(_watch(id), id.owner(), amount, _traderAt(toSeed));
    }

    /// @notice Settles any accounts: nobody's equity changes by it, and nothing can refuse it. One that is not open is
    /// passed over.
    function touch(uint256 seed, uint256 howMany) external {
        AccountId[] memory list = new AccountId[](1 + (howMany % 4));
        for (uint256 i; i < list.length; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            list[i] = dice % 8 == 0 ? ids[FIRST + ((dice >> 8) % SEATS)] : _openAt(dice);
        }
        Watch memory w = _watch(list);
        _frame(_traderAt(seed), abi.encodeCall(IClearinghouse.touch, (list)), "");
        _checkBystanders(w);
        for (uint256 i; i < list.length; ++i) {
            if (!_isOpen(list[i])) {
                uint256 before = Account.unwrap(w.seen[i].before);
                assertEq(Account.unwrap(_account(list[i])), before, "AUTH-1: a touch wrote to what is not open");
                continue;
            }
            _checkTouched(w, _of(w, list[i]));
            Assessment memory a = house.assess(list[i]);
            Assessment memory b = _assessed(w, list[i]);
            assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)), "RISK-1: the view judges otherwise");
        }
    }

    function raiseEpoch(uint256 seed) external {
        AccountId id = _openAt(seed);
        uint32 epoch = _account(id).epoch();
        Watch memory w = _watch(id);
        _frame(id.owner(), abi.encodeCall(IClearinghouse.raiseEpoch, (id)), "");
        _checkFrame(w);
        assertEq(_account(id).epoch(), epoch + 1, "AUTH-2: the epoch is raised by one");
    }

    /// @notice What only an owner may do, tried by somebody else.
    function trespass(uint256 seed, uint8 what, uint64 amount) external {
        AccountId id = _openAt(seed);
        address stranger = _stranger(id);
        bytes memory data;
        bytes4 refusal = IClearinghouse.Clearinghouse_NotOwner.selector;
        if (what % 7 == 0) data = abi.encodeCall(IClearinghouse.closeAccount, (id));
        else if (what % 7 == 1) data = abi.encodeCall(IClearinghouse.setMode, (id, Modes.CROSS));
        else if (what % 7 == 2) data = abi.encodeCall(IClearinghouse.withdraw, (id, uint256(amount) + 1, stranger));
        else if (what % 7 == 3) data = abi.encodeCall(IClearinghouse.raiseEpoch, (id));
        else if (what % 7 == 4) {
            data = abi.encodeCall(IClearinghouse.setOperator, (id, stranger, 15, type(uint40).max));
        } else if (what % 7 == 5) {
            data = abi.encodeCall(IClearinghouse.withdraw, (id, uint256(amount) + 1, id.owner()));
            refusal = IClearinghouse.Clearinghouse_NotPermitted.selector;
        } else {
            data = abi.encodeCall(IClearinghouse.cancelNonces, (id, amount, type(uint128).max));
            refusal = IClearinghouse.Clearinghouse_NotPermitted.selector;
        }
        if (amount % 2 == 0) {
            bytes[] memory calls = new bytes[](1);
            calls[0] = data;
            data = abi.encodeCall(IClearinghouse.execute, (calls));
        }
        _mustRefuse(stranger, data, refusal, "AUTH-1: a stranger acted for an owner");
    }

    // ------------------------------------------------------------------ parts

    function _deposit(AccountId id, address payer, uint256 amount, bytes memory data) private {
        Watch memory w = _watch(id);
        (bool ok, ) = _call(payer, address(house), data);
        assertTrue(ok, "ORAC-1: a deposit was refused");
        deposited += amount;
        _expectFlow(w, id, int256(amount));
        _checkFrame(w);
    }

    /// @dev Of the one account that is watched.
    function _withdraw(Watch memory w, address caller, uint256 amount, address to) internal {
        AccountId id = w.seen[0].id;
        uint256 held = token.balanceOf(to);
        _frame(caller, abi.encodeCall(IClearinghouse.withdraw, (id, amount, to)), _reluctances());
        withdrawn += amount;
        assertEq(token.balanceOf(to), held + amount, "AUTH-1: the payee got what was asked for");
        _expectFlow(w, id, -int256(amount));
        _checkFrame(w);
    }

    /// @dev What may keep a withdrawal from passing.
    function _reluctances() private pure returns (bytes memory) {
        return
            bytes.concat(
                IClearinghouse.Clearinghouse_BeyondFreeCollateral.selector,
                IClearinghouse.Clearinghouse_PriceNotFresh.selector,
                IClearinghouse.Option_SurfaceNotFresh.selector
            );
    }

    /// @notice An owner who withdraws what is free, but for a hundredth, is the quickest way to an account that the
    /// next move takes below initial margin.
    function _withdrawFree(Watch memory w, AccountId id) internal {
        _look(w, id, id);
        Seen memory s = w.seen[0];
        Assessment memory was = _was(w, s);
        int256 free = was.equityForInitial - int256(was.initialMargin) - int256(_locked(w, id));
        if (s.before.cash() < free) free = s.before.cash();
        uint256 amount = free < 0 ? 0 : (uint256(free) * 99) / 100e12;
        if (amount == 0) return;
        _frame(id.owner(), abi.encodeCall(IClearinghouse.withdraw, (id, amount, id.owner())), _reluctances());
        withdrawn += amount;
        _checkPrepared(w);
    }

    /// @dev Of a few from `seed` on, the vault's own among them, whoever has least for what it holds. Models are dear,
    /// and would say of most accounts that they are far from below.
    /// @return thinnest that account.
    /// @return least what it has, as a part of what it holds (Wad).
    function _thinnestAt(
        Watch memory w,
        uint256 seed,
        bool plain
    ) internal view returns (AccountId thinnest, int256 least) {
        uint256 n = ids.length - FIRST;
        uint256 looked;
        least = type(int256).max;
        for (uint256 i; i < n && looked < MOST_LOOKED_AT; ++i) {
            AccountId id = ids[FIRST + addmod(seed, i, n)];
            Account a = _account(id);
            if (a.positions() == 0 && a.cash() >= 0) continue;
            if (plain && a.packed() != 0) continue;
            ++looked;
            Position[] memory list = _positions(id);
            int256 means = (_money(w, a, list) * int256(WAD)) / int256(_exposure(w, list));
            if (means < least) (thinnest, least) = (id, means);
        }
        if (looked == 0) vm.assume(false);
    }

    /// @dev What perpetuals and half of what options sold are on, USD Wad, and a wei.
    function _exposure(Watch memory w, Position[] memory list) private view returns (uint256 sum) {
        for (uint256 i; i < list.length; ++i) {
            if (list[i].isOption() && list[i].lots() > 0) continue;
            uint256 size = FixedPoint.abs(list[i].lots());
            sum += (size * _market(w, list[i].underlying()).spot) / (list[i].isOption() ? 2 : 1);
        }
        sum = sum / FixedPoint.LOTS + 1;
    }

    function _permit(address payer, uint256 amount, uint256 deadline) private view returns (Permit memory p) {
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPEHASH, payer, address(house), amount, token.nonces(payer), deadline)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", _domain("Mock Dollar", address(token)), structHash));
        p.deadline = deadline;
        (p.v, p.r, p.s) = vm.sign(keyOf[payer], digest);
    }

    function _approveAgain(address payer) private {
        vm.prank(payer);
        token.approve(address(house), type(uint256).max);
    }

    function _modeAt(uint8 seed) private pure returns (Mode) {
        return Mode.wrap(1 + (seed % 3));
    }

    /// @dev Without positions or debts.
    function _idleAt(uint256 seed) private view returns (AccountId id) {
        for (uint256 i; i < SEATS; ++i) {
            id = ids[FIRST + addmod(seed, i, SEATS)];
            Account a = _account(id);
            if (a.mode() != Modes.NONE && a.positions() == 0 && a.cash() >= 0 && !a.flagged()) return id;
        }
        vm.assume(false);
    }
}
