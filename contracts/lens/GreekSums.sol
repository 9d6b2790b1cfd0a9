// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ExpirySlice, Slice} from "../margin/ExpirySlice.sol";
import {StandardMargin} from "../margin/StandardMargin.sol";
import {Black76, Greeks, OptionTerms} from "../math/Black76.sol";
import {NormalCdf, NormalTable} from "../math/NormalCdf.sol";
import {Expiry, SurfaceStatus} from "../types/Expiry.sol";
import {Market} from "../types/Market.sol";
import {Position} from "../types/Position.sol";

/// @notice The Greeks of positions: RISK section 4.
/// @dev Linked to the lens, because what the margin models share of an expiry takes its arguments from calldata.
library GreekSums {
    using ExpirySlice for Slice;

    int256 private constant WAD = 1e18;

    /// @notice Of each position: lots times the Greeks of a unit, Wad times 1e8, so that sums can be rounded once.
    /// @dev Zero for an option without a price or a surface: nothing is known of it.
    function ofEach(
        address table,
        Market[] calldata markets,
        Expiry[] calldata expiries,
        Position[] calldata positions
    ) external view returns (Greeks[] memory list) {
        NormalTable loaded = NormalCdf.load(table);
        list = new Greeks[](positions.length);
        for (uint256 i; i < positions.length; ++i) {
            Position p = positions[i];
            int256 lots = p.lots();
            Greeks memory g = list[i];
            if (!p.isOption()) {
                g.delta = lots * WAD;
                continue;
            }
            uint256 spot = StandardMargin.marketOf(markets, p.underlying()).spot;
            Expiry calldata e = _expiryOf(expiries, p);
            if (spot == 0 || e.status == SurfaceStatus.Absent) continue;
            Greeks memory unit = Black76.greeks(loaded, _termsOf(e, spot, p));
            g.delta = lots * unit.delta;
            g.gamma = lots * unit.gamma;
            g.vega = lots * unit.vega;
            g.theta = lots * unit.theta;
            g.rho = lots * unit.rho;
        }
    }

    /// @dev The option at the volatility of its mark.
    function _termsOf(Expiry calldata e, uint256 spot, Position p) private pure returns (OptionTerms memory o) {
        Slice memory x;
        ExpirySlice.prepare(x, e, spot);
        int256 k = x.logMoneyness(p.strike());
        o.call = p.isCall();
        o.spot = spot;
        o.forwardRatio = e.forwardRatio;
        o.strike = p.strike();
        o.moneyness = -k;
        o.volatility = x.volatilityAt(k);
        o.time = x.time;
        o.sqrtTime = x.sqrtTime;
        o.rate = e.rate;
        o.discount = x.discount;
    }

    /// @dev The lens passes every expiry that is held.
    function _expiryOf(Expiry[] calldata expiries, Position p) private pure returns (Expiry calldata) {
        uint256 at;
        while (expiries[at].expiresAt != p.expiresAt() || expiries[at].underlying != p.underlying()) ++at;
        return expiries[at];
    }
}
