// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {AccountFrame} from "../clearing/Frame.sol";
import {ledger} from "../clearing/Ledger.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Grant, Scopes} from "../types/Grant.sol";
import {Market, PriceStatus} from "../types/Market.sol";
import {Order, SignedOrder} from "../types/Order.sol";

/// @notice Whether an order consents to a fill. The ledger asks nobody else.
library Orders {
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(uint256 account,uint120 instrument,int64 size,uint128 limitPrice,uint16 maxFeeBps,uint40 expiry,"
        "uint40 priceNotBefore,uint64 nonce,uint32 epoch,bool reduceOnly)"
    );
    uint256 private constant ORDER_WORDS = 10;
    /// @dev RISK section 9: the price band of RISK-1.
    uint256 internal constant PRICE_BAND_BPS = 100;
    /// @dev RISK section 9: an option's fee is at most an eighth of the premium.
    uint256 internal constant PREMIUM_PART = 8;

    /// @notice The EIP-712 struct hash.
    /// @dev Every field is one word of calldata, encoded as EIP-712 encodes it; a word with dirty upper bits is refused
    /// where the field is read.
    function hash(Order calldata order) internal pure returns (bytes32 result) {
        bytes32 typehash = ORDER_TYPEHASH;
        uint256 size = ORDER_WORDS * 32;
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, typehash)
            calldatacopy(add(scratch, 0x20), order, size)
            result := keccak256(scratch, add(size, 0x20))
        }
    }

    /// @notice The EIP-712 digest: what is signed.
    function digestOf(Order calldata order, bytes32 domainSeparator) internal pure returns (bytes32 digest) {
        bytes32 structHash = hash(order);
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, hex"1901")
            mstore(add(scratch, 0x02), domainSeparator)
            mstore(add(scratch, 0x22), structHash)
            digest := keccak256(scratch, 0x42)
        }
    }

    /// @notice Checks all that holds of an order for the whole batch: not expired, of the account's epoch, and wanted
    /// by who may want it.
    /// @return digest what was signed; zero for the caller's own order, which is not.
    /// @return banded whether it is wanted only by an operator who may do no more than reduce.
    function verify(
        SignedOrder calldata signed,
        AccountFrame memory a,
        bytes32 domainSeparator
    ) internal view returns (bytes32 digest, bool banded) {
        Order calldata order = signed.order;
        if (order.size == 0) revert IClearinghouse.Order_ZeroSize();
        if (block.timestamp > order.expiry) {
            revert IClearinghouse.Order_Expired(order.account, order.nonce, order.expiry);
        }
        uint32 epoch = a.current.epoch();
        if (order.epoch != epoch) revert IClearinghouse.Order_WrongEpoch(order.account, order.epoch, epoch);
        bool wanted;
        if (signed.signature.length == 0) {
            (wanted, banded) = _isWantedBy(order, epoch, msg.sender);
            if (!wanted) {
                revert IClearinghouse.Clearinghouse_NotPermitted(order.account, msg.sender, _scopesFor(order));
            }
        } else {
            digest = digestOf(order, domainSeparator);
            (wanted, banded) = _isSigned(signed, digest, epoch);
            if (!wanted) revert IClearinghouse.Order_BadSignature(order.account, order.nonce);
        }
    }

    /// @notice Refuses a price further off mark, to the account's disadvantage, than RISK-1 lets a reduction cost:
    /// whoever may only reduce shall not be able to give the account away. Nor can who trades near a mark that is in
    /// doubt, or from before a feed fell silent, and knows better.
    function checkBand(Order calldata order, uint256 price, Market memory m) internal pure {
        if (m.status != PriceStatus.Fresh) {
            revert IClearinghouse.Clearinghouse_PriceNotFresh(uint16(m.underlying), m.status);
        }
        _checkWithin(order, price, m.mark, (m.mark * PRICE_BAND_BPS) / FixedPoint.BPS);
    }

    /// @notice The same for an option that is worth `mark`: a hundredth of the underlying's price can be all of that,
    /// so the band is an eighth of it where that is less.
    function checkOptionBand(Order calldata order, uint256 price, uint256 spot, uint256 mark) internal pure {
        uint256 band = (spot * PRICE_BAND_BPS) / FixedPoint.BPS;
        if (band > mark / PREMIUM_PART) band = mark / PREMIUM_PART;
        _checkWithin(order, price, mark, band);
    }

    function _checkWithin(Order calldata order, uint256 price, uint256 mark, uint256 band) private pure {
        bool beyond = order.size > 0 ? price > mark + band : price + band < mark;
        if (beyond) revert IClearinghouse.Order_BeyondBand(order.account, order.nonce, price, mark);
    }

    /// @notice Refuses a price worse than the order's limit and a fee above its maximum.
    function checkTerms(Order calldata order, uint256 price, uint256 feeBps, uint40 priceUpdatedAt) internal pure {
        bool worse = order.size > 0 ? price > order.limitPrice : price < order.limitPrice;
        if (worse) revert IClearinghouse.Order_BeyondLimit(order.account, order.nonce, price, order.limitPrice);
        if (feeBps > order.maxFeeBps) {
            revert IClearinghouse.Order_FeeAboveMaximum(order.account, order.nonce, feeBps, order.maxFeeBps);
        }
        if (priceUpdatedAt < order.priceNotBefore) {
            revert IClearinghouse.Order_PriceTooOld(order.account, order.nonce, priceUpdatedAt, order.priceNotBefore);
        }
    }

    /// @notice Whether the change brings the position closer to zero and not beyond.
    function reduces(int256 position, int256 change) internal pure returns (bool) {
        return position > 0 ? change < 0 && position + change >= 0 : change > 0 && position + change <= 0;
    }

    /// @notice Refuses a reduce-only order a change that would open, grow or turn the position.
    function checkReducing(Order calldata order, int256 position, int256 change) internal pure {
        if (!reduces(position, change))
            revert IClearinghouse.Order_NotReducing(order.account, order.nonce, position, change);
    }

    /// @dev The owner's own key is tried first, whether or not the owner is a contract: an account of a key that also
    /// has code (EIP-7702) signs either way, and one without code costs no look at its code.
    function _isSigned(
        SignedOrder calldata signed,
        bytes32 digest,
        uint32 epoch
    ) private view returns (bool wanted, bool banded) {
        Order calldata order = signed.order;
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signed.signature);
        if (failure == ECDSA.RecoverError.NoError) (wanted, banded) = _isWantedBy(order, epoch, signer);
        if (wanted) return (wanted, banded);
        address owner = order.account.owner();
        return (
            owner.code.length != 0 &&
                SignatureChecker.isValidERC1271SignatureNowCalldata(owner, digest, signed.signature),
            false
        );
    }

    function _isWantedBy(
        Order calldata order,
        uint32 epoch,
        address who
    ) private view returns (bool wanted, bool banded) {
        if (who == order.account.owner()) return (true, false);
        Grant grant = ledger().grants[order.account][who];
        if (grant.allows(Scopes.TRADE, epoch)) return (true, false);
        wanted = order.reduceOnly && grant.allows(Scopes.REDUCE, epoch);
        return (wanted, wanted);
    }

    function _scopesFor(Order calldata order) private pure returns (uint8) {
        return order.reduceOnly ? Scopes.TRADE | Scopes.REDUCE : Scopes.TRADE;
    }
}
