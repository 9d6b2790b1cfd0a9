// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPriceOracle} from "../../../contracts/interfaces/IPriceOracle.sol";
import {ILiquidationAuction} from "../../../contracts/interfaces/ILiquidationAuction.sol";
import {IVault} from "../../forge/Built.sol";
import {Instrument} from "../../../contracts/instruments/Instrument.sol";
import {IMarginModel} from "../../../contracts/interfaces/IMarginModel.sol";
import {Account, Mode, Modes} from "../../../contracts/types/Account.sol";
import {AccountId, AccountIdLibrary} from "../../../contracts/types/AccountId.sol";
import {PriceStatus} from "../../../contracts/types/Market.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Books} from "../../forge/Books.sol";
import {Desk} from "../../forge/Desk.sol";
import {Venue} from "../../forge/Venue.sol";
import {vm} from "../../forge/Vm.sol";

/// @dev Markets of the venue that are traded, under the ids from 1 on.
uint16 constant MARKETS = 3;

/// @notice What every handler shares: the cast, a diary of what was deposited and withdrawn, and how the ledger is
/// called.
/// @dev A call that cannot do what it came for is discarded (vm.assume), be it that the ledger refused it with an error
/// its handler expects. Forge counts such calls apart, and the table of useful calls is made of that. Any other revert,
/// a panic above all, fails the campaign.
abstract contract Campaign is Desk {
    uint256 internal constant TRADERS = 4;
    uint96 internal constant ACCOUNTS_EACH = 4;
    /// @dev Where the traders' accounts begin in `ids`.
    uint256 internal constant FIRST = 3;
    uint256 internal constant SEATS = TRADERS * ACCOUNTS_EACH;
    uint256 internal constant OPERATORS = 2;
    /// @dev Positions that an account of the campaign may come to hold, more than any does.
    uint256 internal constant PLACES = 48;
    /// @dev EIP-7825.
    uint256 internal constant TRANSACTION_GAS = 16_777_216;
    /// @dev 1e-6 USD.
    uint256 internal constant KEEPER_DEPOSIT = 10e6;
    uint256 internal constant WAD = 1e18;

    /// @notice Every account of the campaign, opened or not: the backstop vault's, the keeper's two, the traders', and
    /// then those the vault took over into.
    AccountId[] public ids;
    address[] internal traders;
    address[] internal operators;
    address internal keeper;
    /// @dev By mode, as governance registered them last.
    mapping(Mode mode => IMarginModel) internal models;

    IPriceOracle internal oracle;
    IVault internal vault;
    ILiquidationAuction internal auction;

    /// @notice In units of the settlement token, through any door of the ledger.
    uint256 public deposited;
    uint256 public withdrawn;

    /// @dev Whose slot of the ledger it is: a place in `ids`, and one.
    mapping(bytes32 slot => uint256) internal ownerOfSlot;

    function everyone() external view returns (AccountId[] memory) {
        return ids;
    }

    // ------------------------------------------------------------------ the cast

    function _gather(Venue venue_) internal {
        _join(venue_);
        (oracle, vault, auction) = (venue.priceOracle(), venue.vault(), venue.auction());
        models[Modes.ISOLATED] = house.modelOf(Modes.ISOLATED);
        models[Modes.CROSS] = house.modelOf(Modes.CROSS);
        models[Modes.PORTFOLIO] = house.modelOf(Modes.PORTFOLIO);
        _enter(house.vaultAccount());
        keeper = _trader("keeper");
        _enter(AccountIdLibrary.make(keeper, 0));
        _enter(AccountIdLibrary.make(keeper, 1));
        for (uint256 i; i < TRADERS; ++i) {
            string memory name = string.concat("trader ", vm.toString(i));
            // The last is a contract.
            address trader = i == TRADERS - 1 ? _walletTrader(name) : _trader(name);
            traders.push(trader);
            for (uint96 j; j < ACCOUNTS_EACH; ++j) _enter(AccountIdLibrary.make(trader, j));
        }
        for (uint256 i; i < OPERATORS; ++i) operators.push(_trader(string.concat("operator ", vm.toString(i))));
    }

    /// @notice Takes an account into the books of the campaign.
    function _enter(AccountId id) internal {
        ids.push(id);
        uint256 place = ids.length;
        ownerOfSlot[bytes32(Books.accountSlot(id))] = place;
        ownerOfSlot[bytes32(Books.lockSlot(id))] = place;
        uint256 first = Books.wholeSlot(id);
        for (uint256 i; i < MARKETS; ++i) ownerOfSlot[bytes32(first + i)] = place;
        first = Books.pairSlot(id);
        for (uint256 i; 2 * i < PLACES; ++i) ownerOfSlot[bytes32(first + i)] = place;
    }

    function _traderAt(uint256 seed) internal view returns (address) {
        return traders[seed % TRADERS];
    }

    /// @notice One of the traders' accounts.
    function _idAt(uint256 seed) internal view returns (AccountId) {
        return ids[FIRST + (seed % SEATS)];
    }

    /// @notice The first open account of the traders' from `seed` on.
    function _openAt(uint256 seed) internal view returns (AccountId id) {
        for (uint256 i; i < SEATS; ++i) {
            id = ids[FIRST + addmod(seed, i, SEATS)];
            if (_isOpen(id)) return id;
        }
        vm.assume(false);
    }

    function _twoAt(uint256 seedA, uint256 seedB) internal view returns (AccountId a, AccountId b) {
        a = _openAt(seedA);
        b = _openAt(seedB);
        for (uint256 i = 1; a == b; ++i) b = _openAt((seedB % 1e9) + i);
    }

    /// @notice The first account from `seed` on, the vault's own among them, that is flagged.
    function _findFlagged(uint256 seed) internal view returns (bool, AccountId id) {
        uint256 n = ids.length - FIRST;
        for (uint256 i; i < n; ++i) {
            id = ids[FIRST + addmod(seed, i, n)];
            if (_account(id).flagged()) return (true, id);
        }
        return (false, id);
    }

    function _flaggedAt(uint256 seed) internal view returns (AccountId id) {
        bool found;
        (found, id) = _findFlagged(seed);
        if (!found) vm.assume(false);
    }

    /// @notice The first account from `seed` on whose perpetual has the sign of `side`, but for `except`.
    function _holderAt(uint256 seed, uint16 u, int256 side, AccountId except) internal view returns (AccountId id) {
        uint256 n = FIRST - 1 + SEATS;
        for (uint256 i; i < n; ++i) {
            id = ids[1 + addmod(seed, i, n)];
            if (id != except && _held(id, u) * side > 0) return id;
        }
        vm.assume(false);
    }

    function _stranger(AccountId id) internal view returns (address) {
        return id.owner() == traders[0] ? traders[1] : traders[0];
    }

    function _marketAt(uint256 seed) internal pure returns (uint16) {
        return uint16(1 + (seed % MARKETS));
    }

    // ------------------------------------------------------------------ the ledger's books

    function _account(AccountId id) internal view returns (Account) {
        return Books.account(address(house), id);
    }

    function _isOpen(AccountId id) internal view returns (bool) {
        return _account(id).mode() != Modes.NONE;
    }

    function _positions(AccountId id) internal view returns (Position[] memory) {
        return Books.positions(address(house), id, _account(id));
    }

    /// @notice Lots of the perpetual.
    function _held(AccountId id, uint16 u) internal view returns (int256) {
        return _lotsIn(_positions(id), u);
    }

    function _lotsIn(Position[] memory list, uint16 u) internal pure returns (int256) {
        for (uint256 i; i < list.length; ++i) {
            if (list[i].underlying() == u && !list[i].isOption()) return list[i].lots();
        }
        return 0;
    }

    function _lotsOf(Position[] memory list, Instrument id) internal pure returns (int256) {
        for (uint256 i; i < list.length; ++i) if (list[i].isOf(id)) return list[i].lots();
        return 0;
    }

    function _holdsOptions(Position[] memory list) internal pure returns (bool) {
        for (uint256 i; i < list.length; ++i) if (list[i].isOption()) return true;
        return false;
    }

    function _statusOf(uint16 u) internal view returns (PriceStatus status) {
        (, , , status) = oracle.read(u);
    }

    // ------------------------------------------------------------------ calls

    /// @notice Calls the ledger. A refusal by one of `refusals` (selectors, packed) discards the handler's call.
    function _frame(address sender, bytes memory data, bytes memory refusals) internal {
        (bool ok, bytes memory result) = _call(sender, address(house), data);
        if (!ok) _refused(result, refusals);
    }

    /// @notice The call whose writes are looked at next, and only its: recording is dear, and whoever reads what an
    /// earlier frame wrote takes that frame's accounts for bystanders of this one.
    function _call(address sender, address target, bytes memory data) internal returns (bool ok, bytes memory result) {
        vm.record();
        vm.prank(sender);
        (ok, result) = target.call(data);
        vm.stopRecord();
    }

    function _refused(bytes memory result, bytes memory refusals) internal pure {
        if (_among(bytes4(result), refusals)) vm.assume(false);
        _bubble(result);
    }

    /// @notice A call that must be refused, and by this error.
    function _mustRefuse(address sender, bytes memory data, bytes4 selector, string memory reason) internal {
        vm.prank(sender);
        (bool ok, bytes memory result) = address(house).call(data);
        assertFalse(ok, reason);
        if (bytes4(result) != selector) _bubble(result);
    }

    /// @notice The same of a call that came for something else, and is no use.
    function _mustRefuseNow(address sender, bytes memory data, bytes4 selector, string memory reason) internal {
        _mustRefuse(sender, data, selector, reason);
        vm.assume(false);
    }

    function _bubble(bytes memory result) internal pure {
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }

    function _among(bytes4 selector, bytes memory selectors) internal pure returns (bool) {
        for (uint256 i; i < selectors.length; i += 4) {
            bytes4 one;
            assembly ("memory-safe") {
                one := mload(add(add(selectors, 0x20), i))
            }
            if (one == selector) return true;
        }
        return false;
    }
}
