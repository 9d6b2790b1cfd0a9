// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OptionTerms} from "../../contracts/clearing/OptionTerms.sol";
import {Market} from "../../contracts/types/Market.sol";
import {OptionParams, OptionRamp} from "../../contracts/types/Parameters.sol";
import {Test} from "../forge/Test.sol";
import {vm} from "../forge/Vm.sol";

/// @notice What governance sets for options is what it reads back, and what of it raises margin ramps in over 24 hours,
/// whatever it sets and when.
contract OptionTermsTest is Test {
    uint256 private constant STEPS = 12;
    uint256 private constant DURATION = 24 hours;
    uint256 private constant BPS_STEP = 1e14;
    /// @dev The grain of the values in force: a thousandth of a basis point.
    uint256 private constant STEP = 1e11;

    uint256 private word;

    function setUp() public {
        vm.warp(1_700_000_000);
    }

    /// @dev The property itself: any sequence of changes and of moments.
    function testFuzz_marginMovesNoFasterThanTheRamp(uint256 seed) public {
        for (uint256 i; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (i == 0 || seed % 2 == 0) _change(_drawParams(seed, OptionTerms.unpack(word)));
            else _wait(_draw(seed, "wait", 1, seed % 3 == 0 ? 30 hours : 2 hours));
        }
        _wait(DURATION);
        _assertSame(_inForce(), _targetOf(OptionTerms.unpack(word)), "RISK-1: a day later the target is in force");
    }

    /// @dev Whoever opens an option before anyone governed it would be judged by the tightest there is.
    function testFuzz_theFirstTermsOnlyLowerMargin(uint256 seed) public {
        Market memory tightest = _inForce();
        assertEq(tightest.priceRange, 0.6e18, "RISK-1: the widest price range");
        assertEq(tightest.credit, 0, "RISK-1: no credit");
        assertEq(tightest.referenceVol, 0.005e18, "RISK-1: the least reference volatility");
        OptionParams memory p = _drawParams(seed, OptionTerms.unpack(0));
        word = OptionTerms.changed(0, p);
        _assertSame(_inForce(), _targetOf(p), "RISK-2: what lowers margin waits");
        assertEq(OptionTerms.unpackRamp(word).since, 0, "RISK-2: a ramp without anything to raise");
    }

    /// @dev Any parameters, in bounds or not: each is where it was put, and as a frame reads it.
    function testFuzz_termsOneByOne(OptionParams calldata p, uint256 seed) public view {
        uint256 before = seed % 4 == 0 ? 0 : OptionTerms.changed(0, _drawParams(seed, OptionTerms.unpack(0)));
        uint256 packed = OptionTerms.changed(before, p);
        OptionParams memory q = OptionTerms.unpack(packed);
        assertEq(keccak256(abi.encode(q)), keccak256(abi.encode(p)), "OptionTerms: round trip");
        assertEq(OptionTerms.takerFeeBps(packed), p.takerFeeBps, "OptionTerms: taker fee");
        assertEq(OptionTerms.makerFeeBps(packed), p.makerFeeBps, "OptionTerms: maker fee");
        assertEq(OptionTerms.openInterestCap(packed), p.openInterestCap, "OptionTerms: open interest cap");
    }

    /// @dev Nothing that is raised acts in the block of the change, and nothing that is lowered waits.
    function _change(OptionParams memory to) private {
        OptionParams memory from = OptionTerms.unpack(word);
        OptionRamp memory ramp = OptionTerms.unpackRamp(word);
        Market memory before = _inForce();
        bool same =
            word != 0 &&
                to.priceRangeBps == from.priceRangeBps &&
                to.creditBps == from.creditBps &&
                to.referenceVolBps == from.referenceVolBps;
        word = OptionTerms.changed(word, to);
        OptionRamp memory next = OptionTerms.unpackRamp(word);
        if (same) {
            _assertSame(_inForce(), before, "RISK-2: fees and caps moved margin");
            bytes32 running = keccak256(abi.encode(ramp));
            assertEq(keccak256(abi.encode(next)), running, "RISK-2: naming the same began a ramp anew");
            return;
        }
        Market memory target = _targetOf(to);
        Market memory looser = _inForce();
        looser.priceRange = before.priceRange < target.priceRange ? before.priceRange : target.priceRange;
        looser.credit = before.credit > target.credit ? before.credit : target.credit;
        looser.referenceVol = before.referenceVol > target.referenceVol ? before.referenceVol : target.referenceVol;
        _assertSame(_inForce(), looser, "RISK-2: in its block a change does but lower margin, and all of it at once");
        bool raised =
            target.priceRange > before.priceRange ||
                target.credit < before.credit ||
                target.referenceVol < before.referenceVol;
        assertEq(next.since, raised ? vm.getBlockTimestamp() : 0, "RISK-2: a ramp begins where something is raised");
    }

    /// @dev On the straight line from where the ramp began to its target, and no further from it than a step, which is
    /// margin's.
    function _wait(uint256 time) private {
        Market memory before = _inForce();
        vm.warp(vm.getBlockTimestamp() + time);
        Market memory then = _inForce();
        Market memory target = _targetOf(OptionTerms.unpack(word));
        _assertBetween(before, then, target);
        OptionRamp memory ramp = OptionTerms.unpackRamp(word);
        if (ramp.since == 0) return _assertSame(then, before, "RISK-2: margin moves where nothing ramps");
        uint256 elapsed = vm.getBlockTimestamp() - ramp.since;
        if (elapsed >= DURATION) return _assertSame(then, target, "RISK-1: the ramp is over");
        uint256 line = ramp.priceRange * (DURATION - elapsed) + target.priceRange * elapsed;
        assertGe(then.priceRange * DURATION, line, "RISK-1: a price range behind its ramp");
        assertLt(then.priceRange * DURATION, line + STEP * DURATION, "RISK-2: a price range ahead of its ramp");
        line = ramp.credit * (DURATION - elapsed) + target.credit * elapsed;
        assertLe(then.credit * DURATION, line, "RISK-1: a credit behind its ramp");
        assertGt((then.credit + STEP) * DURATION, line, "RISK-2: a credit ahead of its ramp");
        line = ramp.referenceVol * (DURATION - elapsed) + target.referenceVol * elapsed;
        assertLe(then.referenceVol * DURATION, line, "RISK-1: a reference volatility behind its ramp");
        assertGt((then.referenceVol + STEP) * DURATION, line, "RISK-2: a reference volatility ahead of its ramp");
    }

    function _assertBetween(Market memory before, Market memory then, Market memory target) private pure {
        assertGe(then.priceRange, before.priceRange, "RISK-2: a price range went back");
        assertLe(then.priceRange, target.priceRange, "RISK-2: a price range beyond its target");
        assertLe(then.credit, before.credit, "RISK-2: a credit went back");
        assertGe(then.credit, target.credit, "RISK-2: a credit beyond its target");
        assertLe(then.referenceVol, before.referenceVol, "RISK-2: a reference volatility went back");
        assertGe(then.referenceVol, target.referenceVol, "RISK-2: a reference volatility beyond its target");
    }

    function _assertSame(Market memory a, Market memory b, string memory reason) private pure {
        assertEq(a.priceRange, b.priceRange, reason);
        assertEq(a.credit, b.credit, reason);
        assertEq(a.referenceVol, b.referenceVol, reason);
    }

    function _inForce() private view returns (Market memory m) {
        OptionTerms.setInForce(m, word);
    }

    function _targetOf(OptionParams memory p) private pure returns (Market memory m) {
        m.priceRange = p.priceRangeBps * BPS_STEP;
        m.credit = p.creditBps * BPS_STEP;
        m.referenceVol = p.referenceVolBps * BPS_STEP;
    }

    /// @dev Parameters within the bounds; each stays as it is in a third of the cases, all of them now and then.
    function _drawParams(uint256 seed, OptionParams memory from) private pure returns (OptionParams memory p) {
        p = from;
        bool first = from.priceRangeBps == 0;
        if (first || seed % 16 != 0) {
            if (first || _draws(seed, "keep range")) p.priceRangeBps = uint16(_draw(seed, "range", 500, 6_000));
            if (first || _draws(seed, "keep credit")) p.creditBps = uint16(_draw(seed, "credit", 0, 8_000));
            if (first || _draws(seed, "keep vol")) p.referenceVolBps = uint16(_draw(seed, "vol", 50, 2_000));
        }
        p.takerFeeBps = uint16(_draw(seed, "taker", 0, 50));
        p.makerFeeBps = uint16(_draw(seed, "maker", 0, 50));
        p.openInterestCap = uint64(_draw(seed, "cap", 0, 1e11));
    }

    function _draws(uint256 seed, string memory salt) private pure returns (bool) {
        return _draw(seed, salt, 0, 2) != 0;
    }

    function _draw(uint256 seed, string memory salt, uint256 min, uint256 max) private pure returns (uint256) {
        return bound(uint256(keccak256(abi.encode(seed, salt))), min, max);
    }
}
