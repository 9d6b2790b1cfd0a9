// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IReportSigners} from "../../../contracts/interfaces/IReportSigners.sol";
import {ISurfaceOracle, SurfaceReport} from "../../../contracts/interfaces/ISurfaceOracle.sol";
import {SurfaceStatus} from "../../../contracts/types/Expiry.sol";
import {StrikeRule} from "../../../contracts/types/Parameters.sol";
import {SurfaceSlice} from "../../../contracts/types/Surface.sol";
import {Books} from "../../forge/Books.sol";
import {vm} from "../../forge/Vm.sol";
import {WorldHandler} from "./WorldHandler.sol";

/// @notice The signers of surfaces, who report as time passes unless they have fallen silent, and what they report
/// that must be refused.
abstract contract SurfaceHandler is WorldHandler {
    /// @dev ETH and BTC have options.
    uint16 internal constant OPTION_MARKETS = 2;
    bytes32 private constant SLICE_TYPEHASH = keccak256(
        "SurfaceSlice(uint40 expiry,uint32 forwardRatio9,int32 rate9,int48 a12,uint48 b12,int48 rho12,int48 m12,"
        "uint48 s12)"
    );
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "SurfaceReport(uint16 underlying,uint40 observedAt,SurfaceSlice[] slices)"
        "SurfaceSlice(uint40 expiry,uint32 forwardRatio9,int32 rate9,int48 a12,uint48 b12,int48 rho12,int48 m12,"
        "uint48 s12)"
    );
    /// @dev Signers are late at times, and a surface goes stale, but not so late that it ages.
    uint256 private constant REPORT_AFTER = 100 minutes;

    /// @dev What the market believes: volatility at the money, skew, forward over spot and rate, all expiries alike.
    struct View {
        uint256 vol;
        int256 rho;
        uint256 forward;
        int256 rate;
    }

    /// @dev Every expiry the campaign listed, ascending.
    mapping(uint16 underlying => uint40[]) internal series;
    mapping(uint16 underlying => View) private views;
    mapping(uint16 underlying => uint256) private reportedAt;
    mapping(uint16 underlying => bool) private silent;

    /// @notice A report of what changed: up to twelve points of volatility, half a percent of the forward.
    function postSurface(uint256 seed, int256 vol, int256 forward, int256 rho, int256 rate) external {
        uint16 u = _optionMarketAt(seed);
        View storage v = views[u];
        View memory before = v;
        v.vol = uint256(bound(int256(v.vol) + bound(vol, -0.12e18, 0.12e18), 0.25e18, 1.6e18));
        v.forward = uint256(bound(int256(v.forward) + bound(forward, -0.005e18, 0.005e18), 0.97e18, 1.04e18));
        // The skew counts as a move of the wings, at half weight.
        v.rho = bound(v.rho + bound(rho, -0.1e18, 0.1e18), -0.6e18, 0.6e18);
        v.rate = bound(rate, -0.05e18, 0.2e18);
        silent[u] = false;
        if (reportedAt[u] == block.timestamp) _elapse(12);
        (bool ok, bytes memory result) = _tryReport(u);
        if (ok) return;
        views[u] = before;
        _refused(result, bytes.concat(ISurfaceOracle.SurfaceOracle_MoveOutOfBounds.selector));
    }

    /// @notice The signers say nothing more, for a while.
    function muteSigners(uint256 seed, uint256 time) external {
        uint16 u = _optionMarketAt(seed);
        silent[u] = true;
        _elapse(bound(time, 1 minutes, 5 hours));
        if (time % 4 == 0) silent[u] = false;
    }

    /// @notice ORAC-1: a report that is unsigned, untimely, or tells an arbitrage.
    function postSurfaceInVain(uint256 seed, uint8 what) external {
        uint16 u = _optionMarketAt(seed);
        if (reportedAt[u] == block.timestamp) _elapse(12);
        uint40 time = uint40(vm.getBlockTimestamp());
        SurfaceReport memory report = _reportOf(u, time);
        if (report.slices.length == 0 || !_isReported(u, report.slices[0].expiry)) vm.assume(false);
        bytes[] memory signatures = _signaturesOf(report);
        SurfaceSlice memory near = report.slices[0];
        bytes4 refusal;
        if (what % 8 == 0) {
            assembly ("memory-safe") {
                mstore(signatures, 1)
            }
            refusal = IReportSigners.ReportSigners_TooFewSignatures.selector;
        } else if (what % 8 == 1) {
            signatures[seed % 2] = _signature(keyOf[keeper], _digestOf(report));
            refusal = IReportSigners.ReportSigners_NotSigner.selector;
        } else if (what % 8 == 2) {
            report.observedAt = time - 601;
            refusal = ISurfaceOracle.SurfaceOracle_ReportTooOld.selector;
        } else if (what % 8 == 3) {
            report.observedAt = time + 1;
            refusal = ISurfaceOracle.SurfaceOracle_ReportFromFuture.selector;
        } else {
            if (what % 8 == 4)
                (near.rho12, refusal) = (1e12, ISurfaceOracle.SurfaceOracle_ParameterOutOfBounds.selector);
                // All of its variance in a bend: between the wings there is nothing.
            else if (what % 8 == 5) (near.a12, refusal) = _bend(near);
            else if (what % 8 == 6) {
                near.forwardRatio9 += near.forwardRatio9 / 10;
                refusal = ISurfaceOracle.SurfaceOracle_MoveOutOfBounds.selector;
            } else {
                (near.a12, near.b12) = (16 * near.a12, 4 * near.b12);
                near.s12 *= 4;
                refusal = ISurfaceOracle.SurfaceOracle_MoveOutOfBounds.selector;
            }
            signatures = _signaturesOf(report);
        }
        (bool ok, bytes memory result) = address(venue.surfaceOracle()).call(
            abi.encodeCall(ISurfaceOracle.post, (report, signatures))
        );
        assertFalse(ok, "ORAC-1: a surface was taken that tells what cannot be");
        // What is far enough from any market is beyond the bounds of parameters as well.
        if (bytes4(result) == refusal) return;
        _refused(result, bytes.concat(ISurfaceOracle.SurfaceOracle_ParameterOutOfBounds.selector));
    }

    /// @notice Anyone removes the surfaces of what has expired.
    function prune(uint256 seed) external {
        uint16 u = _optionMarketAt(seed);
        uint256 before = venue.surfaceOracle().expiriesOf(u).length;
        venue.surfaceOracle().prune(u);
        uint40[] memory left = venue.surfaceOracle().expiriesOf(u);
        for (uint256 i; i < left.length; ++i) {
            assertTrue(left[i] > block.timestamp, "ORAC-1: an expired surface outlives its removal");
        }
        if (left.length == before) vm.assume(false);
    }

    // ------------------------------------------------------------------ parts

    function _beginSurfaces() internal {
        for (uint16 u = 1; u <= OPTION_MARKETS; ++u) {
            views[u] = View({vol: 0.6e18, rho: -0.2e18, forward: 1.002e18, rate: 0.03e18});
            _listSeries(u, uint40(vm.getBlockTimestamp() + 1 days));
            _listSeries(u, uint40(vm.getBlockTimestamp() + 35 days));
            _mustReport(u);
        }
    }

    /// @dev Lists an expiry with five strikes around the price, ten percent apart. Whoever lists may.
    function _listSeries(uint16 u, uint40 expiresAt) internal {
        StrikeRule memory rule;
        rule.step = uint64(truePrice[u] / 1e11);
        (rule.lowest, rule.highest) = (8 * rule.step, 12 * rule.step);
        house.listExpiry(u, expiresAt, rule);
        uint40[] storage list = series[u];
        list.push(expiresAt);
        for (uint256 i = list.length - 1; i > 0 && list[i - 1] > expiresAt; --i) {
            (list[i - 1], list[i]) = (expiresAt, list[i - 1]);
        }
    }

    function _optionMarketAt(uint256 seed) internal pure returns (uint16) {
        return uint16(1 + (seed % OPTION_MARKETS));
    }

    /// @dev Volatility jumps as far as a report may take it.
    function _shock(uint16 u) internal {
        if (views[u].vol < 1.4e18) views[u].vol += 0.2e18;
        silent[u] = false;
        if (reportedAt[u] == vm.getBlockTimestamp()) _elapse(12);
        (bool ok, ) = _tryReport(u);
        if (!ok) views[u].vol -= 0.2e18;
    }

    function _reportSurfaces() internal override {
        for (uint16 u = 1; u <= OPTION_MARKETS; ++u) {
            if (silent[u] || vm.getBlockTimestamp() < reportedAt[u] + REPORT_AFTER) continue;
            // Where nobody holds an option nobody waits for a surface.
            if (Books.optionInterest(address(house), u) != 0) _tryReport(u);
        }
    }

    /// @dev A feed that reports just then has a price for every second of the hour.
    function _nextStop(uint256 until) internal view override returns (uint256 next) {
        next = until;
        uint256 now_ = vm.getBlockTimestamp();
        for (uint16 u = 1; u <= OPTION_MARKETS; ++u) {
            uint40[] storage list = series[u];
            for (uint256 i = list.length; i > 0; --i) {
                uint256 hour = list[i - 1] - 1 hours;
                if (hour <= now_) break;
                if (hour < next) next = hour;
            }
        }
    }

    /// @dev Makes sure that the surfaces are good for new risk, mostly: reported within REPORT_AFTER.
    function _freshen(uint16 u, uint256 seed) internal {
        if (seed % 8 == 0 || vm.getBlockTimestamp() < reportedAt[u] + REPORT_AFTER) return;
        silent[u] = false;
        _tryReport(u);
    }

    function _mustReport(uint16 u) private {
        (bool ok, bytes memory result) = _tryReport(u);
        if (!ok) _bubble(result);
    }

    /// @dev No two reports are of one moment.
    function _reportAnew(uint16 u) internal {
        if (reportedAt[u] == vm.getBlockTimestamp()) _elapse(12);
        _tryReport(u);
    }

    /// @dev Nothing left to report on is no failure.
    function _tryReport(uint16 u) private returns (bool ok, bytes memory result) {
        SurfaceReport memory report = _reportOf(u, uint40(vm.getBlockTimestamp()));
        if (report.slices.length == 0) return (true, "");
        bytes memory data = abi.encodeCall(ISurfaceOracle.post, (report, _signaturesOf(report)));
        (ok, result) = address(venue.surfaceOracle()).call(data);
        if (ok) reportedAt[u] = vm.getBlockTimestamp();
    }

    function _isReported(uint16 u, uint40 expiresAt) internal view returns (bool) {
        return venue.surfaceOracle().read(u, expiresAt).status != SurfaceStatus.Absent;
    }

    function _reportOf(uint16 u, uint40 observedAt) private view returns (SurfaceReport memory report) {
        uint40[] storage list = series[u];
        uint256 first = list.length;
        while (first > 0 && list[first - 1] > observedAt) --first;
        report.underlying = u;
        report.observedAt = observedAt;
        report.slices = new SurfaceSlice[](list.length - first);
        for (uint256 i = first; i < list.length; ++i) {
            report.slices[i - first] = _slice(views[u], list[i], list[i] - observedAt);
        }
    }

    /// @dev Half of the variance at the money from the bend, as wide as one deviation: free of arbitrage within itself
    /// at any skew, and beside another of the same volatility at any time to expiry.
    function _slice(View memory v, uint40 expiresAt, uint256 tenor) private pure returns (SurfaceSlice memory) {
        uint256 variance = (v.vol * v.vol * tenor) / (YEAR * WAD);
        uint256 deviation = FixedPointMathLib.sqrt(variance * WAD);
        return
            SurfaceSlice({
                expiry: expiresAt,
                forwardRatio9: uint32(v.forward / 1e9),
                rate9: int32(v.rate / 1e9),
                a12: int48(int256(variance / 2e6)),
                b12: uint48(deviation / 2e6),
                rho12: int48(v.rho / 1e6),
                m12: 0,
                s12: uint48(deviation / 1e6)
            });
    }

    /// @dev A smile whose least variance is an eighth of what its wings need to be free of butterflies.
    function _bend(SurfaceSlice memory slice) private pure returns (int48, bytes4) {
        (slice.b12, slice.s12, slice.rho12) = (slice.b12 * 16, slice.s12 / 16, 0);
        return (slice.a12 / 8, ISurfaceOracle.SurfaceOracle_ButterflyArbitrage.selector);
    }

    function _digestOf(SurfaceReport memory report) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](report.slices.length);
        for (uint256 i; i < hashes.length; ++i) hashes[i] = keccak256(abi.encode(SLICE_TYPEHASH, report.slices[i]));
        bytes32 slices = keccak256(abi.encodePacked(hashes));
        bytes32 structHash = keccak256(abi.encode(REPORT_TYPEHASH, report.underlying, report.observedAt, slices));
        bytes32 domain = _domain("Plimsoll SurfaceOracle", address(venue.surfaceOracle()));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _signaturesOf(SurfaceReport memory report) private view returns (bytes[] memory signatures) {
        bytes32 digest = _digestOf(report);
        signatures = new bytes[](2);
        signatures[0] = _signature(venue.signerKeys(0), digest);
        signatures[1] = _signature(venue.signerKeys(1), digest);
    }
}
