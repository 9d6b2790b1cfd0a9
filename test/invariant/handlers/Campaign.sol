// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse, MarketParams} from "../../../contracts/interfaces/IClearinghouse.sol";
import {IMarginModel} from "../../../contracts/interfaces/IMarginModel.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account, Modes} from "../../../contracts/types/Account.sol";
import {AccountId, AccountIdLibrary} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../../contracts/types/Order.sol";
import {Desk} from "../../forge/Desk.sol";
import {vm} from "../../forge/Vm.sol";

/// @dev Markets of the venue, under the ids from 1 on.
uint16 constant MARKETS = 3;

/// @notice What every handler shares: the cast, a diary of what was deposited, withdrawn and filled, and the eyes that
/// look at the book before and after each frame.
/// @dev A call refused with an error its handler expects is discarded (vm.assume), so Forge's table of metrics counts
/// it apart; any other revert, a panic above all, fails the campaign.
abstract contract Campaign is Desk {
    using FixedPoint for uint256;

    /// @dev An account as it stood before a frame.
    struct Seen {
        AccountId id;
        bool touched;
        /// @dev Of the stored words: what a frame may not change in an account it does not touch.
        bytes32 stored;
        Assessment assessed;
        int256 cash;
        uint256 keeperDeposit;
        int256[MARKETS] lots;
        /// @dev What its fills should cost: fees, and the difference between mark and price. USD, Wad.
        uint256 fees;
        int256 edge;
        uint256 fills;
        /// @dev What flowed in and out in the settlement token, Wad.
        int256 flow;
    }

    uint256 internal constant TRADERS = 4;
    uint96 internal constant ACCOUNTS_EACH = 5;
    /// @dev EIP-7825.
    uint256 internal constant TRANSACTION_GAS = 16_777_216;
    uint256 internal constant PRICE_BAND_BPS = 100;
    /// @dev 1e-6 USD.
    uint256 internal constant KEEPER_DEPOSIT = 10e6;

    /// @notice Every account of the campaign, opened or not; the backstop vault's is the first, the keeper's the
    /// second.
    AccountId[] public ids;
    address[] internal traders;
    address internal keeper;

    /// @notice In units of the settlement token, through any door of the ledger.
    uint256 public deposited;
    uint256 public withdrawn;

    mapping(bytes32 digest => uint256 lots) internal filledOf;
    mapping(AccountId id => mapping(uint64 nonce => bytes32 digest)) internal nonceOwner;
    mapping(AccountId id => mapping(uint64 nonce => bool)) internal cancelled;
    SignedOrder[] internal pool;

    function everyone() external view returns (AccountId[] memory) {
        return ids;
    }

    // ------------------------------------------------------------------ the cast

    function _gather() internal {
        ids.push(house.vaultAccount());
        keeper = _trader("keeper");
        ids.push(AccountIdLibrary.make(keeper, 0));
        for (uint256 i; i < TRADERS; ++i) {
            address trader = _trader(string.concat("trader ", vm.toString(i)));
            traders.push(trader);
            for (uint96 j; j < ACCOUNTS_EACH; ++j) ids.push(AccountIdLibrary.make(trader, j));
        }
    }

    function _traderAt(uint256 seed) internal view returns (address) {
        return traders[seed % TRADERS];
    }

    /// @notice One of the traders' accounts.
    function _idAt(uint256 seed) internal view returns (AccountId) {
        return ids[2 + (seed % (ids.length - 2))];
    }

    /// @notice The first open account of the traders' from `seed` on.
    function _openAt(uint256 seed) internal view returns (AccountId id) {
        uint256 n = ids.length - 2;
        for (uint256 i; i < n; ++i) {
            id = ids[2 + (addmod(seed, i, n))];
            if (_isOpen(id)) return id;
        }
        vm.assume(false);
    }

    function _findFlagged(uint256 seed) internal view returns (bool, AccountId id) {
        uint256 n = ids.length - 2;
        for (uint256 i; i < n; ++i) {
            id = ids[2 + addmod(seed, i, n)];
            if (house.accountOf(id).flagged()) return (true, id);
        }
    }

    function _isOpen(AccountId id) internal view returns (bool) {
        return house.accountOf(id).mode() != Modes.NONE;
    }

    function _marketAt(uint256 seed) internal pure returns (uint16) {
        return uint16(1 + (seed % MARKETS));
    }

    function _statusOf(uint16 underlying) internal view returns (PriceStatus) {
        return house.marketOf(underlying).status;
    }

    /// @notice The worst status among the markets the account holds.
    function _worstStatus(AccountId id) internal view returns (PriceStatus worst) {
        worst = PriceStatus.Fresh;
        for (uint16 u = 1; u <= MARKETS; ++u) {
            if (_lotsOf(id, u) != 0 && _statusOf(u) < worst) worst = _statusOf(u);
        }
    }

    // ------------------------------------------------------------------ frames

    /// @notice Calls the ledger. A refusal by one of `refusals` (selectors, packed) discards the handler's call.
    function _frame(address sender, bytes memory data, bytes memory refusals) internal returns (uint256 gasUsed) {
        vm.prank(sender);
        uint256 before = gasleft();
        (bool ok, bytes memory result) = address(house).call(data);
        gasUsed = before - gasleft();
        if (!ok) _refused(result, refusals);
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

    /// @notice What the end of a frame may say of an account that trades, withdraws or changes its mode.
    function _judgements() internal pure returns (bytes memory) {
        return
            bytes.concat(
                IClearinghouse.Clearinghouse_BelowInitialMargin.selector,
                IClearinghouse.Clearinghouse_PriceNotFresh.selector,
                IClearinghouse.Clearinghouse_OpenInterestCap.selector,
                IClearinghouse.Clearinghouse_AccountInterestCap.selector,
                IMarginModel.MarginModel_TooManyPositions.selector
            );
    }

    // ------------------------------------------------------------------ before and after

    /// @notice The book before a frame that may touch the accounts of `touched`.
    function _look(AccountId[] memory touched) internal view returns (Seen[] memory seen) {
        seen = new Seen[](ids.length);
        for (uint256 i; i < seen.length; ++i) {
            Seen memory s = seen[i];
            s.id = ids[i];
            s.stored = _storedHash(s.id);
            s.cash = house.accountOf(s.id).cash();
            for (uint256 j; j < touched.length; ++j) if (touched[j] == s.id) s.touched = true;
            if (!s.touched || !_isOpen(s.id)) continue;
            s.assessed = house.assess(s.id);
            s.keeperDeposit = house.accountOf(s.id).keeperDeposit();
            for (uint16 u; u < MARKETS; ++u) s.lots[u] = _lotsOf(s.id, u + 1);
        }
    }

    function _look(AccountId a) internal view returns (Seen[] memory) {
        AccountId[] memory touched = new AccountId[](1);
        touched[0] = a;
        return _look(touched);
    }

    function _look(AccountId a, AccountId b) internal view returns (Seen[] memory) {
        AccountId[] memory touched = new AccountId[](2);
        (touched[0], touched[1]) = (a, b);
        return _look(touched);
    }

    function _storedHash(AccountId id) internal view returns (bytes32) {
        Account a = house.accountOf(id);
        if (a.positions() == 0) return bytes32(Account.unwrap(a));
        return keccak256(abi.encode(a, house.positionsOf(id)));
    }

    /// @notice What no frame may do to an account it does not touch, and the vault's account only gains.
    function _checkBystanders(Seen[] memory seen) internal view {
        assertGe(int256(house.accountOf(ids[0]).cash()), seen[0].cash, "AUTH-1: the vault's cash fell");
        for (uint256 i = 1; i < seen.length; ++i) {
            if (seen[i].touched) continue;
            assertEq(_storedHash(seen[i].id), seen[i].stored, "AUTH-1: a bystander's account changed");
        }
    }

    /// @notice RISK-1, ORAC-1 and, to the wei, what each touched account gained, after a frame of its owner or a
    /// matcher.
    function _checkFrame(Seen[] memory seen) internal view {
        _checkBystanders(seen);
        for (uint256 i = 1; i < seen.length; ++i) {
            if (!seen[i].touched || !_isOpen(seen[i].id)) continue;
            Assessment memory now_ = house.assess(seen[i].id);
            _checkGain(seen[i], now_);
            _checkRisk(seen[i], now_);
            if (!house.accountOf(seen[i].id).flagged() || _worstStatus(seen[i].id) == PriceStatus.Unusable) continue;
            assertTrue(_isBelow(seen[i].id), "RISK-2: a healthy account is left in auction");
        }
    }

    /// @dev Each fill rounds the difference down by less than a wei.
    function _checkGain(Seen memory s, Assessment memory now_) private view {
        int256 locked = (int256(uint256(house.accountOf(s.id).keeperDeposit())) - int256(s.keeperDeposit)) * 1e12;
        int256 expected = s.assessed.equity + s.edge - int256(s.fees) + s.flow - locked;
        assertLe(now_.equity, expected, "LEDGER-3: an account gained from nothing");
        assertGe(now_.equity + int256(s.fills), expected, "LEDGER-3: an account lost to nothing");
    }

    function _checkRisk(Seen memory s, Assessment memory now_) private view {
        uint256 band;
        bool grew;
        for (uint16 u; u < MARKETS; ++u) {
            int256 lots = _lotsOf(s.id, u + 1);
            uint256 size = FixedPoint.abs(lots);
            uint256 sizeBefore = FixedPoint.abs(s.lots[u]);
            bool turned = lots != 0 && s.lots[u] != 0 && (lots ^ s.lots[u]) < 0;
            if (turned || size > sizeBefore) grew = true;
            if (turned) size = 0;
            if (size < sizeBefore) {
                band += (((sizeBefore - size) * _mark(u + 1)) / FixedPoint.LOTS).mulDivUp(
                    PRICE_BAND_BPS,
                    FixedPoint.BPS
                );
            }
        }
        PriceStatus status = _worstStatus(s.id);
        if (grew) assertEq(house.accountOf(s.id).keeperDeposit(), KEEPER_DEPOSIT, "RISK-3: nothing for its keeper");
        if (grew || s.flow < 0) {
            assertTrue(status == PriceStatus.Fresh, "ORAC-1: risk grew at a price that is not fresh");
        }
        if (status == PriceStatus.Fresh && now_.equityForInitial >= int256(now_.initialMargin)) return;
        assertTrue(s.flow >= 0, "RISK-1: a withdrawal left less than initial margin");
        assertLe(now_.initialMargin, s.assessed.initialMargin, "RISK-1: initial margin rose uncovered");
        int256 was = s.assessed.equityForInitial;
        int256 floor = grew ? was : was - int256(s.fees + band);
        assertGe(now_.equityForInitial, floor, "RISK-1: equity fell by more than fees and price band");
        assertGe(now_.equityForInitial, was < 0 ? was : int256(0), "SOLV-1: a trade made a debt for others to pay");
    }

    /// @notice Notes in `seen` what the fills should cost each side.
    function _expectFills(Seen[] memory seen, SignedOrder[] memory orders, Fill[] memory fills) internal view {
        for (uint256 i; i < fills.length; ++i) {
            Order memory maker = orders[fills[i].maker].order;
            Order memory taker = orders[fills[i].taker].order;
            uint16 u = taker.instrument.underlying();
            MarketParams memory p = house.marketParams(u);
            int256 edge = int256(_mark(u)) - int256(uint256(fills[i].price));
            uint256 notional = uint256(fills[i].lots).valueUp(fills[i].price);
            int256 lots = taker.size > 0 ? int256(uint256(fills[i].lots)) : -int256(uint256(fills[i].lots));
            _expect(seen, maker.account, -lots, edge, notional.mulDivUp(p.makerFeeBps, FixedPoint.BPS));
            _expect(seen, taker.account, lots, edge, notional.mulDivUp(p.takerFeeBps, FixedPoint.BPS));
        }
    }

    function _expect(Seen[] memory seen, AccountId id, int256 lots, int256 edge, uint256 fee) private pure {
        for (uint256 i; i < seen.length; ++i) {
            if (seen[i].id != id) continue;
            // Rounded up: the account may have been given a wei less a fill, never more.
            int256 product = lots * edge;
            seen[i].edge +=
                product > 0 ? (product - 1) / int256(FixedPoint.LOTS) + 1 : product / int256(FixedPoint.LOTS);
            seen[i].fees += fee;
            ++seen[i].fills;
        }
    }

    function _expectFlow(Seen[] memory seen, AccountId id, int256 tokens) internal pure {
        for (uint256 i; i < seen.length; ++i) if (seen[i].id == id) seen[i].flow += tokens * 1e12;
    }

    // ------------------------------------------------------------------ orders

    /// @notice AUTH-2, for fills that went through.
    function _recordFills(SignedOrder[] memory orders, Fill[] memory fills) internal {
        for (uint256 i; i < fills.length; ++i) {
            _recordFill(orders[fills[i].maker].order, fills[i]);
            _recordFill(orders[fills[i].taker].order, fills[i]);
        }
        for (uint256 i; i < orders.length; ++i) {
            Order memory order = orders[i].order;
            (bool spent, uint64 filled) = house.nonceState(order.account, order.nonce);
            uint256 counted = filledOf[_digest(order)];
            assertEq(spent, counted == FixedPoint.abs(order.size), "AUTH-2: spent when it is filled");
            if (!spent) assertEq(filled, counted, "AUTH-2: the ledger's count of fills");
        }
    }

    function _recordFill(Order memory order, Fill memory fill) private {
        bytes32 digest = _digest(order);
        filledOf[digest] += fill.lots;
        assertLe(filledOf[digest], FixedPoint.abs(order.size), "AUTH-2: filled beyond its size");
        assertLe(block.timestamp, order.expiry, "AUTH-2: filled past its expiry");
        assertEq(house.accountOf(order.account).epoch(), order.epoch, "AUTH-2: filled after its epoch");
        assertFalse(cancelled[order.account][order.nonce], "AUTH-2: filled under a cancelled nonce");
        bool within = order.size > 0 ? fill.price <= order.limitPrice : fill.price >= order.limitPrice;
        assertTrue(within, "AUTH-2: filled beyond its limit");
        bytes32 owner = nonceOwner[order.account][order.nonce];
        assertTrue(owner == 0 || owner == digest, "AUTH-2: two orders filled under one nonce");
        nonceOwner[order.account][order.nonce] = digest;
    }
}
