// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ISurfaceOracle, MoveLimits, SurfaceReport} from "../interfaces/ISurfaceOracle.sol";
import {Svi} from "../math/Svi.sol";
import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {SurfaceHead, SurfaceHeadLibrary, SurfaceSlice, SurfaceSmile, SurfaceSmileLibrary} from "../types/Surface.sol";
import {MoveWindow} from "./MoveWindow.sol";
import {ReportSigners} from "./ReportSigners.sol";
import {Smile, SurfaceRules} from "./SurfaceRules.sol";

/// @title The surface oracle: k of n signers
/// @dev A report is judged as a whole. Between two consistent surfaces there need not be a consistent order to post
/// their slices one by one, where smiles of neighbours cross; so all are stored first and neighbours are compared
/// afterwards. Expiries are kept as a small sorted list rather than named by the reporter: a hint that was right when
/// it was signed is wrong once another expiry came between.
contract SurfaceOracle is ISurfaceOracle, ReportSigners {
    struct StoredSurface {
        SurfaceHead head;
        SurfaceSmile smile;
    }

    uint256 public constant MAX_EXPIRIES = 32;
    uint256 public constant MAX_TENOR = 3 * 365 days;
    uint256 public constant MAX_REPORT_AGE = 10 minutes;
    /// @dev RISK section 9.
    uint256 public constant STALE_AFTER = 1 hours;
    uint256 public constant AGED_AFTER = 3 hours;
    uint256 public constant WIDENING_PER_HOUR = 0.05e18;
    uint256 public constant MAX_WIDENING = 0.5e18;

    uint256 private constant MIN_FORWARD_BPS = 10;
    uint256 private constant MAX_FORWARD_BPS = 500;
    uint256 private constant MIN_VOL_BPS = 100;
    uint256 private constant MAX_VOL_BPS = 5_000;

    bytes32 private constant SLICE_TYPEHASH = keccak256(
        "SurfaceSlice(uint40 expiry,uint32 forwardRatio9,int32 rate9,int48 a12,uint48 b12,int48 rho12,int48 m12,"
        "uint48 s12)"
    );
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "SurfaceReport(uint16 underlying,uint40 observedAt,SurfaceSlice[] slices)"
        "SurfaceSlice(uint40 expiry,uint32 forwardRatio9,int32 rate9,int48 a12,uint48 b12,int48 rho12,int48 m12,"
        "uint48 s12)"
    );

    mapping(uint16 underlying => mapping(uint40 expiry => StoredSurface)) private _surfaces;
    /// @dev Ascending.
    mapping(uint16 underlying => uint40[]) private _expiries;
    MoveLimits private _limits;

    constructor(
        address authority,
        address[] memory signers,
        uint8 threshold,
        MoveLimits memory limits
    ) ReportSigners(authority, "Plimsoll SurfaceOracle", signers, threshold) {
        _setMoveLimits(limits);
    }

    // ---------------------------------------------------------------- reading

    /// @inheritdoc ISurfaceOracle
    function read(uint16 underlying, uint40 expiry) external view returns (Expiry memory found) {
        _readInto(found, underlying, expiry);
    }

    /// @inheritdoc ISurfaceOracle
    function readMany(uint16 underlying, uint40[] calldata expiries) external view returns (Expiry[] memory found) {
        found = new Expiry[](expiries.length);
        for (uint256 i; i < expiries.length; ++i) _readInto(found[i], underlying, expiries[i]);
    }

    /// @inheritdoc ISurfaceOracle
    function volatility(
        uint16 underlying,
        uint40 expiry,
        int256 k
    ) external view returns (uint256 sigma, SurfaceStatus status) {
        Expiry memory v;
        _readInto(v, underlying, expiry);
        status = v.status;
        if (status <= SurfaceStatus.Expired) return (0, status);
        int256 within = Svi.clamp(k, Svi.reach(v.a, v.b, v.s));
        sigma = Svi.volatility(Svi.totalVariance(within, v.a, v.b, v.rho, v.m, v.s), v.tenor);
    }

    /// @inheritdoc ISurfaceOracle
    function expiriesOf(uint16 underlying) external view returns (uint40[] memory) {
        return _expiries[underlying];
    }

    /// @inheritdoc ISurfaceOracle
    function movesLeft(uint16 underlying, uint40 expiry) external view returns (uint256 forward6, uint256 vol5) {
        return SurfaceRules.movesLeft(_surfaces[underlying][expiry].head, _limits);
    }

    /// @inheritdoc ISurfaceOracle
    function moveLimits() external view returns (MoveLimits memory) {
        return _limits;
    }

    // ---------------------------------------------------------------- reporting

    /// @inheritdoc ISurfaceOracle
    function post(SurfaceReport calldata report, bytes[] calldata signatures) external {
        uint40 now_ = uint40(block.timestamp);
        if (report.observedAt > now_) revert SurfaceOracle_ReportFromFuture(report.observedAt, now_);
        if (now_ - report.observedAt > MAX_REPORT_AGE) {
            revert SurfaceOracle_ReportTooOld(report.observedAt, now_ - uint40(MAX_REPORT_AGE));
        }
        _checkSlices(report.slices, now_);
        _checkSignatures(_hash(report), signatures);

        (uint40[] memory expiries, uint256 reported) = _list(report.underlying, report.slices);
        for (uint256 i; i < report.slices.length; ++i) {
            _store(report.underlying, report.observedAt, report.slices[i]);
        }
        _checkNeighbours(report.underlying, expiries, reported);
    }

    /// @inheritdoc ISurfaceOracle
    function prune(uint16 underlying) external {
        (uint40[] memory live, uint256 expired) = _withoutExpired(underlying);
        if (expired != 0) _expiries[underlying] = live;
    }

    /// @inheritdoc ISurfaceOracle
    function setMoveLimits(MoveLimits calldata to) external restricted {
        _setMoveLimits(to);
    }

    // ---------------------------------------------------------------- private

    /// @dev Into a struct of zeros: one that is returned would be cleared a second time for every expiry read.
    function _readInto(Expiry memory v, uint16 underlying, uint40 expiry) private view {
        v.underlying = underlying;
        v.expiresAt = expiry;
        if (block.timestamp >= expiry) {
            v.status = SurfaceStatus.Expired;
            return;
        }
        v.timeLeft = expiry - block.timestamp;
        StoredSurface storage stored = _surfaces[underlying][expiry];
        SurfaceHead head = stored.head;
        if (head.isEmpty()) return;
        v.observedAt = head.observedAt();
        v.tenor = expiry - v.observedAt;
        v.forwardRatio = head.forwardRatio();
        v.rate = head.rate();
        (v.a, v.b, v.rho, v.m, v.s) = stored.smile.unpack();
        (v.status, v.widening) = _judge(block.timestamp - v.observedAt);
    }

    /// @dev The widening is rounded up.
    function _judge(uint256 age) private pure returns (SurfaceStatus status, uint256 widening) {
        if (age <= STALE_AFTER) return (SurfaceStatus.Fresh, 0);
        status = age <= AGED_AFTER ? SurfaceStatus.Stale : SurfaceStatus.Aged;
        widening = ((age - STALE_AFTER) * WIDENING_PER_HOUR + 1 hours - 1) / 1 hours;
        if (widening > MAX_WIDENING) widening = MAX_WIDENING;
    }

    function _checkSlices(SurfaceSlice[] calldata slices, uint40 now_) private pure {
        uint256 count = slices.length;
        if (count == 0 || count > MAX_EXPIRIES) revert SurfaceOracle_SliceCountOutOfBounds(count, 1, MAX_EXPIRIES);
        uint40 latest = now_ + uint40(MAX_TENOR);
        uint40 previous;
        for (uint256 i; i < count; ++i) {
            uint40 expiry = slices[i].expiry;
            if (expiry <= previous) revert SurfaceOracle_SlicesNotAscending(previous, expiry);
            if (expiry <= now_ || expiry > latest) revert SurfaceOracle_ExpiryOutOfBounds(expiry, now_ + 1, latest);
            previous = expiry;
        }
    }

    function _hash(SurfaceReport calldata report) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](report.slices.length);
        for (uint256 i; i < hashes.length; ++i) {
            // Every member is a word of its own in calldata, as it is in EIP-712.
            hashes[i] = keccak256(abi.encode(SLICE_TYPEHASH, report.slices[i]));
        }
        bytes32 slices = keccak256(abi.encodePacked(hashes));
        return keccak256(abi.encode(REPORT_TYPEHASH, report.underlying, report.observedAt, slices));
    }

    /// @dev Brings the list up to date with the report: what expired leaves it, what is new enters it.
    /// @return expiries as they are now.
    /// @return reported one bit for each of them, set where the report names it.
    function _list(
        uint16 underlying,
        SurfaceSlice[] calldata slices
    ) private returns (uint40[] memory expiries, uint256 reported) {
        (uint40[] memory live, uint256 expired) = _withoutExpired(underlying);
        expiries = new uint40[](live.length + slices.length);
        uint256 count;
        uint256 i;
        uint256 j;
        while (i < live.length || j < slices.length) {
            bool named = j < slices.length && (i == live.length || slices[j].expiry <= live[i]);
            uint40 next = named ? slices[j].expiry : live[i];
            if (i < live.length && live[i] == next) ++i;
            if (named) {
                reported |= 1 << count;
                ++j;
            }
            expiries[count++] = next;
        }
        if (count > MAX_EXPIRIES) revert SurfaceOracle_TooManyExpiries(underlying, count, MAX_EXPIRIES);
        assembly ("memory-safe") {
            mstore(expiries, count)
        }
        if (expired != 0 || count != live.length) _expiries[underlying] = expiries;
    }

    /// @dev Clears what expired; the list itself is for the caller to write.
    function _withoutExpired(uint16 underlying) private returns (uint40[] memory live, uint256 expired) {
        uint40[] memory listed = _expiries[underlying];
        for (; expired < listed.length && listed[expired] <= block.timestamp; ++expired) {
            delete _surfaces[underlying][listed[expired]];
            emit SurfacePruned(underlying, listed[expired]);
        }
        if (expired == 0) return (listed, 0);
        live = new uint40[](listed.length - expired);
        for (uint256 i; i < live.length; ++i) live[i] = listed[expired + i];
    }

    function _store(uint16 underlying, uint40 observedAt, SurfaceSlice memory slice) private {
        StoredSurface storage stored = _surfaces[underlying][slice.expiry];
        SurfaceHead head = stored.head;
        if (observedAt <= head.observedAt()) {
            revert SurfaceOracle_ReportNotNewer(underlying, slice.expiry, observedAt, head.observedAt());
        }
        SurfaceSmile smile = SurfaceSmileLibrary.pack(slice);
        Smile memory to = SurfaceRules.smileOf(slice.expiry, observedAt, smile);
        SurfaceRules.checkDomain(slice, to);
        SurfaceRules.checkButterfly(to);
        uint64 forwardMoves;
        uint64 volMoves;
        if (!head.isEmpty()) {
            Smile memory from = SurfaceRules.smileOf(slice.expiry, head.observedAt(), stored.smile);
            (forwardMoves, volMoves) = SurfaceRules.movesWith(head, from, to, slice.forwardRatio9, _limits);
        }
        uint24 window = MoveWindow.windowOf(block.timestamp);
        stored.head = SurfaceHeadLibrary.pack(slice, observedAt, window, forwardMoves, volMoves);
        stored.smile = smile;
        emit SurfacePosted(underlying, slice.expiry, observedAt, slice);
    }

    /// @dev Compares every two neighbours of which the report names one.
    function _checkNeighbours(uint16 underlying, uint40[] memory expiries, uint256 reported) private view {
        Smile memory near;
        for (uint256 i; i < expiries.length; ++i) {
            // Bit 1 stands for this expiry, bit 0 for the one before, bit 2 for the one after.
            uint256 around = ((reported << 1) >> i) & 7;
            if (around == 0) continue;
            StoredSurface storage stored = _surfaces[underlying][expiries[i]];
            Smile memory far = SurfaceRules.smileOf(expiries[i], stored.head.observedAt(), stored.smile);
            if (i != 0 && around & 3 != 0) SurfaceRules.checkCalendar(near, far, block.timestamp);
            near = far;
        }
    }

    function _setMoveLimits(MoveLimits memory to) private {
        _requireWithin("forwardBps", to.forwardBps, MIN_FORWARD_BPS, MAX_FORWARD_BPS);
        _requireWithin("volBps", to.volBps, MIN_VOL_BPS, MAX_VOL_BPS);
        emit MoveLimitsChanged(_limits, to);
        _limits = to;
    }

    function _requireWithin(bytes32 parameter, uint256 value, uint256 lower, uint256 upper) private pure {
        if (value < lower || value > upper) revert SurfaceOracle_LimitOutOfBounds(parameter, value, lower, upper);
    }
}
