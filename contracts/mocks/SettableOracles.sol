// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PriceStatus} from "../types/Market.sol";

/// @notice Oracles that answer what a test told them, so that the ledger can be put in front of any market.
contract SettablePrices {
    struct Price {
        uint256 price;
        uint256 confidence;
        uint40 updatedAt;
        PriceStatus status;
    }

    mapping(uint16 underlying => Price) private _prices;

    function set(uint16 underlying, Price calldata price) external {
        _prices[underlying] = price;
    }

    function read(uint16 underlying) external view returns (uint256, uint256, uint40, PriceStatus) {
        Price memory p = _prices[underlying];
        return (p.price, p.confidence, p.updatedAt, p.status);
    }

    function sequencer() external pure returns (PriceStatus, uint256) {
        return (PriceStatus.Fresh, 0);
    }

    function boundsOf(uint16 underlying) external view returns (uint256, uint256) {
        return (_prices[underlying].price / 10, _prices[underlying].price * 10);
    }
}

contract SettableBasis {
    struct Basis {
        int256 basis;
        int64 integral;
    }

    mapping(uint16 underlying => Basis) private _values;

    function set(uint16 underlying, Basis calldata value) external {
        _values[underlying] = value;
    }

    function read(uint16 underlying) external view returns (int256, int64) {
        return (_values[underlying].basis, _values[underlying].integral);
    }
}

contract SettableVolatility {
    mapping(uint16 underlying => uint256) private _values;

    function set(uint16 underlying, uint256 value) external {
        _values[underlying] = value;
    }

    /// @dev Whatever the price.
    function dailyVol(uint16 underlying, uint256) external view returns (uint256) {
        return _values[underlying];
    }
}
