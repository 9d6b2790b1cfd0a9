// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {IBackstopVault} from "../interfaces/IBackstopVault.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Order} from "../types/Order.sol";
import {Position} from "../types/Position.sol";
import {AuctionCurve} from "./AuctionCurve.sol";

/// @notice The accounts a backstop vault took over: which are open, what they are worth, and the offer at which their
/// positions are sold to whoever comes.
/// @dev The offer begins dearer than mark price, so that it is no gift to who sees a price before the oracle does, and
/// everybody has the same time to take it as it falls. It ends no cheaper than what RISK-1 lets an account below
/// initial margin lose by a reduction, or the ledger would refuse what the vault stands by.
abstract contract Takeovers is IBackstopVault {
    /// @dev Each open takeover is judged at every purchase of shares, so there are few.
    uint256 private constant MAX_TAKEOVERS = 8;
    uint256 private constant OFFER_BAND = 0.01e18;
    uint256 private constant OFFER_PERIOD = 2 hours;
    bytes4 private constant NOT_SIGNED = 0xffffffff;

    uint96[] private _open;
    uint96 private _last;
    mapping(uint96 index => uint40) private _begunAt;

    /// @inheritdoc IBackstopVault
    function takeovers() external view returns (uint96[] memory indices, uint40[] memory begunAt) {
        indices = _open;
        begunAt = new uint40[](indices.length);
        for (uint256 i; i < indices.length; ++i) begunAt[i] = _begunAt[indices[i]];
    }

    /// @inheritdoc IBackstopVault
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        Order memory order = abi.decode(signature, (Order));
        (bytes32 digest, , ) = _clearinghouse().orderStatus(order);
        AccountId account = order.account;
        uint40 begunAt = account.owner() == address(this) ? _begunAt[account.index()] : 0;
        if (digest != hash || begunAt == 0 || !order.reduceOnly || !order.instrument.isPerp()) return NOT_SIGNED;
        uint16 underlying = order.instrument.underlying();
        if (_clearinghouse().marketOf(underlying).status != PriceStatus.Fresh) return NOT_SIGNED;
        bool long = order.size < 0;
        uint256 offer = offerPrice(underlying, begunAt, long);
        bool fair = long ? order.limitPrice >= offer : order.limitPrice <= offer;
        return fair ? IERC1271.isValidSignature.selector : NOT_SIGNED;
    }

    /// @inheritdoc IBackstopVault
    function offerPrice(uint16 underlying, uint40 begunAt, bool long) public view returns (uint256) {
        Market memory m = _clearinghouse().marketOf(underlying);
        uint256 elapsed = block.timestamp - begunAt;
        if (elapsed > OFFER_PERIOD) elapsed = OFFER_PERIOD;
        uint256 given = (2 * OFFER_BAND * elapsed) / OFFER_PERIOD;
        if (long) return FixedPoint.mulWadUp(m.mark, FixedPoint.WAD + OFFER_BAND - given);
        return (m.mark * (FixedPoint.WAD - OFFER_BAND + given)) / FixedPoint.WAD;
    }

    /// @dev The ledger, known to the constructor of the contract that inherits this.
    function _clearinghouse() internal view virtual returns (IClearinghouse);

    /// @dev Refuses an account that holds what the vault has no price to offer at: the offer follows the mark of
    /// perpetuals, and no option is worth that. An account with options is left to bidders.
    function _requireSaleable(AccountId account) internal view {
        Position[] memory held = _clearinghouse().positionsOf(account);
        for (uint256 i; i < held.length; ++i) {
            if (held[i].isOption()) revert BackstopVault_HoldsOptions(account);
        }
    }

    function _begin(AccountId account, uint256 margin) internal returns (uint96 index) {
        if (_open.length == MAX_TAKEOVERS) revert BackstopVault_TooManyTakeovers(MAX_TAKEOVERS);
        index = ++_last;
        _open.push(index);
        _begunAt[index] = uint40(block.timestamp);
        emit TakeoverBegun(account, index, margin);
    }

    function _end(uint96 index) internal {
        if (_begunAt[index] == 0) revert BackstopVault_NoTakeover(index);
        delete _begunAt[index];
        uint256 last = _open.length - 1;
        for (uint256 i; i < last; ++i) {
            if (_open[i] == index) _open[i] = _open[last];
        }
        _open.pop();
    }

    /// @dev How many takeovers are open.
    function _count() internal view returns (uint256) {
        return _open.length;
    }

    /// @dev What the takeovers are worth sold at the end of their offers, USD Wad: who leaves must not take more than
    /// who stays will get. What is below zero at mark the vault pays to whoever bids for it, and the bidder's reward.
    /// @return sum of equity at mark less the offers' band, and of what the vault would pay for those below zero.
    /// @return fresh whether every price in it is.
    function _worth() internal view returns (int256 sum, bool fresh) {
        fresh = true;
        uint256 count = _open.length;
        for (uint256 i; i < count; ++i) {
            AccountId account = AccountIdLibrary.make(address(this), _open[i]);
            Assessment memory found = _clearinghouse().assess(account);
            uint256 selling;
            Position[] memory held = _clearinghouse().positionsOf(account);
            for (uint256 j; j < held.length; ++j) {
                Market memory m = _clearinghouse().marketOf(held[j].underlying());
                if (m.status != PriceStatus.Fresh) fresh = false;
                uint256 notional = FixedPoint.valueUp(FixedPoint.abs(held[j].lots()), m.mark);
                selling += FixedPoint.mulWadUp(notional, OFFER_BAND);
            }
            if (found.equity < 0) {
                uint256 reward = FixedPoint.mulWadUp(found.maintenanceMargin, AuctionCurve.MAX_COVERED_DISCOUNT);
                sum += found.equity - int256(reward);
            } else if (found.equity > int256(selling)) {
                sum += found.equity - int256(selling);
            }
        }
    }
}
