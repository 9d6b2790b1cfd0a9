// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IClearinghouse} from "../../contracts/interfaces/IClearinghouse.sol";
import {InstrumentLibrary} from "../../contracts/instruments/Instrument.sol";
import {BasisReport} from "../../contracts/interfaces/IBasisOracle.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockDollar} from "../../contracts/mocks/MockDollar.sol";
import {MockWallet} from "../../contracts/mocks/MockWallet.sol";
import {Mode} from "../../contracts/types/Account.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Assessment} from "../../contracts/types/Market.sol";
import {Fill, Order, SignedOrder} from "../../contracts/types/Order.sol";
import {Position} from "../../contracts/types/Position.sol";
import {Test} from "./Test.sol";
import {Venue} from "./Venue.sol";
import {vm} from "./Vm.sol";

/// @notice What a trader's desk does with a venue: open and fund accounts, sign orders, match them, read the book.
abstract contract Desk is Test {
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(uint256 account,uint120 instrument,int64 size,uint128 limitPrice,uint16 maxFeeBps,uint40 expiry,"
        "uint40 priceNotBefore,uint64 nonce,uint32 epoch,bool reduceOnly)"
    );
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "BasisReport(uint16 underlying,int64 basis,uint40 observedAt)"
    );
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    /// @dev A time like today's: ages and lapses are counted back from it.
    uint256 internal constant GENESIS = 1_700_000_000;
    uint256 internal constant USD = 1e18;
    /// @dev One unit of an underlying, in lots.
    int64 internal constant UNIT = 1e8;

    Venue internal venue;
    IClearinghouse internal house;
    MockDollar internal token;

    mapping(address trader => uint256 privateKey) internal keyOf;
    /// @dev Contracts that own accounts; their key signs for them.
    mapping(address trader => bool) internal isWallet;
    uint64 internal lastNonce;

    /// @notice Works at the desk of a venue.
    function _join(Venue venue_) internal {
        venue = venue_;
        house = venue_.clearinghouse();
        token = venue_.token();
    }

    function _newVenue() internal {
        vm.warp(GENESIS);
        vm.roll(1_000);
        _join(new Venue());
    }

    // ------------------------------------------------------------------ accounts

    function _trader(string memory name) internal returns (address trader) {
        uint256 key;
        (trader, key) = makeAccount(name);
        keyOf[trader] = key;
        vm.prank(trader);
        token.approve(address(house), type(uint256).max);
    }

    /// @notice A trader that is a contract.
    function _walletTrader(string memory name) internal returns (address trader) {
        (address signer, uint256 key) = makeAccount(name);
        trader = address(new MockWallet(signer));
        keyOf[trader] = key;
        isWallet[trader] = true;
        vm.prank(trader);
        token.approve(address(house), type(uint256).max);
    }

    function _open(address trader, uint96 index, Mode mode, uint256 dollars) internal returns (AccountId id) {
        vm.prank(trader);
        id = house.openAccount(index, mode);
        if (dollars != 0) _fund(id, dollars * 1e6);
    }

    /// @notice Mints `amount` (1e-6 USD) to the account's owner, who deposits it.
    function _fund(AccountId id, uint256 amount) internal {
        token.mint(id.owner(), amount);
        vm.prank(id.owner());
        house.deposit(id, amount);
    }

    function _lotsOf(AccountId id, uint16 underlying) internal view returns (int256) {
        Position[] memory list = house.positionsOf(id);
        for (uint256 i; i < list.length; ++i) if (list[i].underlying() == underlying) return list[i].lots();
        return 0;
    }

    function _equity(AccountId id) internal view returns (int256) {
        return house.assess(id).equity;
    }

    function _isBelow(AccountId id) internal view returns (bool) {
        Assessment memory a = house.assess(id);
        return a.equityForMaintenance < int256(a.maintenanceMargin);
    }

    // ------------------------------------------------------------------ orders

    /// @notice An order under a nonce of its own, good for an hour at any price.
    function _order(AccountId id, uint16 underlying, int64 size) internal returns (Order memory) {
        return
            Order({
                account: id,
                instrument: InstrumentLibrary.perp(underlying),
                size: size,
                limitPrice: size > 0 ? type(uint128).max : 0,
                maxFeeBps: 50,
                expiry: uint40(block.timestamp + 1 hours),
                priceNotBefore: 0,
                nonce: _nextNonce(id),
                epoch: house.accountOf(id).epoch(),
                reduceOnly: false
            });
    }

    /// @notice One that no order of the account's had before.
    function _nextNonce(AccountId) internal virtual returns (uint64) {
        return ++lastNonce;
    }

    function _digest(Order memory order) internal view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(ORDER_TYPEHASH, order));
        return keccak256(abi.encodePacked(hex"1901", _domain("Plimsoll", address(house)), structHash));
    }

    function _sign(Order memory order) internal view returns (SignedOrder memory) {
        return SignedOrder(order, _signatureBy(order.account.owner(), _digest(order)));
    }

    /// @notice The trader's signature, in the form its account takes it.
    function _signatureBy(address trader, bytes32 digest) internal view returns (bytes memory signature) {
        signature = _signature(keyOf[trader], digest);
        if (isWallet[trader]) signature = bytes.concat(hex"01", signature);
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice A batch of one fill between two orders; the second is the taker's.
    function _pair(
        Order memory maker,
        Order memory taker,
        uint64 lots,
        uint256 price
    ) internal view returns (SignedOrder[] memory orders, Fill[] memory fills) {
        orders = new SignedOrder[](2);
        orders[0] = _sign(maker);
        orders[1] = _sign(taker);
        fills = new Fill[](1);
        fills[0] = Fill(0, 1, lots, uint128(price));
    }

    /// @notice `lots` from `seller` to `buyer`, who takes, at `price`.
    function _trade(AccountId buyer, AccountId seller, uint16 underlying, uint64 lots, uint256 price) internal {
        (SignedOrder[] memory orders, Fill[] memory fills) = _crossing(buyer, seller, underlying, lots, price);
        house.settle(orders, fills);
    }

    function _crossing(
        AccountId buyer,
        AccountId seller,
        uint16 underlying,
        uint64 lots,
        uint256 price
    ) internal returns (SignedOrder[] memory, Fill[] memory) {
        Order memory sell = _order(seller, underlying, -int64(lots));
        return _pair(sell, _order(buyer, underlying, int64(lots)), lots, price);
    }

    // ------------------------------------------------------------------ prices

    function _mark(uint16 underlying) internal view returns (uint256) {
        return house.marketOf(underlying).mark;
    }

    /// @notice A new round of every source, observed now. `price` is in Wad.
    function _setPrice(uint16 underlying, uint256 price) internal {
        venue.report(underlying, price);
    }

    /// @notice Moves every feed to its price times `factor` (Wad), so that all are fresh.
    function _scalePrices(uint256 factor) internal {
        for (uint16 u = venue.ETH(); u <= venue.SOL(); ++u) {
            MockAggregator feed = venue.feedOf(u);
            (, int256 answer, , , ) = feed.latestRoundData();
            venue.report(u, (uint256(answer) * 10 ** (18 - feed.decimals()) * factor) / 1e18);
        }
    }

    /// @notice Time passes and every feed reports the price it had.
    function _pass(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
        vm.roll(vm.getBlockNumber() + 1 + time / 12);
        _scalePrices(1e18);
    }

    /// @notice A report of the basis (Wad) by two of the three signers.
    function _postBasis(uint16 underlying, int64 basis) internal {
        BasisReport memory report = BasisReport(underlying, basis, uint40(vm.getBlockTimestamp()));
        bytes32 structHash = keccak256(abi.encode(REPORT_TYPEHASH, report));
        bytes32 domain = _domain("Plimsoll BasisOracle", address(venue.basisOracle()));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        bytes[] memory signatures = new bytes[](2);
        signatures[0] = _signature(venue.signerKeys(0), digest);
        signatures[1] = _signature(venue.signerKeys(1), digest);
        venue.basisOracle().post(report, signatures);
    }

    function _domain(string memory name, address verifier) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256(bytes("1")), block.chainid, verifier)
            );
    }
}
