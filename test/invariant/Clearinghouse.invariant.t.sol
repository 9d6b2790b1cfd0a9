// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {Account, Modes} from "../../contracts/types/Account.sol";
import {Instrument} from "../../contracts/instruments/Instrument.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {MarketState} from "../../contracts/types/MarketState.sol";
import {Position} from "../../contracts/types/Position.sol";
import {Books} from "../forge/Books.sol";
import {Test} from "../forge/Test.sol";
import {Venue} from "../forge/Venue.sol";
import {vm} from "../forge/Vm.sol";
import {MARKETS} from "./handlers/Campaign.sol";
import {Handlers} from "./handlers/Handlers.sol";

/// @notice The ledger's books after every call of the campaign. What one frame must not do is checked by the handlers,
/// which see the book before and after it.
abstract contract BooksTest is Test {
    /// @dev What the options of an expiry pay by, or zero.
    struct Settled {
        uint256 group;
        uint256 price;
    }

    /// @dev Sums over all accounts; lists go by market, the first at zero.
    struct Totals {
        int256 cash;
        int256 keeperDeposits;
        int256[] lots;
        uint256[] longs;
        /// @dev Sum of lots * index, less what settled options pay that nobody touched: what the pots are still owed,
        /// times 1e8. As sizes add to zero, prices cancel out.
        int256[] unsettled;
        uint256[] optionLongs;
        /// @dev Sum of lots times a number of each option's own: zero where every option's lots add to zero, and else
        /// not within the life of this universe.
        int256 options;
        Settled[] settled;
    }

    Venue private venue;
    IClearinghouse private house;
    Handlers private handlers;

    function setUp() public {
        vm.warp(1_700_000_000);
        vm.roll(1_000);
        venue = new Venue();
        house = venue.clearinghouse();
        handlers = new Handlers(venue);
        venue.manager().grantRole(0, address(handlers), 0);
        venue.sequencerFeed().transferOwnership(address(handlers));
        handlers.beginOptions();
        _target(address(handlers), _rotated(handlers.selectors()));
        _targetSender(address(this));
    }

    /// @dev Forge draws the same numbers for every campaign. Another order of the handlers makes another campaign of
    /// them, and two of them run beside each other.
    function _shift() internal pure virtual returns (uint256);

    function _rotated(bytes4[] memory list) private pure returns (bytes4[] memory rotated) {
        rotated = new bytes4[](list.length);
        for (uint256 i; i < list.length; ++i) rotated[i] = list[(i + _shift()) % list.length];
    }

    /// @notice At the end of each run: every nonce there was, and that the slots read are the ledger's.
    function afterInvariant() public view {
        handlers.checkNonces();
        AccountId[] memory ids = handlers.everyone();
        for (uint256 i; i < ids.length; ++i) {
            Account a = Books.account(address(house), ids[i]);
            assertEq(Account.unwrap(a), Account.unwrap(house.accountOf(ids[i])), "LEDGER-2: the books are elsewhere");
            Position[] memory list = Books.positions(address(house), ids[i], a);
            bytes32 told = keccak256(abi.encode(house.positionsOf(ids[i])));
            assertEq(keccak256(abi.encode(list)), told, "LEDGER-1: the positions are elsewhere");
            (uint256 locked, ) = house.lockedOf(ids[i]);
            assertEq(Books.lock(address(house), ids[i]).amount(), locked, "RISK-1: the locks are elsewhere");
        }
        for (uint16 u = 1; u <= MARKETS; ++u) {
            MarketState memory state = house.marketState(u);
            MarketState memory read = Books.market(address(house), u);
            assertEq(read.pot, state.pot, "FUND-1: the pots are elsewhere");
            assertEq(read.openInterest, state.openInterest, "LEDGER-1: the open interest is elsewhere");
            uint64 options = Books.optionInterest(address(house), u);
            assertEq(options, house.optionInterest(u), "LEDGER-1: options' open interest is elsewhere");
        }
    }

    /// @dev One function, so that Forge runs one campaign and asks everything after each of its calls.
    function invariant_booksBalance() public view {
        Totals memory totals;
        (totals.lots, totals.unsettled) = (new int256[](MARKETS), new int256[](MARKETS));
        totals.settled = new Settled[](16);
        (totals.longs, totals.optionLongs) = (new uint256[](MARKETS), new uint256[](MARKETS));
        AccountId[] memory ids = handlers.everyone();
        for (uint256 i; i < ids.length; ++i) _addAccount(totals, ids[i]);
        int256 total = totals.cash + totals.keeperDeposits;
        for (uint16 i; i < MARKETS; ++i) total += _checkMarket(totals, i);
        int256 held = int256(venue.token().balanceOf(address(house))) * 1e12;
        assertEq(held, total, "LEDGER-2: tokens held are cash, keeper deposits and pots");
        int256 net = (int256(handlers.deposited()) - int256(handlers.withdrawn())) * 1e12;
        assertEq(total, net, "LEDGER-3: all there is was deposited and not withdrawn");
        assertEq(totals.options, 0, "LEDGER-1: an option's sizes add to zero");
        assertFalse(house.frameOpen(), "LEDGER-2: a frame stays open");
    }

    /// @dev A pot owes the winners who have not settled exactly what the losers paid in or still owe, and keeps the
    /// fraction of a wei that each settlement is rounded by.
    function _checkMarket(Totals memory totals, uint16 at) private view returns (int256 pot) {
        MarketState memory state = Books.market(address(house), at + 1);
        pot = state.pot;
        assertEq(totals.lots[at], 0, "LEDGER-1: sizes add to zero");
        assertEq(totals.longs[at], state.openInterest, "LEDGER-1: open interest is the sum of longs");
        uint64 options = Books.optionInterest(address(house), at + 1);
        assertEq(totals.optionLongs[at], options, "LEDGER-1: options' open interest is the sum of longs");
        int256 dust = pot * 1e8 + totals.unsettled[at];
        assertGe(dust, 0, "FUND-1: the pot owes more than it will be paid");
        assertLe(dust, 1e6 * 1e8, "FUND-1: the pot keeps more than rounding");
    }

    function _addAccount(Totals memory totals, AccountId id) private view {
        Account a = Books.account(address(house), id);
        totals.cash += a.cash();
        totals.keeperDeposits += int256(uint256(a.keeperDeposit())) * 1e12;
        uint256 count = a.positions();
        if (a.mode() == Modes.ISOLATED) assertLe(count, 1, "RISK-1: an isolated account holds one instrument");
        if (a.mode() == Modes.NONE) assertEq(a.cash() + int256(count), 0, "LEDGER-2: a closed account holds something");
        if (a.locked()) handlers.checkLockOf(id);
        if (count == 0) {
            assertEq(a.keeperDeposit(), 0, "LEDGER-2: a deposit is kept for no position");
            return;
        }
        Position[] memory list = Books.positions(address(house), id, a);
        assertFalse(_anyTwice(list), "LEDGER-1: an instrument is stored twice");
        for (uint256 i; i < count; ++i) {
            Position p = list[i];
            assertTrue(p.lots() != 0, "LEDGER-1: an empty position is stored");
            if (p.isOption()) _addOption(totals, p);
            else _addPerp(totals, p);
        }
    }

    /// @dev Each is compared only with those that share a bit of its with it: mostly none.
    function _anyTwice(Position[] memory list) private pure returns (bool) {
        uint256 bits;
        for (uint256 i; i < list.length; ++i) {
            uint256 id = Instrument.unwrap(list[i].instrument());
            uint256 bit = 1 << (id % 251);
            if (bits & bit != 0) {
                for (uint256 j; j < i; ++j) if (Instrument.unwrap(list[j].instrument()) == id) return true;
            }
            bits |= bit;
        }
        return false;
    }

    function _addPerp(Totals memory totals, Position p) private pure {
        (uint256 at, int256 lots) = (p.underlying() - 1, p.lots());
        totals.lots[at] += lots;
        if (lots > 0) totals.longs[at] += uint256(lots);
        totals.unsettled[at] += lots * p.index();
    }

    /// @dev Of a settled expiry one side may have been paid and the other not: there the pot is what both come to.
    /// @dev Many options share an expiry, and only its first is asked for.
    function _settledAt(Totals memory totals, Position p) private view returns (uint256 price) {
        (Settled[] memory list, uint256 group) = (totals.settled, p.group());
        uint256 i;
        for (; i < list.length && list[i].group != 0; ++i) if (list[i].group == group) return list[i].price;
        price = handlers.settledAt(p.underlying(), p.expiresAt());
        if (i < list.length) list[i] = Settled(group, price);
    }

    function _addOption(Totals memory totals, Position p) private view {
        (uint256 at, int256 lots) = (p.underlying() - 1, p.lots());
        if (lots > 0) totals.optionLongs[at] += uint256(lots);
        uint256 price = _settledAt(totals, p);
        if (price == 0) {
            unchecked {
                totals.options += lots * int256(uint256(keccak256(abi.encode(p.instrument()))));
            }
            return;
        }
        (uint256 more, uint256 less) = p.isCall() ? (price, p.strike()) : (p.strike(), price);
        if (more > less) totals.unsettled[at] -= lots * int256(more - less);
    }
}

contract FirstCampaignTest is BooksTest {
    function _shift() internal pure override returns (uint256) {
        return 0;
    }
}

contract SecondCampaignTest is BooksTest {
    function _shift() internal pure override returns (uint256) {
        return 37;
    }
}
