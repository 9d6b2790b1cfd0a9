// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Instrument} from "../instruments/Instrument.sol";
import {IExpirySettlement} from "../interfaces/IExpirySettlement.sol";
import {ISurfaceOracle} from "../interfaces/ISurfaceOracle.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {EXPIRY_BYTES, Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {PriceStatus} from "../types/Market.sol";
import {StrikeRule} from "../types/Parameters.sol";
import {Position} from "../types/Position.sol";
import {ledger} from "./Ledger.sol";
import {Settings} from "./Settings.sol";

/// @notice What the ledger itself knows of options: which may be opened, how far their value may be relied on, and
/// what they pay. What they are worth before that is the margin models' to say.
library Options {
    /// @dev What is paid at expiry is worth at most so many times as much now, and a forward is at most so many times
    /// the price: the surface oracle's bounds on rates (100 % a year) and forwards (twice the price) over 400 days.
    uint256 internal constant MOST_CARRY = 6;
    /// @dev Nothing is listed further away than this.
    uint256 internal constant MOST_AHEAD = 400 days;

    /// @notice What the expiry of `p`, which is past, is settled at, and whether it is.
    function settlementOf(uint256[] memory settings, Position p) internal view returns (uint256 price, bool settled) {
        IExpirySettlement module = IExpirySettlement(Settings.expirySettlement(settings));
        return module.price(p.underlying(), uint40(p.expiresAt()));
    }

    /// @notice How far an option's value may be relied on: as far as its underlying's price and its surface both may.
    /// @dev One that expired and is not settled is worth what it would pay now, and will pay something else: what it
    /// gains until then is nothing to withdraw or to carry risk by.
    function statusOf(PriceStatus price, SurfaceStatus surface) internal pure returns (PriceStatus) {
        if (surface == SurfaceStatus.Absent) return PriceStatus.Unusable;
        if (surface <= SurfaceStatus.Aged && price == PriceStatus.Fresh) return PriceStatus.Aged;
        return price;
    }

    /// @notice The expiry as of now. Until it is settled, its options are worth what they would pay at the price of the
    /// moment.
    function expiryOf(
        uint256[] memory settings,
        uint16 underlying,
        uint256 expiresAt
    ) internal view returns (Expiry memory x) {
        if (block.timestamp < expiresAt) {
            _read(x, Settings.surfaceOracle(settings), underlying, uint40(expiresAt));
            return x;
        }
        x.underlying = underlying;
        x.expiresAt = expiresAt;
        x.status = SurfaceStatus.Expired;
        x.forwardRatio = FixedPoint.WAD;
        x.tenor = 1;
    }

    /// @dev `ISurfaceOracle.read` into `x`, whose words are those of the answer: Solidity would take it apart field by
    /// field into a struct of its own, for every expiry of every account that is judged.
    function _read(Expiry memory x, address oracle, uint16 underlying, uint40 expiresAt) private view {
        bytes4 selector = ISurfaceOracle.read.selector;
        uint256 size = EXPIRY_BYTES;
        uint256 last = uint256(type(SurfaceStatus).max);
        assembly ("memory-safe") {
            // Beyond what is allocated, and never allocated.
            let call_ := mload(0x40)
            mstore(call_, selector)
            mstore(add(call_, 0x04), underlying)
            mstore(add(call_, 0x24), expiresAt)
            let answered := staticcall(gas(), oracle, call_, 0x44, x, size)
            if lt(mul(answered, returndatasize()), size) {
                returndatacopy(call_, 0, returndatasize())
                revert(call_, returndatasize())
            }
            if gt(mload(add(x, 0x60)), last) {
                revert(0, 0)
            }
        }
    }

    /// @notice What `p` is worth once its expiry is settled at `settlementPrice`. USD Wad, rounded down.
    function payoff(Position p, uint256 settlementPrice) internal pure returns (int256) {
        uint256 strike = p.strike();
        (uint256 more, uint256 less) = p.isCall() ? (settlementPrice, strike) : (strike, settlementPrice);
        return more > less ? FixedPoint.valueFloor(p.lots(), int256(more - less)) : int256(0);
    }

    /// @notice The most that `p` could be worth to who holds it, and the least, while nobody knows the price but that
    /// it is at most `upper`.
    function bounds(Position p, uint256 upper) internal pure returns (int256 most, int256 least) {
        uint256 value = (p.isCall() ? upper : p.strike()) * MOST_CARRY;
        int256 total = FixedPoint.valueFloor(p.lots(), int256(value));
        return p.lots() > 0 ? (total, int256(0)) : (int256(0), total);
    }

    /// @notice Refuses to open an option that is not listed.
    function requireListed(Instrument id) internal view {
        StrikeRule memory rule = ledger().strikes[id.underlying()][uint40(id.expiresAt())];
        uint256 strike = id.strike8();
        bool listed = strike >= rule.lowest && strike <= rule.highest && rule.step != 0;
        if (!listed || (strike - rule.lowest) % rule.step != 0)
            revert IClearinghouse.Option_NotListed(id, rule.lowest, rule.highest, rule.step);
    }

    /// @notice Refuses an expiry or strikes that may not be listed.
    function checkListing(uint40 expiry, StrikeRule memory rule) internal view {
        uint256 latest = block.timestamp + MOST_AHEAD;
        if (expiry <= block.timestamp || expiry > latest) {
            revert IClearinghouse.Option_ExpiryOutOfBounds(expiry, block.timestamp + 1, latest);
        }
        bool rises = rule.lowest != 0 && rule.step != 0 && rule.lowest <= rule.highest;
        if (!rises || (rule.highest - rule.lowest) % rule.step != 0) {
            revert IClearinghouse.Option_StrikesOutOfBounds(rule.lowest, rule.highest, rule.step);
        }
    }
}
