// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Instrument, InstrumentLibrary} from "../instruments/Instrument.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {Account, Mode} from "../types/Account.sol";
import {AccountId, AccountIdLibrary} from "../types/AccountId.sol";
import {Order} from "../types/Order.sol";
import {PackedOption, PackedOptionLibrary} from "../types/PackedOption.sol";
import {Position, PositionLibrary} from "../types/Position.sol";

/// @notice Gives tests the libraries' internal functions, and an order's EIP-712 hash written out from its type.
contract LibraryHarness is EIP712("Plimsoll", "1") {
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(uint256 account,uint120 instrument,int64 size,uint128 limitPrice,uint16 maxFeeBps,uint40 expiry,"
        "uint40 priceNotBefore,uint64 nonce,uint32 epoch,bool reduceOnly)"
    );

    struct AccountFields {
        int128 cash;
        uint32 epoch;
        uint32 keeperDeposit;
        uint8 packed;
        uint8 positions;
        Mode mode;
        bool flagged;
        bool locked;
        uint32 riskSince;
    }

    // ---------------------------------------------------------------- ids

    function makeAccountId(address owner, uint96 index) external pure returns (AccountId) {
        return AccountIdLibrary.make(owner, index);
    }

    function accountIdFields(AccountId id) external pure returns (address owner, uint96 index) {
        return (id.owner(), id.index());
    }

    function perp(uint16 underlying) external pure returns (Instrument) {
        return InstrumentLibrary.perp(underlying);
    }

    function instrumentFields(Instrument id) external pure returns (bool isPerp, uint16 underlying) {
        return (id.isPerp(), id.underlying());
    }

    // ---------------------------------------------------------------- words

    function decodeAccount(Account a) external pure returns (AccountFields memory) {
        return
            AccountFields(
                a.cash(),
                a.epoch(),
                a.keeperDeposit(),
                a.packed(),
                a.positions(),
                a.mode(),
                a.flagged(),
                a.locked(),
                a.riskSince()
            );
    }

    function encodeAccount(AccountFields calldata f) external pure returns (Account a) {
        a = a.withCash(f.cash).withEpoch(f.epoch).withKeeperDeposit(f.keeperDeposit);
        a = a
            .withPositions(f.positions, f.packed)
            .withMode(f.mode)
            .withFlagged(f.flagged)
            .withLocked(f.locked)
            .withRiskSince(f.riskSince);
    }

    function packOption(Position p) external pure returns (PackedOption packed, bool fits) {
        return PackedOptionLibrary.pack(p);
    }

    function unpackOption(PackedOption packed) external pure returns (Position) {
        return packed.unpack();
    }

    function decodePosition(Position p) external pure returns (Instrument instrument, int64 lots, int128 index) {
        return (p.instrument(), p.lots(), p.isOption() ? int128(0) : p.index());
    }

    function encodePosition(Instrument instrument, int64 lots, int128 index) external pure returns (Position) {
        return PositionLibrary.perp(instrument, lots, index);
    }

    function encodeOption(Instrument instrument, int64 lots) external pure returns (Position) {
        return PositionLibrary.option(instrument, lots);
    }

    function option(bool call, uint16 underlying, uint32 expiry, uint64 strike) external pure returns (Instrument) {
        return InstrumentLibrary.option(call, underlying, expiry, strike);
    }

    function optionFields(Position p) external pure returns (bool is_, bool call, uint256 expiresAt, uint256 strike) {
        return (p.isOption(), p.isCall(), p.expiresAt(), p.strike());
    }

    // ---------------------------------------------------------------- fixed point

    function mulWadUp(uint256 x, uint256 y) external pure returns (uint256) {
        return FixedPoint.mulWadUp(x, y);
    }

    function mulDivUp(uint256 x, uint256 y, uint256 d) external pure returns (uint256) {
        return FixedPoint.mulDivUp(x, y, d);
    }

    function mulDivFloor(int256 x, int256 y, int256 d) external pure returns (int256) {
        return FixedPoint.mulDivFloor(x, y, d);
    }

    function valueFloor(int256 lots, int256 price) external pure returns (int256) {
        return FixedPoint.valueFloor(lots, price);
    }

    function valueUp(uint256 lots, uint256 price) external pure returns (uint256) {
        return FixedPoint.valueUp(lots, price);
    }

    // ---------------------------------------------------------------- orders

    function hashOrder(Order calldata o) external view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        ORDER_TYPEHASH,
                        o.account,
                        o.instrument,
                        o.size,
                        o.limitPrice,
                        o.maxFeeBps,
                        o.expiry,
                        o.priceNotBefore,
                        o.nonce,
                        o.epoch,
                        o.reduceOnly
                    )
                )
            );
    }
}
