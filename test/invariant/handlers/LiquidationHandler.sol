// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {Distress, ILiquidationAuction, Quote} from "../../../contracts/interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {PriceStatus} from "../../../contracts/types/Market.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {vm} from "../../forge/Vm.sol";
import {Judging} from "./Judging.sol";
import {Finding} from "./Valuing.sol";

/// @notice Keepers, honest and not: flagging, poking and bidding for accounts in every state.
abstract contract LiquidationHandler is Judging {
    using FixedPoint for uint256;

    uint256 private constant CENT = 0.01e18;

    /// @notice Flags whoever is below maintenance, and nobody else.
    function flag(uint256 seed, uint256 rewardSeed, uint8 whom) external {
        AccountId id;
        Watch memory w;
        if (whom % 8 == 0) id = _anyAt(seed);
        else (id, w) = whom % 8 <= 5 ? _belowAt(seed) : _grazedAt(seed);
        AccountId reward = _openAt(rewardSeed);
        _look(w, id, reward);
        Finding memory f = _find(w, id);
        bytes memory data = abi.encodeCall(IClearinghouse.flag, (id, reward));
        if (!f.below) return _mustSpare(keeper, data, f);
        if (_inAuction(id)) {
            bytes4 refusal = IClearinghouse.Clearinghouse_AccountFlagged.selector;
            return _mustRefuseNow(keeper, data, refusal, "RISK-3: an auction was started over");
        }
        _flag(w, id, reward);
        _checkBystanders(w);
    }

    /// @notice Advances the auction of an account below, and clears the flag of any other.
    function poke(uint256 seed, uint8 whom) external {
        (AccountId id, Watch memory w) = _mostlyAuctioned(seed, whom % 8 == 0);
        bytes memory data = abi.encodeCall(IClearinghouse.poke, (id));
        if (!_account(id).flagged()) {
            bytes4 refusal = IClearinghouse.Liquidation_NotFlagged.selector;
            return _mustRefuseNow(keeper, data, refusal, "RISK-2: an account that is not below was touched");
        }
        _look(w, id, id);
        Finding memory f = _find(w, id);
        if (!f.below && !f.sound) return _mustSpare(keeper, data, f);
        if (f.below && !_inAuction(id)) {
            bytes4 lapsed = ILiquidationAuction.LiquidationAuction_NotRunning.selector;
            return _mustRefuseNow(keeper, data, lapsed, "RISK-3: a lapsed auction went on");
        }
        _frame(_traderAt(seed), data, "");
        _checkBystanders(w);
        assertEq(_assessed(w, id).equity, _was(w, _of(w, id)).equity, "AUTH-1: a poke changed equity");
        assertEq(_account(id).flagged(), f.below, "RISK-2: a flag outlives the distress a poke has judged");
    }

    /// @notice A bid by the keeper or one of the traders, who may be the account's own owner.
    function bid(uint256 seed, uint256 bidderSeed, uint256 fraction, uint8 whom) external {
        (AccountId id, Watch memory w) = _mostlyAuctioned(seed, whom % 16 == 0);
        AccountId bidder = bidderSeed % 4 == 0 ? ids[1] : _openAt(bidderSeed);
        fraction = bound(fraction, 1, WAD);
        bytes memory data = abi.encodeCall(IClearinghouse.bid, (id, bidder, fraction, type(int256).min));
        string memory reason = "RISK-2: an account that is not below was touched";
        bytes4 refusal;
        if (id == bidder) refusal = IClearinghouse.Liquidation_SelfBid.selector;
        else if (!_account(id).flagged()) refusal = IClearinghouse.Liquidation_NotFlagged.selector;
        if (refusal != 0) return _mustRefuseNow(bidder.owner(), data, refusal, reason);
        _look(w, id, bidder);
        Finding memory f = _find(w, id);
        if (!f.below) return _mustSpare(bidder.owner(), data, f);
        _bid(w, f, id, bidder, fraction);
    }

    /// @notice RISK-3 in full: whoever is below is flagged now and bid for in the next block, within a transaction's
    /// gas.
    function liquidate(uint256 seed) external {
        (AccountId id, Watch memory w) = _belowAt(seed);
        _liquidate(w, id);
    }

    /// @notice The same of an account with options, after their market has moved against it, or volatility has.
    function liquidateOptions(uint256 seed, uint256 fraction) external {
        (AccountId id, Watch memory w) = _writerBelowAt(seed);
        if (seed % 4 != 0) return _liquidate(w, id);
        _flagFirst(w, id);
        _fund(ids[1]);
        _look(w, id, ids[1]);
        _bid(w, _find(w, id), id, ids[1], bound(fraction, 1, WAD));
    }

    function _liquidate(Watch memory w, AccountId id) private {
        _flagFirst(w, id);
        _fund(ids[1]);
        _look(w, id, ids[1]);
        Finding memory f = _find(w, id);
        if (!f.below) vm.assume(false);
        int256 floor = _floorOf(id, f);
        PriceStatus worst = _of(w, ids[1]).worst;
        _record(lockOf[id]);
        bytes memory data = abi.encodeCall(IClearinghouse.bid, (id, ids[1], WAD, type(int256).min));
        uint256 before_ = gasleft();
        (bool ok, bytes memory result) = _call(keeper, address(house), data);
        assertLt(before_ - gasleft(), TRANSACTION_GAS, "RISK-3: gas of a bid");
        if (!ok) {
            // A keeper that holds what has no price carries nothing more.
            if (bytes4(result) != IClearinghouse.Clearinghouse_PriceNotFresh.selector) _bubble(result);
            assertTrue(worst == PriceStatus.Unusable, "RISK-3: an account below could not be bid for");
            vm.assume(false);
        }
        _checkSale(w, f, id, ids[1], 0);
        // The value of each option is rounded.
        int256 rounded = int256(2 + 2 * _of(w, id).held.length);
        assertGe(_find(w, id).rest.equity + rounded, floor, "RISK-4: the account was not paid what its slice costs");
    }

    /// @notice RISK-3, ORAC-3: an account that is below at any price is sold but for what has no price.
    function liquidateUnpriced(uint256 seed) external {
        AccountId id = _unpricedBelowAt(seed);
        Watch memory w = _watch(id, ids[1]);
        Finding memory f = _find(w, id);
        if (!f.below) {
            bytes memory data = abi.encodeCall(IClearinghouse.flag, (id, ids[1]));
            return _mustSpare(keeper, data, f);
        }
        _flagFirst(w, id);
        AccountId bidder = _worst(w, _positions(ids[1])) == PriceStatus.Unusable ? ids[2] : ids[1];
        if (_worst(w, _positions(bidder)) == PriceStatus.Unusable) vm.assume(false);
        _fund(bidder);
        _look(w, id, bidder);
        f = _find(w, id);
        _bid(w, f, id, bidder, seed % 2 == 0 ? WAD : bound(seed, 1, WAD));
    }

    // ------------------------------------------------------------------ parts

    /// @notice An account that is flagged. Where none is, one that is below is flagged now, and a block passes.
    function _auctionedAt(uint256 seed) internal returns (AccountId id, Watch memory w) {
        bool found;
        (found, id) = _findFlagged(seed);
        if (found) return (id, w);
        (id, w) = _belowAt(seed);
        _flagFirst(w, id);
    }

    function _mostlyAuctioned(uint256 seed, bool any) internal returns (AccountId id, Watch memory w) {
        if (!any) return _auctionedAt(seed);
        id = _anyAt(seed);
    }

    /// @dev Unless its auction runs already. A block passes, in which no price moves.
    function _flagFirst(Watch memory w, AccountId id) internal {
        if (!_inAuction(id)) {
            _look(w, id, ids[2]);
            _flag(w, id, ids[2]);
        }
        vm.roll(vm.getBlockNumber() + 1);
    }

    function _bid(Watch memory w, Finding memory f, AccountId id, AccountId bidder, uint256 fraction) private {
        _record(lockOf[id]);
        bytes memory data = abi.encodeCall(IClearinghouse.bid, (id, bidder, fraction, type(int256).min));
        _frame(bidder.owner(), data, _bidRefusals(w, f, id, fraction));
        _checkSale(w, f, id, bidder, 0);
    }

    /// @dev What may keep a bid for an account below from passing.
    function _bidRefusals(
        Watch memory w,
        Finding memory f,
        AccountId id,
        uint256 fraction
    ) internal view returns (bytes memory refusals) {
        refusals = bytes.concat(
            _judgements(),
            IClearinghouse.Clearinghouse_TooManyLocks.selector,
            ILiquidationAuction.LiquidationAuction_TooEarly.selector,
            ILiquidationAuction.LiquidationAuction_NotRunning.selector
        );
        // The lots that each position is rounded to may leave the account worse off, and then RISK-4 refuses the bid.
        if (_benefit(f, id, fraction) >= CENT * _of(w, id).held.length) return refusals;
        return bytes.concat(refusals, IClearinghouse.Liquidation_UnfairQuote.selector);
    }

    /// @dev What a slice betters the account by, rounding aside: the payment, or the debt that goes. A slice that is
    /// given away, for the discount is more than its equity, leaves E/M as it was, whatever its size.
    function _benefit(Finding memory f, AccountId id, uint256 fraction) private view returns (uint256) {
        Distress memory x = _distressOf(f);
        try auction.preview(id, x, fraction) returns (Quote memory q) {
            return x.equity < 0 ? uint256(-x.equity).mulWadUp(q.fraction) : q.payment;
        } catch {
            // The auction itself refuses it.
            return type(uint256).max;
        }
    }

    function _distressOf(Finding memory f) private pure returns (Distress memory) {
        return Distress(f.rest.equity, f.rest.equityForMaintenance, f.rest.maintenanceMargin);
    }

    function _flag(Watch memory w, AccountId id, AccountId reward) internal {
        Account before = _account(id);
        uint256 gas = gasleft();
        (bool ok, ) = _call(keeper, address(house), abi.encodeCall(IClearinghouse.flag, (id, reward)));
        assertTrue(ok, "RISK-3: an account below could not be flagged");
        assertLt(gas - gasleft(), TRANSACTION_GAS, "RISK-3: gas of a flag");
        _checkFlagged(w, id, reward, before);
    }

    function _checkFlagged(Watch memory w, AccountId id, AccountId reward, Account before) internal view {
        bool sameTime = before.riskSince() == uint32(block.timestamp);
        // Nor for the vault's accounts: making it take accounts over would pay.
        bool unpaid = sameTime || id.owner() == address(vault);
        int256 paid = unpaid ? int256(0) : int256(uint256(before.keeperDeposit())) * 1e12;
        int256 rewarded = _assessed(w, reward).equity - _was(w, _of(w, reward)).equity;
        assertEq(rewarded, paid, "AUTH-1: the reward is the keeper deposit");
        if (id != reward) {
            assertEq(_assessed(w, id).equity, _was(w, _of(w, id)).equity, "AUTH-1: a flag changed equity");
        }
        assertTrue(_account(id).flagged(), "RISK-3: the account is flagged");
    }

    /// @dev What a sale leaves at least: of a slice f at discount d the account loses f * d * M, or all that f of it is
    /// worth where that is less.
    function _floorOf(AccountId id, Finding memory f) private view returns (int256) {
        Distress memory x = _distressOf(f);
        uint256 part = auction.preview(id, x, WAD).fraction;
        int256 loss = int256(part.mulWadUp(auction.discount(id)).mulWadUp(f.rest.maintenanceMargin));
        int256 worth = (f.rest.equity * int256(part)) / int256(WAD);
        return f.rest.equity - (worth < loss ? worth : loss);
    }

    /// @dev RISK-4, the bounds of the price, the bidder's own margin, and that a lock goes where the cash goes.
    /// @param dust what rounding to lots may cost the account, USD Wad.
    function _checkSale(Watch memory w, Finding memory was, AccountId id, AccountId bidder, uint256 dust) internal {
        _checkWrites(w);
        if (lockOf[id] != 0) _checkLockMoved(w, was, id, bidder);
        else _checkLock(w, bidder, _account(bidder), _leastLocked(_of(w, bidder)));
        Finding memory left = _find(w, id);
        assertTrue(was.below, "RISK-2: a healthy account was sold");
        // Below zero, and with no margin left to compare with, E/M says nothing; the deficit does.
        if (was.rest.equityForMaintenance >= 0 && left.rest.maintenanceMargin != 0) {
            assertGe(
                (left.rest.equityForMaintenance + int256(dust)) * int256(was.rest.maintenanceMargin),
                was.rest.equityForMaintenance * int256(left.rest.maintenanceMargin),
                "RISK-4: a sale in part lowered E/M"
            );
        }
        int256 least = was.rest.equity < 0 ? was.rest.equity : int256(0);
        assertGe(left.rest.equity, least, "RISK-4: a sale left a debt that was not there");
        _checkUnsold(w, id);
        _checkVaultPaid(w, was);
        int256 free = _assessed(w, bidder).equityForInitial - int256(_locked(w, bidder));
        int256 margin = int256(_assessed(w, bidder).initialMargin);
        assertGe(free, margin, "RISK-1: a bidder took on risk it cannot carry");
    }

    /// @dev What has no price stays where it is.
    function _checkUnsold(Watch memory w, AccountId id) private view {
        Position[] memory list = _positions(id);
        Seen memory s = _of(w, id);
        for (uint256 i; i < s.held.length; ++i) {
            Position p = s.held[i];
            if (_isSettled(p) || _statusOf(w, p) != PriceStatus.Unusable) continue;
            assertEq(_lotsOf(list, p.instrument()), p.lots(), "ORAC-3: a position without a price was sold");
        }
    }

    function _checkVaultPaid(Watch memory w, Finding memory was) private {
        int256 paid = w.vault.cash() - _account(ids[0]).cash();
        assertGe(paid, 0, "LEDGER-3: the vault earned from a liquidation");
        if (was.rest.equity >= 0) assertEq(paid, 0, "SOLV-2: the vault paid while equity was left");
        if (paid > 0) _notePaid(w, uint256(paid));
    }

    /// @dev The event says how much was sold: of the lock as much goes along, rounded up, and no more than the cash
    /// that does.
    function _checkLockMoved(Watch memory w, Finding memory was, AccountId id, AccountId bidder) private {
        uint256 fraction = _soldFraction();
        // With what has a price settled, the equity of it is cash, but for options.
        uint256 lock = _atMost(_leastLocked(_of(w, id)), was.money);
        uint256 part = _atMost(lock.mulWadUp(fraction), FixedPoint.mulDivFloor(was.money, int256(fraction), 1e18));
        uint256 own = _leastLocked(_of(w, bidder));
        _lock(bidder, part, part == 0 ? 0 : waitsFor[id]);
        _checkLock(w, bidder, _account(bidder), own + part);
        lockOf[id] = lock - part;
        _checkLock(w, id, _account(id), lock - part);
    }

    function _fund(AccountId bidder) private {
        if (_account(bidder).cash() > 20_000_000e18) return;
        token.mint(keeper, 40_000_000e6);
        vm.prank(keeper);
        house.deposit(bidder, 40_000_000e6);
        deposited += 40_000_000e6;
    }
}
