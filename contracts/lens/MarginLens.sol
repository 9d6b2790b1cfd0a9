// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Instrument} from "../instruments/Instrument.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {IMarginLens, LiquidationPrice, OrderPreview, ScenarioMatrix, Summary} from "../interfaces/IMarginLens.sol";
import {PortfolioMargin} from "../margin/PortfolioMargin.sol";
import {PortfolioRequirement} from "../margin/PortfolioRequirements.sol";
import {Risk} from "../margin/UnderlyingRisk.sol";
import {Greeks} from "../math/Black76.sol";
import {FixedPoint} from "../math/FixedPoint.sol";
import {NormalCdf} from "../math/NormalCdf.sol";
import {Account, Modes} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Book, Books} from "./Books.sol";
import {GreekSums} from "./GreekSums.sol";
import {LiquidationSearch} from "./LiquidationSearch.sol";
import {OrderPreviews} from "./OrderPreviews.sol";
import {Scenarios} from "./Scenarios.sol";

/// @title What dApps want to know of an account, from one call each
contract MarginLens is IMarginLens {
    using Books for Book;
    using FixedPoint for uint256;

    int256 private constant LOTS = int256(FixedPoint.LOTS);
    uint256 private constant WAD = 1e18;
    /// @dev As many as there are: the place of none.
    uint256 private constant NO_SCENARIO = 24;

    IClearinghouse private immutable ledger;
    /// @inheritdoc IMarginLens
    address public immutable table;

    constructor(IClearinghouse clearinghouse_, address table_) {
        if (!NormalCdf.carriedBy(table_)) revert MarginLens_NoNormalTable(table_);
        (ledger, table) = (clearinghouse_, table_);
    }

    /// @inheritdoc IMarginLens
    function clearinghouse() external view returns (address) {
        return address(ledger);
    }

    /// @inheritdoc IMarginLens
    function summary(AccountId id) external view returns (Summary memory s) {
        Account account = ledger.accountOf(id);
        Book memory b = Books.read(ledger, id);
        s.mode = account.mode();
        s.flagged = account.flagged();
        s.positions = b.positions.length;
        s.cash = b.cash;
        s.assessment = b.assess();
        s.locked = OrderPreviews.lockedOf(ledger, id, account);
        s.fresh = b.status == PriceStatus.Fresh;
        int256 free = s.assessment.equityForInitial - int256(s.locked) - int256(s.assessment.initialMargin);
        if (free > 0) s.freeCollateral = uint256(free);
        (s.grossExposure, s.netExposure) = _exposure(b);
        if (s.assessment.equity > 0) {
            uint256 equity = uint256(s.assessment.equity);
            s.grossEfficiency = FixedPointMathLib.mulDiv(s.grossExposure, WAD, equity);
            s.netEfficiency = FixedPointMathLib.mulDiv(s.netExposure, WAD, equity);
        }
    }

    /// @inheritdoc IMarginLens
    function positionGreeks(AccountId id) external view returns (Position[] memory positions, Greeks[] memory greeks) {
        positions = ledger.positionsOf(id);
        Book memory b = Books.read(ledger, id);
        Greeks[] memory live = _sums(b);
        greeks = new Greeks[](positions.length);
        // The book has the same positions in the same order, but for those that are settled.
        for ((uint256 i, uint256 at) = (0, 0); at < live.length; ++i) {
            if (Position.unwrap(positions[i]) != Position.unwrap(b.positions[at])) continue;
            greeks[i] = _rounded(live[at++]);
        }
    }

    /// @inheritdoc IMarginLens
    function accountGreeks(AccountId id) external view returns (uint256[] memory underlyings, Greeks[] memory greeks) {
        Book memory b = Books.read(ledger, id);
        greeks = _byUnderlying(b);
        underlyings = new uint256[](greeks.length);
        for (uint256 i; i < greeks.length; ++i) {
            underlyings[i] = b.markets[i].underlying;
            greeks[i] = _rounded(greeks[i]);
        }
    }

    /// @inheritdoc IMarginLens
    function scenarioMatrix(AccountId id, uint16 underlying) external view returns (ScenarioMatrix memory) {
        Book memory b = Books.read(ledger, id);
        uint256 at = b.find(underlying);
        Risk memory none;
        if (at == b.markets.length) return Scenarios.matrixOf(ledger.marketOf(underlying), none);
        return Scenarios.matrixOf(b.markets[at], _risks(b)[at]);
    }

    /// @inheritdoc IMarginLens
    function portfolioRequirement(AccountId id) external view returns (PortfolioRequirement memory r) {
        Book memory b = Books.read(ledger, id);
        r.jointScenario = NO_SCENARIO;
        if (b.positions.length == 0) return r;
        return _portfolioModel().requirementOf(b.markets, b.expiries, b.correlation, b.positions);
    }

    /// @inheritdoc IMarginLens
    function previewOrder(
        AccountId id,
        Instrument instrument,
        int64 lots,
        uint256 price
    ) external view returns (OrderPreview memory) {
        return OrderPreviews.preview(ledger, id, instrument, lots, price);
    }

    /// @inheritdoc IMarginLens
    function liquidationPrices(
        AccountId id,
        uint16 underlying
    ) external view returns (LiquidationPrice memory down, LiquidationPrice memory up) {
        return LiquidationSearch.find(Books.read(ledger, id), underlying);
    }

    /// @inheritdoc IMarginLens
    function assessAt(
        AccountId id,
        uint16 underlying,
        uint256[] calldata spots
    ) external view returns (Assessment[] memory list) {
        Book memory b = Books.read(ledger, id);
        Market memory market = ledger.marketOf(underlying);
        uint256 at = b.find(underlying);
        list = new Assessment[](spots.length);
        for (uint256 i; i < spots.length; ++i) {
            if (at < b.markets.length) LiquidationSearch.move(b.markets[at], market, spots[i]);
            list[i] = b.assess();
        }
    }

    /// @dev What portfolio margin knows of each of the book's markets.
    function _risks(Book memory b) private view returns (Risk[] memory) {
        return _portfolioModel().risksOf(b.markets, b.expiries, b.positions);
    }

    function _portfolioModel() private view returns (PortfolioMargin) {
        return PortfolioMargin(address(ledger.modelOf(Modes.PORTFOLIO)));
    }

    /// @dev Gross and net, USD Wad.
    function _exposure(Book memory b) private view returns (uint256 gross, uint256 net) {
        for (uint256 i; i < b.positions.length; ++i) {
            Position p = b.positions[i];
            Market memory m = b.markets[b.find(p.underlying())];
            gross += FixedPoint.abs(p.lots()).valueUp(p.isOption() ? m.spot : m.mark);
        }
        Greeks[] memory greeks = _byUnderlying(b);
        for (uint256 i; i < greeks.length; ++i) {
            net += FixedPoint.abs(_rounded(greeks[i]).delta).mulWadUp(b.markets[i].spot);
        }
    }

    /// @dev In the order of the book's markets, still to be rounded.
    function _byUnderlying(Book memory b) private view returns (Greeks[] memory sums) {
        Greeks[] memory each = _sums(b);
        sums = new Greeks[](b.markets.length);
        for (uint256 i; i < each.length; ++i) {
            Greeks memory sum = sums[b.find(b.positions[i].underlying())];
            Greeks memory one = each[i];
            sum.delta += one.delta;
            sum.gamma += one.gamma;
            sum.vega += one.vega;
            sum.theta += one.theta;
            sum.rho += one.rho;
        }
    }

    function _sums(Book memory b) private view returns (Greeks[] memory) {
        return GreekSums.ofEach(table, b.markets, b.expiries, b.positions);
    }

    function _rounded(Greeks memory g) private pure returns (Greeks memory) {
        return
            Greeks({
                delta: FixedPoint.divFloor(g.delta, LOTS),
                gamma: FixedPoint.divFloor(g.gamma, LOTS),
                vega: FixedPoint.divFloor(g.vega, LOTS),
                theta: FixedPoint.divFloor(g.theta, LOTS),
                rho: FixedPoint.divFloor(g.rho, LOTS)
            });
    }
}
