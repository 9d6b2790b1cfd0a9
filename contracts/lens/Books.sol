// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Correlations} from "../clearing/Correlations.sol";
import {Options} from "../clearing/Options.sol";
import {IClearinghouse} from "../interfaces/IClearinghouse.sol";
import {Account, Mode} from "../types/Account.sol";
import {AccountId} from "../types/AccountId.sol";
import {Expiry} from "../types/Expiry.sol";
import {Assessment, Market, PriceStatus} from "../types/Market.sol";
import {Position} from "../types/Position.sol";

/// @notice An account's cash and positions, and all that they are judged by: what the ledger tells a margin model.
struct Book {
    IClearinghouse ledger;
    Mode mode;
    /// @dev With what options of settled expiries pay. USD, Wad.
    int256 cash;
    /// @dev Without those.
    Position[] positions;
    /// @dev Of each underlying and each expiry among the positions, once.
    Market[] markets;
    Expiry[] expiries;
    /// @dev The smallest among the underlyings, Wad, none below zero.
    uint256 correlation;
    /// @dev The least that any position's value may be relied on; Fresh where there are none.
    PriceStatus status;
}

/// @notice Reads through the clearinghouse's views what its `Valuation` reads from storage, and judges by it.
library Books {
    /// @notice The account as it stands.
    function read(IClearinghouse ledger, AccountId id) internal view returns (Book memory) {
        Account a = ledger.accountOf(id);
        return make(ledger, a.mode(), a.cash(), ledger.positionsOf(id));
    }

    /// @notice An account with this cash and these positions. The list is shortened where expiries are settled.
    function make(
        IClearinghouse ledger,
        Mode mode,
        int256 cash,
        Position[] memory positions
    ) internal view returns (Book memory b) {
        (b.ledger, b.mode, b.cash, b.status) = (ledger, mode, cash, PriceStatus.Fresh);
        b.expiries = new Expiry[](positions.length);
        b.markets = new Market[](positions.length);
        b.positions = positions;
        _settleOptions(b);
        _readMarkets(b);
        b.correlation = Correlations.least(ledger.modules().volatilityOracle, b.markets);
    }

    /// @notice The account as its mode's model judges it.
    function assess(Book memory b) internal view returns (Assessment memory a) {
        if (b.positions.length != 0) {
            return b.ledger.modelOf(b.mode).assess(b.markets, b.expiries, b.correlation, b.cash, b.positions);
        }
        a.equity = a.equityForInitial = a.equityForMaintenance = b.cash;
    }

    /// @notice Where the underlying's market is in the list; the list's length where it is not held.
    function find(Book memory b, uint256 underlying) internal pure returns (uint256 at) {
        while (at < b.markets.length && b.markets[at].underlying != underlying) ++at;
    }

    /// @notice The expiry of an option among the positions.
    function expiryOf(Book memory b, Position p) internal pure returns (Expiry memory) {
        return b.expiries[_findExpiry(b.expiries, b.expiries.length, p)];
    }

    /// @dev Turns options of settled expiries into cash, and leaves the expiries of the others in the list.
    function _settleOptions(Book memory b) private view {
        Position[] memory positions = b.positions;
        uint256 kept;
        uint256 known;
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions[i];
            if (p.isOption() && _findExpiry(b.expiries, known, p) == known) {
                (Expiry memory found, uint256 price, bool settled) = b.ledger.expiryOf(
                    p.underlying(),
                    uint40(p.expiresAt())
                );
                if (settled) {
                    b.cash += Options.payoff(p, price);
                    continue;
                }
                b.expiries[known++] = found;
            }
            positions[kept++] = p;
        }
        Expiry[] memory expiries = b.expiries;
        assembly ("memory-safe") {
            mstore(positions, kept)
            mstore(expiries, known)
        }
    }

    function _readMarkets(Book memory b) private view {
        Market[] memory markets = b.markets;
        uint256 known;
        for (uint256 i; i < b.positions.length; ++i) {
            Position p = b.positions[i];
            uint256 at;
            while (at < known && markets[at].underlying != p.underlying()) ++at;
            if (at == known) markets[known++] = b.ledger.marketOf(p.underlying());
            PriceStatus status = markets[at].status;
            if (p.isOption()) status = Options.statusOf(status, expiryOf(b, p).status);
            if (status < b.status) b.status = status;
        }
        assembly ("memory-safe") {
            mstore(markets, known)
        }
    }

    function _findExpiry(Expiry[] memory expiries, uint256 known, Position p) private pure returns (uint256 at) {
        for (; at < known; ++at) {
            if (expiries[at].expiresAt == p.expiresAt() && expiries[at].underlying == p.underlying()) return at;
        }
    }
}
