// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MarketStateLibrary, MarketWords} from "../../contracts/clearing/Ledger.sol";
import {Settings} from "../../contracts/clearing/Settings.sol";
import {Instrument, InstrumentLibrary} from "../../contracts/instruments/Instrument.sol";
import {Account, Mode} from "../../contracts/types/Account.sol";
import {AccountId, AccountIdLibrary} from "../../contracts/types/AccountId.sol";
import {Grant, GrantLibrary} from "../../contracts/types/Grant.sol";
import {MarketState} from "../../contracts/types/MarketState.sol";
import {LockedProceeds, LockedProceedsLibrary} from "../../contracts/types/LockedProceeds.sol";
import {MarketParams} from "../../contracts/types/Parameters.sol";
import {Position, PositionLibrary} from "../../contracts/types/Position.sol";
import {Test} from "../forge/Test.sol";
import {vm} from "../forge/Vm.sol";

/// @notice Every packed word gives back what was put in, whatever stood there before and whatever its neighbours hold.
contract WordsTest is Test {
    using Settings for uint256[];
    using MarketStateLibrary for MarketWords;

    MarketWords private words;

    function testFuzz_accountId(address owner, uint96 index) public pure {
        AccountId id = AccountIdLibrary.make(owner, index);
        assertEq(id.owner(), owner, "AccountId: owner");
        assertEq(id.index(), index, "AccountId: index");
    }

    struct AccountFields {
        int128 cash;
        uint32 epoch;
        uint32 deposit;
        uint8 packed;
        uint8 positions;
        uint8 mode;
        bool flagged;
        bool locked;
        uint32 riskSince;
    }

    /// @dev Writes each field into a word full of garbage, and checks all the others at the end.
    function testFuzz_account(uint256 garbage, AccountFields memory f) public pure {
        Account a = Account.wrap(garbage).withCash(f.cash).withEpoch(f.epoch).withKeeperDeposit(f.deposit);
        a = a.withPositions(f.positions, f.packed).withMode(Mode.wrap(f.mode));
        a = a.withFlagged(f.flagged).withLocked(f.locked).withRiskSince(f.riskSince);
        assertEq(a.cash(), f.cash, "Account: cash");
        assertEq(a.epoch(), f.epoch, "Account: epoch");
        assertEq(a.keeperDeposit(), f.deposit, "Account: keeperDeposit");
        assertEq(a.packed(), f.packed, "Account: packed");
        assertEq(a.positions(), f.positions, "Account: positions");
        assertEq(Mode.unwrap(a.mode()), f.mode, "Account: mode");
        assertEq(a.flagged(), f.flagged, "Account: flagged");
        assertEq(a.locked(), f.locked, "Account: locked");
        assertEq(a.riskSince(), f.riskSince, "Account: riskSince");
        // The six flags not used yet are nobody's to change.
        assertEq((Account.unwrap(a) ^ garbage) & (uint256(0xfc) << 216), 0, "Account: spare flags");
    }

    function testFuzz_accountFieldsAreApart(uint256 word, int128 cash) public pure {
        Account a = Account.wrap(word);
        assertEq(Account.unwrap(a.withCash(cash)) >> 128, word >> 128, "Account: cash alone changed");
        assertEq(Account.unwrap(a.withCash(a.cash())), word, "Account: writing what was read changes nothing");
        assertEq(Account.unwrap(a.withEpoch(a.epoch()).withRiskSince(a.riskSince())), word, "Account: nothing changed");
    }

    function testFuzz_position(
        uint16 underlying,
        int64 lots,
        int128 index,
        int64 nextLots,
        int128 nextIndex
    ) public pure {
        Instrument id = InstrumentLibrary.perp(underlying);
        Position p = PositionLibrary.perp(id, lots, index);
        assertEq(p.lots(), lots, "Position: lots");
        assertEq(p.index(), index, "Position: index");
        assertEq(p.underlying(), underlying, "Position: underlying");
        assertTrue(p.instrument() == id, "Position: instrument");
        assertEq(
            Position.unwrap(p.withLots(nextLots).withIndex(nextIndex)),
            Position.unwrap(PositionLibrary.perp(id, nextLots, nextIndex)),
            "Position: fields are apart"
        );
    }

    /// @dev Only one id in 2^104 of an underlying's is its perpetual.
    function testFuzz_instrument(uint120 word, uint16 underlying) public pure {
        Instrument id = Instrument.wrap(word);
        assertEq(id.underlying(), uint16(word >> 96), "Instrument: underlying");
        bool exact = word >> 112 == 3 && uint96(word) == 0;
        assertEq(id.isPerp(), exact, "Instrument: a perpetual has no other field");
        assertTrue(InstrumentLibrary.perp(underlying).isPerp(), "Instrument: perpetual");
        uint120 spoilt = Instrument.unwrap(InstrumentLibrary.perp(underlying)) | uint120(uint256(word) % 2 ** 96);
        assertEq(Instrument.wrap(spoilt).isPerp(), uint96(word) == 0, "Instrument: expiry and strike are refused");
    }

    function testFuzz_grant(uint8 scopes, uint32 epoch, uint40 expiry, uint8 wanted, uint40 now_) public {
        vm.warp(now_);
        Grant g = GrantLibrary.make(scopes, epoch, expiry);
        assertEq(g.scopes(), scopes, "Grant: scopes");
        assertEq(g.epoch(), epoch, "Grant: epoch");
        assertEq(g.expiry(), expiry, "Grant: expiry");
        assertEq(g.allows(wanted, epoch), scopes & wanted != 0 && now_ <= expiry, "Grant: allows");
        unchecked {
            assertFalse(g.allows(wanted, epoch + 1), "Grant: of one epoch");
        }
    }

    /// @dev Nothing but its three fields is in a grant, and each is where it was put.
    function testFuzz_grantWord(uint8 scopes, uint32 epoch, uint40 expiry, uint256 word) public pure {
        uint256 made = Grant.unwrap(GrantLibrary.make(scopes, epoch, expiry));
        assertEq(made, (uint256(scopes) << 72) | (uint256(epoch) << 40) | expiry, "Grant: the word");
        Grant g = Grant.wrap(word);
        assertEq(g.scopes(), uint8(word >> 72), "Grant: scopes of any word");
        assertEq(g.epoch(), uint32(word >> 40), "Grant: epoch of any word");
        assertEq(g.expiry(), uint40(word), "Grant: expiry of any word");
    }

    /// @dev Against a plain list: underlyings come in any order and more than once, amounts between them.
    function testFuzz_lockedProceeds(uint256 seed, uint8 steps) public pure {
        LockedProceeds p;
        uint16[] memory list = new uint16[](LockedProceedsLibrary.MOST_UNDERLYINGS);
        uint256 count;
        uint128 amount;
        for (uint256 i; i < steps % 24; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            if (dice % 3 == 0) {
                amount = uint128(dice >> 128);
                p = p.withAmount(amount);
            } else {
                uint16 id = dice % 3 == 1 ? uint16(dice >> 8) % 12 : uint16(dice >> 8);
                bool there;
                for (uint256 at; at < count && !there; ++at) there = list[at] == id;
                bool known;
                (p, known) = p.withUnderlying(id);
                assertEq(known, there || count < list.length, "LockedProceeds: room");
                if (!there && known) list[count++] = id;
            }
            assertEq(p.amount(), amount, "LockedProceeds: amount");
            assertEq(p.count(), count, "LockedProceeds: count");
            for (uint256 at; at < count; ++at) assertEq(p.underlying(at), list[at], "LockedProceeds: underlying");
        }
        assertEq((LockedProceeds.unwrap(p) >> 136) & 0xff, 0, "LockedProceeds: spare bits");
    }

    function testFuzz_marketParams(
        uint16 underlying,
        MarketParams calldata p,
        MarketParams calldata other
    ) public pure {
        uint16 another = underlying ^ 1;
        uint256[] memory words_ = new uint256[](15);
        words_ = words_.withMarket(another, other).withMarket(underlying, p);
        assertEq(words_.placeOf(another), 15, "Settings: the first market's place");
        assertEq(words_.placeOf(underlying), 18, "Settings: the second market's place");
        assertEq(words_.placeOf(underlying ^ 2), 0, "Settings: no place for what is not listed");
        MarketParams memory q = Settings.unpack(words_.paramsAt(18));
        assertEq(keccak256(abi.encode(q)), keccak256(abi.encode(p)), "Settings: round trip of parameters");
        q = Settings.unpack(words_.paramsAt(15));
        assertEq(keccak256(abi.encode(q)), keccak256(abi.encode(other)), "Settings: markets are apart");
        assertEq(words_.rampAt(15) | words_.rampAt(18), 0, "Settings: a new market ramps from nothing");
    }

    /// @dev One by one as they are read in a frame.
    function testFuzz_marketParamsOneByOne(uint16 underlying, MarketParams calldata p) public pure {
        uint256 packed = Settings.pack(underlying, p);
        assertEq(Settings.baseRateBps(packed), p.baseRateBps, "Settings: base rate");
        assertEq(Settings.volMultiplierBps(packed), p.volMultiplierBps, "Settings: volatility multiplier");
        assertEq(Settings.slopeBps(packed), p.slopeBps, "Settings: slope");
        assertEq(Settings.maintenanceRatioBps(packed), p.maintenanceRatioBps, "Settings: maintenance ratio");
        assertEq(Settings.takerFeeBps(packed), p.takerFeeBps, "Settings: taker fee");
        assertEq(Settings.makerFeeBps(packed), p.makerFeeBps, "Settings: maker fee");
        assertEq(Settings.depth(packed), p.depth, "Settings: depth");
        assertEq(Settings.openInterestCap(packed), p.openInterestCap, "Settings: open interest cap");
    }

    function testFuzz_marketState(MarketState memory s, MarketState memory next) public {
        words.store(s);
        _assertStored(s);
        words.store(next);
        _assertStored(next);
    }

    function _assertStored(MarketState memory expected) private view {
        MarketState memory got;
        words.loadInto(got);
        assertEq(keccak256(abi.encode(got)), keccak256(abi.encode(expected)), "MarketState: round trip");
    }
}
