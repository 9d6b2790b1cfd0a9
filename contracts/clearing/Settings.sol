// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {Mode} from "../types/Account.sol";
import {MarketParams, Modules} from "../types/Parameters.sol";
import {ledger} from "./Ledger.sol";

/// @notice Everything governed, as the code of one data contract: a frame reads modules, models and the parameters of
/// every market with one copy, for about the price of two storage slots, where a slot each would cost a dozen. A change
/// writes a new contract, so all settings of a frame are of one moment.
///
///     words 0 to 6     price, basis, volatility and surface oracle, expiry settlement, auction, vault
///     words 7 to 14    margin models of modes 0 to 7; bit 160 says whether the model uses correlations
///     words 15 on      three for each market
///
/// The first of a market's words holds its parameters, the first of them lowest; the second what they ramp from
/// (Ramps); the third its options' parameters and what these ramp from (OptionTerms):
///
///     255  241 240    239     224 223     160 159  96 95     80 79     64 63  48 47   32 31   16 15  0
///     | zero  | listed | underlying | oiCap     | depth  | makerFee | takerFee | mm   | slope | vol   | base |
library Settings {
    uint256 internal constant MODES = 8;
    uint256 private constant MODELS_AT = 7;
    uint256 private constant MARKETS_AT = MODELS_AT + MODES;
    uint256 private constant MARKET_WORDS = 3;
    uint256 private constant USES_CORRELATION = 1 << 160;
    uint256 private constant LISTED = 1 << 240;
    uint256 private constant UNDERLYING_SHIFT = 224;
    /// @dev Base rate, volatility multiplier, slope and maintenance ratio below, depth above the fees.
    uint256 private constant MARGIN_BITS = uint256(type(uint64).max) | (uint256(type(uint64).max) << 96);

    /// @notice The settings in force.
    function load() internal view returns (uint256[] memory words) {
        address at = ledger().settings;
        if (at == address(0)) return new uint256[](MARKETS_AT);
        bytes memory data = SSTORE2.read(at);
        assembly ("memory-safe") {
            mstore(data, shr(5, mload(data)))
            words := data
        }
    }

    /// @notice Puts other settings in force.
    function store(uint256[] memory words) internal {
        ledger().settings = SSTORE2.write(abi.encodePacked(words));
    }

    function priceOracle(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 0)));
    }

    function basisOracle(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 1)));
    }

    function volatilityOracle(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 2)));
    }

    function surfaceOracle(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 3)));
    }

    function expirySettlement(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 4)));
    }

    function auction(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 5)));
    }

    function vault(uint256[] memory words) internal pure returns (address) {
        return address(uint160(_word(words, 6)));
    }

    function modules(uint256[] memory words) internal pure returns (Modules memory) {
        return
            Modules({
                priceOracle: priceOracle(words),
                basisOracle: basisOracle(words),
                volatilityOracle: volatilityOracle(words),
                surfaceOracle: surfaceOracle(words),
                expirySettlement: expirySettlement(words),
                auction: auction(words),
                vault: vault(words)
            });
    }

    function setModules(uint256[] memory words, Modules memory to) internal pure {
        words[0] = uint160(to.priceOracle);
        words[1] = uint160(to.basisOracle);
        words[2] = uint160(to.volatilityOracle);
        words[3] = uint160(to.surfaceOracle);
        words[4] = uint160(to.expirySettlement);
        words[5] = uint160(to.auction);
        words[6] = uint160(to.vault);
    }

    /// @notice The mode's margin model; zero where none is registered.
    function model(uint256[] memory words, Mode mode) internal pure returns (IMarginModel) {
        uint256 number = Mode.unwrap(mode);
        return IMarginModel(address(uint160(number < MODES ? _word(words, MODELS_AT + number) : 0)));
    }

    /// @notice Whether the mode's margin model asks for correlations.
    function usesCorrelation(uint256[] memory words, Mode mode) internal pure returns (bool) {
        return _word(words, MODELS_AT + Mode.unwrap(mode)) & USES_CORRELATION != 0;
    }

    function setModel(uint256[] memory words, Mode mode, IMarginModel to, bool correlations) internal pure {
        words[MODELS_AT + Mode.unwrap(mode)] = uint160(address(to)) | (correlations ? USES_CORRELATION : 0);
    }

    /// @notice The place of a market's first word; zero where the underlying is not listed.
    function placeOf(uint256[] memory words, uint256 underlying) internal pure returns (uint256) {
        unchecked {
            for (uint256 at = MARKETS_AT; at < words.length; at += MARKET_WORDS) {
                if (uint16(_word(words, at) >> UNDERLYING_SHIFT) == underlying) return at;
            }
        }
        return 0;
    }

    /// @notice The parameters of the market at `place`.
    function paramsAt(uint256[] memory words, uint256 place) internal pure returns (uint256) {
        return _word(words, place);
    }

    /// @notice What the market at `place` ramps from.
    function rampAt(uint256[] memory words, uint256 place) internal pure returns (uint256) {
        return _word(words, place + 1);
    }

    /// @notice The parameters of the options of the market at `place`, and what they ramp from.
    function optionsAt(uint256[] memory words, uint256 place) internal pure returns (uint256) {
        return _word(words, place + 2);
    }

    function setOptions(uint256[] memory words, uint256 place, uint256 options) internal pure {
        words[place + 2] = options;
    }

    function setMarket(uint256[] memory words, uint256 place, uint256 params, uint256 ramp) internal pure {
        words[place] = params;
        words[place + 1] = ramp;
    }

    /// @notice Whether two markets' parameters ask for the same margin, whatever their fees and caps.
    function sameMargin(uint256 params, uint256 others) internal pure returns (bool) {
        return (params ^ others) & MARGIN_BITS == 0;
    }

    /// @notice Every listed underlying, in the order of listing.
    function underlyings(uint256[] memory words) internal pure returns (uint16[] memory list) {
        list = new uint16[]((words.length - MARKETS_AT) / MARKET_WORDS);
        for (uint256 i; i < list.length; ++i) {
            list[i] = uint16(words[MARKETS_AT + i * MARKET_WORDS] >> UNDERLYING_SHIFT);
        }
    }

    /// @notice The settings with one more market, which ramps from nothing.
    function withMarket(
        uint256[] memory words,
        uint16 underlying,
        MarketParams memory p
    ) internal pure returns (uint256[] memory grown) {
        grown = new uint256[](words.length + MARKET_WORDS);
        for (uint256 i; i < words.length; ++i) grown[i] = words[i];
        grown[words.length] = pack(underlying, p);
    }

    function baseRateBps(uint256 params) internal pure returns (uint256) {
        return uint16(params);
    }

    function volMultiplierBps(uint256 params) internal pure returns (uint256) {
        return uint16(params >> 16);
    }

    function slopeBps(uint256 params) internal pure returns (uint256) {
        return uint16(params >> 32);
    }

    function maintenanceRatioBps(uint256 params) internal pure returns (uint256) {
        return uint16(params >> 48);
    }

    function takerFeeBps(uint256 params) internal pure returns (uint256) {
        return uint16(params >> 64);
    }

    function makerFeeBps(uint256 params) internal pure returns (uint256) {
        return uint16(params >> 80);
    }

    /// @notice Whole USD, as is the cap.
    function depth(uint256 params) internal pure returns (uint256) {
        return uint64(params >> 96);
    }

    function openInterestCap(uint256 params) internal pure returns (uint256) {
        return uint64(params >> 160);
    }

    function unpack(uint256 params) internal pure returns (MarketParams memory p) {
        p.baseRateBps = uint16(baseRateBps(params));
        p.volMultiplierBps = uint16(volMultiplierBps(params));
        p.slopeBps = uint16(slopeBps(params));
        p.maintenanceRatioBps = uint16(maintenanceRatioBps(params));
        p.takerFeeBps = uint16(takerFeeBps(params));
        p.makerFeeBps = uint16(makerFeeBps(params));
        p.depth = uint64(depth(params));
        p.openInterestCap = uint64(openInterestCap(params));
    }

    function pack(uint16 underlying, MarketParams memory p) internal pure returns (uint256) {
        return
            uint256(p.baseRateBps) |
            (uint256(p.volMultiplierBps) << 16) |
            (uint256(p.slopeBps) << 32) |
            (uint256(p.maintenanceRatioBps) << 48) |
            (uint256(p.takerFeeBps) << 64) |
            (uint256(p.makerFeeBps) << 80) |
            (uint256(p.depth) << 96) |
            (uint256(p.openInterestCap) << 160) |
            (uint256(underlying) << UNDERLYING_SHIFT) |
            LISTED;
    }

    /// @dev Nothing to check: there are never fewer than MARKETS_AT words, and places of markets come from here.
    function _word(uint256[] memory words, uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(words, shl(5, add(at, 1))))
        }
    }
}
