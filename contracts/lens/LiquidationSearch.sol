// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IMarginModel} from "../interfaces/IMarginModel.sol";
import {LiquidationPrice} from "../interfaces/IMarginLens.sol";
import {Assessment, MARKET_BYTES, Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";
import {Book, Books} from "./Books.sol";

/// @dev A search for the prices of one underlying at which the book is below maintenance margin.
struct Search {
    Book book;
    /// @dev Asked once instead of at each assessment.
    IMarginModel model;
    /// @dev Where the underlying's market is in the book, and the market as it is.
    uint256 at;
    Market market;
    /// @dev How many assessments may still be made.
    uint256 left;
    /// @dev Whether the model refused: a price at which it cannot tell ends a search.
    bool refused;
}

/// @dev A healthy price and one that is not, and equity less maintenance margin at both.
struct Bracket {
    uint256 healthy;
    uint256 unhealthy;
    int256 over;
    int256 under;
}

/// @notice Finds liquidation prices with as few assessments as it can.
/// @dev Equity less maintenance margin is continuous, so within a bracket false positions come near its zero much
/// sooner than halves; where they do not, a half is taken. What is found does not depend on which, where there is one
/// zero.
library LiquidationSearch {
    using Books for Book;

    /// @dev No price of the ledger reaches it.
    uint256 private constant PRICE_LIMIT = 1 << 128;
    /// @dev With options: so many steps are looked at, out to a tenth and to ten times.
    uint256 private constant MOST_STEPS = 200;
    uint256 private constant LEAST_STEPS = 4;
    int256 private constant LN_10 = 2302585092994045684;
    int256 private constant WAD = 1e18;
    /// @dev Enough for all steps on both sides, and to close in on what they find.
    uint256 private constant MOST_ASSESSMENTS = 600;
    /// @dev Of the gas that is left this part is for the answer, and for assessments that cost more than the first.
    uint256 private constant GAS_KEPT = 8;

    /// @notice See IMarginLens.liquidationPrices.
    function find(
        Book memory book,
        uint16 underlying
    ) internal view returns (LiquidationPrice memory down, LiquidationPrice memory up) {
        Search memory s;
        s.book = book;
        s.at = book.find(underlying);
        up.healthy = PRICE_LIMIT;
        if (s.at == book.markets.length) return (down, up);
        s.market = book.markets[s.at];
        uint256 spot = s.market.spot;
        if (spot == 0) return (down, down);
        s.model = book.ledger.modelOf(book.mode);
        int256 margin = _begin(s);
        if (margin < 0) {
            down = LiquidationPrice(true, spot, s.market.mark, spot);
            return (down, down);
        }
        (bool options, int256 lots) = _heldOf(book.positions, underlying);
        // A perpetual has a price on one side alone.
        uint256 later = options ? s.left / 2 : 0;
        s.left -= later;
        Bracket memory b = Bracket(spot, spot, margin, margin);
        if (options || lots > 0) down = _look(s, b, options ? _scan(s, b, -LN_10) : _isBelow(s, b, 0));
        s.left += later;
        b = Bracket(spot, spot, margin, margin);
        if (options || lots < 0) up = _look(s, b, options ? _scan(s, b, LN_10) : _rise(s, b));
    }

    /// @notice Moves the market to a price of the underlying, the basis unchanged: the mark is rounded down.
    function move(Market memory m, Market memory from, uint256 spot) internal pure {
        m.spot = spot;
        m.mark = (spot * from.mark) / from.spot;
        m.index = from.index + int256(m.mark) - int256(from.mark);
    }

    /// @dev The present margin; what it costs says how many assessments the call has gas for.
    function _begin(Search memory s) private view returns (int256 margin) {
        s.left = 1;
        uint256 gas = gasleft();
        margin = _marginAt(s, s.market.spot);
        uint256 spent = gas - gasleft();
        s.left = FixedPointMathLib.min((gasleft() - gasleft() / GAS_KEPT) / spent, MOST_ASSESSMENTS);
    }

    function _heldOf(Position[] memory positions, uint16 underlying) private pure returns (bool options, int256 lots) {
        for (uint256 i; i < positions.length; ++i) {
            if (positions[i].underlying() != underlying) continue;
            if (positions[i].isOption()) return (true, 0);
            lots = positions[i].lots();
        }
    }

    /// @dev The first of evenly spaced steps, in logarithms, to e^reach times the price.
    function _scan(Search memory s, Bracket memory b, int256 reach) private view returns (bool) {
        uint256 steps = FixedPointMathLib.clamp(s.left / 2, LEAST_STEPS, MOST_STEPS);
        for (uint256 i = 1; i <= steps; ++i) {
            uint256 factor = uint256(FixedPointMathLib.expWad((reach * int256(i)) / int256(steps)));
            if (_isBelow(s, b, (s.market.spot * factor) / uint256(WAD))) return true;
        }
        return false;
    }

    /// @dev A perpetual loses on one side, and there changes sign once: equity is linear and the requirement convex.
    /// One sold loses as the price rises: in steps that grow, because models refuse what is beyond any price.
    function _rise(Search memory s, Bracket memory b) private view returns (bool) {
        for (uint256 factor = 2; !s.refused && b.healthy < PRICE_LIMIT; factor *= factor) {
            uint256 next = s.market.spot * factor;
            if (_isBelow(s, b, next < PRICE_LIMIT ? next : PRICE_LIMIT)) return true;
        }
        return false;
    }

    /// @dev Takes `spot` into the bracket, and says whether it is the price below maintenance margin.
    function _isBelow(Search memory s, Bracket memory b, uint256 spot) private view returns (bool) {
        if (s.left == 0) return false;
        int256 margin = _marginAt(s, spot);
        if (s.refused) return false;
        if (margin < 0) {
            (b.unhealthy, b.under) = (spot, margin);
            return true;
        }
        (b.healthy, b.over) = (spot, margin);
        return false;
    }

    function _look(Search memory s, Bracket memory b, bool found) private view returns (LiquidationPrice memory) {
        return found ? _closeIn(s, b) : LiquidationPrice(false, 0, 0, b.healthy);
    }

    /// @dev False positions by the Illinois rule: an end that stays has its value halved, so that it is passed soon.
    function _closeIn(Search memory s, Bracket memory b) private view returns (LiquidationPrice memory) {
        bool stayed;
        bool wasBelow;
        uint256 gap = FixedPointMathLib.dist(b.healthy, b.unhealthy);
        for (uint256 i; gap > 1 && s.left != 0; ++i) {
            uint256 before = gap;
            bool below = _isBelow(s, b, stayed ? _middle(b) : _falsePosition(b));
            if (s.refused) break;
            if (i != 0 && below == wasBelow) {
                if (below) b.over /= 2;
                else b.under /= 2;
            }
            wasBelow = below;
            gap = FixedPointMathLib.dist(b.healthy, b.unhealthy);
            stayed = !stayed && gap > before / 2;
        }
        Market memory m = s.book.markets[s.at];
        move(m, s.market, b.unhealthy);
        return LiquidationPrice(true, b.unhealthy, m.mark, b.healthy);
    }

    function _middle(Bracket memory b) private pure returns (uint256) {
        return (b.healthy + b.unhealthy) / 2;
    }

    /// @dev Where a line through both ends is zero, and strictly between them.
    function _falsePosition(Bracket memory b) private pure returns (uint256) {
        uint256 gap = FixedPointMathLib.dist(b.healthy, b.unhealthy);
        (uint256 over, uint256 under) = (uint256(b.over), uint256(-b.under));
        // Values that were halved may both be down to nothing.
        if (over + under == 0) return _middle(b);
        uint256 part = FixedPointMathLib.fullMulDiv(gap, over, over + under);
        part = FixedPointMathLib.clamp(part, 1, gap - 1);
        return b.healthy < b.unhealthy ? b.healthy + part : b.healthy - part;
    }

    /// @dev Equity less maintenance margin at a price.
    function _marginAt(Search memory s, uint256 spot) private view returns (int256) {
        --s.left;
        Book memory b = s.book;
        Market memory m;
        _copy(m, s.market);
        move(m, s.market, spot);
        b.markets[s.at] = m;
        try s.model.assess(b.markets, b.expiries, b.correlation, b.cash, b.positions) returns (Assessment memory a) {
            return a.equityForMaintenance - int256(a.maintenanceMargin);
        } catch {
            s.refused = true;
            return 0;
        }
    }

    function _copy(Market memory to, Market memory from) private pure {
        uint256 size = MARKET_BYTES;
        assembly ("memory-safe") {
            mcopy(to, from, size)
        }
    }
}
