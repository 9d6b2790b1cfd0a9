// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../../contracts/interfaces/IClearinghouse.sol";
import {FixedPoint} from "../../../contracts/math/FixedPoint.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {AccountId} from "../../../contracts/types/AccountId.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Witness} from "../../../contracts/types/Witness.sol";
import {vm} from "../../forge/Vm.sol";
import {LiquidationHandler} from "./LiquidationHandler.sol";
import {Finding} from "./Valuing.sol";

/// @notice Flags and bids by scenarios that somebody names, mostly badly. RISK-2: none of them finds anybody below who
/// is not. One that shows too little is refused; one that shows enough does what a plain flag or bid does.
abstract contract WitnessHandler is LiquidationHandler {
    /// @dev Scenarios, none, and one more than there are.
    uint256 private constant NAMES = 26;

    function flagBy(uint256 seed, uint256 witnessSeed, uint8 whom) external {
        AccountId id;
        Watch memory w;
        if (whom % 8 == 0) id = _anyAt(seed);
        else (id, w) = _belowAt(seed);
        _look(w, id, ids[2]);
        Finding memory f = _find(w, id);
        bytes memory data = abi.encodeCall(IClearinghouse.flagBy, (id, ids[2], _witness(witnessSeed)));
        if (!f.below) return _mustSpare(keeper, data, f);
        if (_inAuction(id)) vm.assume(false);
        Account before = _account(id);
        if (!_shows(keeper, data)) return;
        _checkFlagged(w, id, ids[2], before);
        _checkBystanders(w);
    }

    function bidBy(uint256 seed, uint256 witnessSeed, uint256 fraction, uint8 whom) external {
        (AccountId id, Watch memory w) = _mostlyAuctioned(seed, whom % 16 == 0);
        fraction = bound(fraction, 1, WAD);
        Witness witness = _witness(witnessSeed);
        bytes memory data = abi.encodeCall(IClearinghouse.bidBy, (id, ids[1], fraction, type(int256).min, witness));
        if (id == ids[1] || !_account(id).flagged()) vm.assume(false);
        _look(w, id, ids[1]);
        Finding memory f = _find(w, id);
        if (!f.below) return _mustSpare(keeper, data, f);
        bytes memory refusals = bytes.concat(
            _bidRefusals(w, f, id, fraction),
            IClearinghouse.Liquidation_Healthy.selector
        );
        _record(lockOf[id]);
        _frame(keeper, data, refusals);
        _checkSale(w, f, id, ids[1], _dustOf(w, id));
    }

    /// @dev RISK-4 is refused by the scenarios that the witness names. In others the account may be left worse off by
    /// the lot that each position is rounded by: once for what it gains or loses, once for what it requires.
    function _dustOf(Watch memory w, AccountId id) private view returns (uint256 dust) {
        Position[] memory held = _of(w, id).held;
        for (uint256 i; i < held.length; ++i) dust += 2 * (_market(w, held[i].underlying()).spot / FixedPoint.LOTS + 1);
    }

    /// @dev Whether the call passed. All that may keep it from it is that the witness shows too little.
    function _shows(address who, bytes memory data) private returns (bool ok) {
        bytes memory result;
        (ok, result) = _call(who, address(house), data);
        if (!ok) {
            bytes4 expected = IClearinghouse.Liquidation_Healthy.selector;
            assertEq(bytes4(result), expected, "RISK-3: a witness failed otherwise than by showing too little");
        }
    }

    function _witness(uint256 seed) private pure returns (Witness) {
        uint256 word = (seed % NAMES) | (((seed >> 8) % NAMES) << 8) | (((seed >> 16) % NAMES) << 16);
        return Witness.wrap(word | (((seed >> 24) % NAMES) << 248));
    }
}
