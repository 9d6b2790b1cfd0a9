// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clearinghouse} from "../../contracts/clearing/Clearinghouse.sol";
import {MarketState} from "../../contracts/interfaces/IClearinghouse.sol";
import {Account, Modes} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Position} from "../../contracts/types/Position.sol";
import {Test} from "../forge/Test.sol";
import {Venue} from "../forge/Venue.sol";
import {vm} from "../forge/Vm.sol";
import {MARKETS} from "./handlers/Campaign.sol";
import {Handlers} from "./handlers/Handlers.sol";

/// @notice The ledger's books after every call of the campaign. What one frame must not do is checked by the handlers,
/// which see the book before and after it.
contract ClearinghouseInvariantTest is Test {
    /// @dev Sums over all accounts; lists go by market, the first at zero.
    struct Totals {
        int256 cash;
        int256 keeperDeposits;
        int256[] lots;
        uint256[] longs;
        /// @dev Sum of lots * index: what the pots are still owed, times 1e8. As sizes add to zero, prices cancel out.
        int256[] unsettled;
    }

    Venue private venue;
    Clearinghouse private house;
    Handlers private handlers;

    function setUp() public {
        vm.warp(1_700_000_000);
        vm.roll(1_000);
        venue = new Venue();
        house = venue.clearinghouse();
        handlers = new Handlers(venue);
        venue.manager().grantRole(0, address(handlers), 0);
        _target(address(handlers), handlers.selectors());
        _targetSender(address(this));
    }

    /// @dev One function, so that Forge runs one campaign and asks everything after each of its calls.
    function invariant_booksBalance() public view {
        Totals memory totals = Totals(0, 0, new int256[](MARKETS), new uint256[](MARKETS), new int256[](MARKETS));
        AccountId[] memory ids = handlers.everyone();
        for (uint256 i; i < ids.length; ++i) _addAccount(totals, ids[i]);
        int256 total = totals.cash + totals.keeperDeposits;
        for (uint16 i; i < MARKETS; ++i) total += _checkMarket(totals, i);
        int256 held = int256(venue.token().balanceOf(address(house))) * 1e12;
        assertEq(held, total, "LEDGER-2: tokens held are cash, keeper deposits and pots");
        int256 net = (int256(handlers.deposited()) - int256(handlers.withdrawn())) * 1e12;
        assertEq(total, net, "LEDGER-3: all there is was deposited and not withdrawn");
        assertFalse(house.frameOpen(), "LEDGER-2: a frame stays open");
    }

    /// @dev A pot owes the winners who have not settled exactly what the losers paid in or still owe, and keeps the
    /// fraction of a wei that each settlement is rounded by.
    function _checkMarket(Totals memory totals, uint16 at) private view returns (int256 pot) {
        MarketState memory state = house.marketState(at + 1);
        pot = state.pot;
        assertEq(totals.lots[at], 0, "LEDGER-1: sizes add to zero");
        assertEq(totals.longs[at], state.openInterest, "LEDGER-1: open interest is the sum of longs");
        int256 dust = pot * 1e8 + totals.unsettled[at];
        assertGe(dust, 0, "FUND-1: the pot owes more than it will be paid");
        assertLe(dust, 1e6 * 1e8, "FUND-1: the pot keeps more than rounding");
    }

    function _addAccount(Totals memory totals, AccountId id) private view {
        Account a = house.accountOf(id);
        totals.cash += a.cash();
        totals.keeperDeposits += int256(uint256(a.keeperDeposit())) * 1e12;
        uint256 count = a.positions();
        if (a.mode() == Modes.ISOLATED) assertLe(count, 1, "RISK-1: an isolated account holds one instrument");
        if (a.mode() == Modes.NONE) assertEq(a.cash() + int256(count), 0, "LEDGER-2: a closed account holds something");
        if (count == 0) {
            assertEq(a.keeperDeposit(), 0, "LEDGER-2: a deposit is kept for no position");
            return;
        }
        Position[] memory list = house.positionsOf(id);
        for (uint256 i; i < count; ++i) {
            int256 lots = list[i].lots();
            uint256 at = list[i].underlying() - 1;
            totals.lots[at] += lots;
            if (lots > 0) totals.longs[at] += uint256(lots);
            totals.unsettled[at] += lots * list[i].index();
            assertTrue(lots != 0, "LEDGER-1: an empty position is stored");
            for (uint256 j; j < i; ++j) {
                assertNotEq(at + 1, list[j].underlying(), "LEDGER-1: an instrument is stored twice");
            }
        }
    }
}
