// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {Distress, ILiquidationAuction} from "../../../contracts/interfaces/ILiquidationAuction.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Assessment, PriceStatus} from "../../../contracts/types/Market.sol";
import {vm} from "../../forge/Vm.sol";
import {MARKETS} from "./Campaign.sol";
import {WorldHandler} from "./WorldHandler.sol";

/// @notice Keepers, honest and not: flagging, poking and bidding for accounts in every state.
abstract contract LiquidationHandler is WorldHandler {
    using FixedPoint for uint256;

    uint256 private constant WAD = 1e18;

    /// @notice Flags whoever is below maintenance, and nobody else.
    function flag(uint256 seed, uint256 rewardSeed, uint8 whom) external {
        AccountId id =
            whom % 3 == 0
                ? _openAt(seed)
                : whom % 3 == 1
                    ? _belowAt(seed)
                    : _grazedAt(seed);
        AccountId reward = _openAt(rewardSeed);
        bytes memory data = abi.encodeCall(IClearinghouse.flag, (id, reward));
        if (_worstStatus(id) == PriceStatus.Unusable) return _mustNotJudge(keeper, data);
        if (!_isBelow(id)) return _mustSpare(keeper, data, IClearinghouse.Liquidation_Healthy.selector);
        if (_inAuction(id)) {
            bytes4 refusal = IClearinghouse.Clearinghouse_AccountFlagged.selector;
            return _mustRefuse(keeper, data, refusal, "RISK-3: an auction was started over");
        }
        Seen[] memory seen = _look(id, reward);
        _flag(id, reward);
        _checkBystanders(seen);
    }

    /// @notice Advances the auction of an account below, and clears the flag of any other.
    function poke(uint256 seed, bool anyone) external {
        AccountId id = anyone ? _openAt(seed) : _flaggedAt(seed);
        bytes memory data = abi.encodeCall(IClearinghouse.poke, (id));
        if (!house.accountOf(id).flagged())
            return _mustSpare(keeper, data, IClearinghouse.Liquidation_NotFlagged.selector);
        if (_worstStatus(id) == PriceStatus.Unusable) return _mustNotJudge(keeper, data);
        bool below = _isBelow(id);
        bytes4 lapsed = ILiquidationAuction.LiquidationAuction_NotRunning.selector;
        if (below && !_inAuction(id)) {
            return _mustRefuse(keeper, data, lapsed, "RISK-3: a lapsed auction went on");
        }
        Seen[] memory seen = _look(id);
        _frame(_traderAt(seed), data, "");
        _checkBystanders(seen);
        assertEq(house.assess(id).equity, _of(seen, id).assessed.equity, "AUTH-1: a poke changed equity");
        assertEq(house.accountOf(id).flagged(), below, "RISK-2: a flag outlives the distress a poke has judged");
    }

    /// @notice A bid by one of the traders, who may be the account's own owner.
    function bid(uint256 seed, uint256 bidderSeed, uint256 fraction, bool anyone) external {
        AccountId id = anyone ? _openAt(seed) : _flaggedAt(seed);
        AccountId bidder = _openAt(bidderSeed);
        fraction = bound(fraction, 1, WAD);
        bytes memory data = abi.encodeCall(IClearinghouse.bid, (id, bidder, fraction, type(int256).min));
        if (id == bidder) return _mustSpare(bidder.owner(), data, IClearinghouse.Liquidation_SelfBid.selector);
        if (!house.accountOf(id).flagged())
            return _mustSpare(bidder.owner(), data, IClearinghouse.Liquidation_NotFlagged.selector);
        if (_worstStatus(id) == PriceStatus.Unusable) return _mustNotJudge(bidder.owner(), data);
        if (!_isBelow(id)) return _mustSpare(bidder.owner(), data, IClearinghouse.Liquidation_Healthy.selector);
        bytes memory refusals = bytes.concat(
            _judgements(),
            ILiquidationAuction.LiquidationAuction_TooEarly.selector,
            ILiquidationAuction.LiquidationAuction_NotRunning.selector
        );
        Seen[] memory seen = _look(id, bidder);
        _frame(bidder.owner(), data, refusals);
        _checkSale(seen, id, bidder);
    }

    /// @notice RISK-3 in full: whoever is below is flagged now and bid for in the next block, within a transaction's
    /// gas.
    function liquidate(uint256 seed) external {
        AccountId id = _belowAt(seed);
        if (_worstStatus(id) == PriceStatus.Unusable) vm.assume(false);
        if (!_inAuction(id)) _flag(id, ids[1]);
        vm.roll(vm.getBlockNumber() + 1);
        _fundKeeper();
        Seen[] memory seen = _look(id, ids[1]);
        int256 floor = _floorOf(id, _of(seen, id).assessed);
        vm.prank(keeper);
        uint256 before = gasleft();
        (bool ok, bytes memory result) = address(house).call(
            abi.encodeCall(IClearinghouse.bid, (id, ids[1], WAD, type(int256).min))
        );
        if (!ok && bytes4(result) != IClearinghouse.Clearinghouse_PriceNotFresh.selector) _bubble(result);
        assertTrue(ok || _worstStatus(ids[1]) < PriceStatus.Aged, "RISK-3: an account below could not be bid for");
        assertLt(before - gasleft(), TRANSACTION_GAS, "RISK-3: gas of a bid");
        if (!ok) return;
        _checkSale(seen, id, ids[1]);
        assertGe(_equity(id) + 2, floor, "RISK-4: the account was not paid what its slice costs");
    }

    // ------------------------------------------------------------------ parts

    function _flag(AccountId id, AccountId reward) private {
        Account before = house.accountOf(id);
        int256 rewardedBefore = _equity(reward);
        int256 equityBefore = _equity(id);
        vm.prank(keeper);
        uint256 gas = gasleft();
        (bool ok, ) = address(house).call(abi.encodeCall(IClearinghouse.flag, (id, reward)));
        assertTrue(ok, "RISK-3: an account below could not be flagged");
        assertLt(gas - gasleft(), TRANSACTION_GAS, "RISK-3: gas of a flag");
        bool sameTime = before.riskSince() == uint32(block.timestamp);
        int256 paid = sameTime ? int256(0) : int256(uint256(before.keeperDeposit())) * 1e12;
        assertEq(_equity(reward), rewardedBefore + paid, "AUTH-1: the reward is the keeper deposit");
        if (id != reward) assertEq(_equity(id), equityBefore, "AUTH-1: a flag changed equity");
        assertTrue(house.accountOf(id).flagged(), "RISK-3: the account is flagged");
    }

    /// @dev What a sale leaves at least: of a slice f at discount d the account loses f * d * M, or all that f of it is
    /// worth where that is less.
    function _floorOf(AccountId id, Assessment memory a) private view returns (int256) {
        Distress memory x = Distress(a.equity, a.equityForMaintenance, a.maintenanceMargin);
        uint256 f = venue.auction().preview(id, x, WAD).fraction;
        int256 loss = int256(f.mulWadUp(venue.auction().discount(id)).mulWadUp(a.maintenanceMargin));
        int256 worth = (a.equity * int256(f)) / int256(WAD);
        return a.equity - (worth < loss ? worth : loss);
    }

    /// @dev RISK-4, the bounds of the price, and the bidder's own margin.
    function _checkSale(Seen[] memory seen, AccountId id, AccountId bidder) private view {
        for (uint256 i = 1; i < seen.length; ++i) {
            if (!seen[i].touched) {
                assertEq(_storedHash(seen[i].id), seen[i].stored, "AUTH-1: a bystander's account changed");
            }
        }
        Assessment memory was = _of(seen, id).assessed;
        Assessment memory left = house.assess(id);
        assertLt(was.equityForMaintenance, int256(was.maintenanceMargin), "RISK-2: a healthy account was sold");
        // Below zero, and with no margin left to compare with, E/M says nothing; the deficit does.
        if (was.equityForMaintenance >= 0 && left.maintenanceMargin != 0) {
            assertGe(
                left.equityForMaintenance * int256(was.maintenanceMargin),
                was.equityForMaintenance * int256(left.maintenanceMargin),
                "RISK-4: a sale in part lowered E/M"
            );
        }
        assertGe(left.equity, was.equity < 0 ? was.equity : int256(0), "RISK-4: a sale left a debt that was not there");
        int256 vaultCash = house.accountOf(ids[0]).cash();
        assertLe(vaultCash, seen[0].cash, "LEDGER-3: the vault earned from a liquidation");
        if (was.equity >= 0) assertEq(vaultCash, seen[0].cash, "SOLV-2: the vault paid while equity was left");
        Assessment memory b = house.assess(bidder);
        Assessment memory wasB = _of(seen, bidder).assessed;
        if (b.equityForInitial >= int256(b.initialMargin)) return;
        assertLe(b.initialMargin, wasB.initialMargin, "RISK-1: a bidder took on risk it cannot carry");
    }

    function _fundKeeper() private {
        if (_equity(ids[1]) > 20_000_000e18) return;
        token.mint(keeper, 40_000_000e6);
        vm.prank(keeper);
        house.deposit(ids[1], 40_000_000e6);
        deposited += 40_000_000e6;
    }

    /// @dev A clock alone is no auction: it outlives the flag.
    function _inAuction(AccountId id) private view returns (bool) {
        return house.accountOf(id).flagged() && venue.auction().running(id);
    }

    function _mustSpare(address sender, bytes memory data, bytes4 refusal) private {
        _mustRefuse(sender, data, refusal, "RISK-2: an account that is not below was touched");
    }

    function _mustNotJudge(address sender, bytes memory data) private {
        bytes4 refusal = IClearinghouse.Clearinghouse_PriceNotFresh.selector;
        _mustRefuse(sender, data, refusal, "ORAC-3: an account was judged at an unusable price");
    }

    /// @dev Where everyone is healthy, the markets move against somebody first.
    function _belowAt(uint256 seed) private returns (AccountId id) {
        (bool found, AccountId below) = _findBelow(seed);
        if (found) return below;
        for (uint16 u = 1; u <= MARKETS; ++u) _move(u, (seed >> u) & 1 == 0 ? int256(0.09e18) : -0.09e18);
        (found, below) = _findBelow(seed);
        if (!found) vm.assume(false);
        return below;
    }

    /// @dev An account with positions, after its market has moved against it until it stands just above maintenance, or
    /// just below.
    function _grazedAt(uint256 seed) private returns (AccountId id) {
        uint256 n = ids.length - 2;
        bool found;
        for (uint256 i; i < n && !found; ++i) {
            id = ids[2 + addmod(seed, i, n)];
            found = house.accountOf(id).positions() != 0;
        }
        if (!found) vm.assume(false);
        uint16 u = house.positionsOf(id)[0].underlying();
        int256 step = _lotsOf(id, u) > 0 ? -0.004e18 : int256(0.004e18);
        for (uint256 i; i < 24; ++i) {
            Assessment memory a = house.assess(id);
            if (a.equityForMaintenance * 100 < int256(a.maintenanceMargin) * 108) return id;
            _move(u, step);
        }
    }

    function _findBelow(uint256 seed) private view returns (bool, AccountId id) {
        uint256 n = ids.length - 2;
        for (uint256 i; i < n; ++i) {
            id = ids[2 + addmod(seed, i, n)];
            if (_isOpen(id) && _isBelow(id)) return (true, id);
        }
    }

    function _flaggedAt(uint256 seed) private view returns (AccountId) {
        (bool found, AccountId id) = _findFlagged(seed);
        if (!found) vm.assume(false);
        return id;
    }

    function _of(Seen[] memory seen, AccountId id) private pure returns (Seen memory) {
        for (uint256 i; i < seen.length; ++i) if (seen[i].id == id) return seen[i];
        revert("not seen");
    }
}
