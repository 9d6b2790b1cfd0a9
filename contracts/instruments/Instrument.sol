// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What can be held, described by its own id: valuing it needs no registry read.
///
///     119      112 111          96 95            64 63                0
///     | kind (8)  | underlying (16) |  expiry (32)  |  strike (64)    |
///
/// A perpetual has neither expiry nor strike. Expiry is in unix seconds; strike is in USD with 8 decimals.
type Instrument is uint120;

/// @dev The order is part of the id; new kinds are appended. Nothing is what an empty slot decodes to.
enum Kind {
    Nothing,
    Cash,
    Spot,
    Perp,
    Call,
    Put
}

using InstrumentLibrary for Instrument global;
using {equals as ==} for Instrument global;

function equals(Instrument a, Instrument b) pure returns (bool) {
    return Instrument.unwrap(a) == Instrument.unwrap(b);
}

library InstrumentLibrary {
    uint256 internal constant KIND_SHIFT = 112;
    uint256 internal constant UNDERLYING_SHIFT = 96;
    uint256 internal constant EXPIRY_SHIFT = 64;

    /// @notice The perpetual on `underlying_`.
    function perp(uint16 underlying_) internal pure returns (Instrument) {
        return
            Instrument.wrap(
                (uint120(uint8(Kind.Perp)) << uint120(KIND_SHIFT)) | (uint120(underlying_) << uint120(UNDERLYING_SHIFT))
            );
    }

    /// @notice A European option on `underlying_`. `strike_` is in USD with 8 decimals.
    function option(bool isCall, uint16 underlying_, uint32 expiry, uint64 strike_) internal pure returns (Instrument) {
        uint256 id = uint256(isCall ? Kind.Call : Kind.Put) << KIND_SHIFT;
        id |= (uint256(underlying_) << UNDERLYING_SHIFT) | (uint256(expiry) << EXPIRY_SHIFT) | strike_;
        return Instrument.wrap(uint120(id));
    }

    /// @notice Whether the id is exactly a perpetual: right kind, and nothing in the fields a perpetual lacks.
    function isPerp(Instrument id) internal pure returns (bool) {
        return id == perp(id.underlying());
    }

    /// @notice Whether the id is a call or a put: the two kinds differ in their last bit alone.
    function isOption(Instrument id) internal pure returns (bool) {
        return Instrument.unwrap(id) >> (KIND_SHIFT + 1) == uint256(Kind.Call) >> 1;
    }

    /// @notice When an option expires, unix seconds.
    function expiresAt(Instrument id) internal pure returns (uint32) {
        return uint32(Instrument.unwrap(id) >> EXPIRY_SHIFT);
    }

    /// @notice An option's strike, USD with 8 decimals.
    function strike8(Instrument id) internal pure returns (uint64) {
        return uint64(Instrument.unwrap(id));
    }

    /// @notice The index of the underlying whose price drives the instrument.
    function underlying(Instrument id) internal pure returns (uint16) {
        return uint16(Instrument.unwrap(id) >> UNDERLYING_SHIFT);
    }
}
