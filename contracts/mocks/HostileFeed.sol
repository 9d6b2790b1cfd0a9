// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A feed, of prices or of a sequencer, that turns on its readers: sound until its mode is changed.
contract HostileFeed {
    enum Mode {
        Sound,
        Revert,
        RevertRound,
        RevertHuge,
        BurnGas,
        ReturnNothing,
        ReturnShort,
        ReturnLong,
        ReturnHuge,
        // Sound after all, at a price that no honest feed has.
        Hungry
    }

    error HostileFeed_Refused();

    /// @dev As a sequencer's: when it came up.
    uint256 private constant LONG_AGO = 1;

    int256 private immutable _answer;
    Mode public mode;

    constructor(int256 answer) {
        _answer = answer;
    }

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function decimals() external pure returns (uint8) {
        return 8;
    }

    function description() external pure returns (string memory) {
        return "HOSTILE / USD";
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        Mode m = mode;
        if (m == Mode.Revert) revert HostileFeed_Refused();
        if (m == Mode.RevertRound) _end(160, true);
        if (m == Mode.RevertHuge) _end(100_000, true);
        if (m == Mode.BurnGas) while (true) {}
        if (m == Mode.ReturnNothing) _end(0, false);
        if (m == Mode.ReturnShort) _end(128, false);
        if (m == Mode.ReturnLong) _end(192, false);
        if (m == Mode.ReturnHuge) _end(100_000, false);
        if (m == Mode.Hungry) _spend(150_000);
        return (1, _answer, LONG_AGO, block.timestamp, 1);
    }

    function _spend(uint256 gas_) private view {
        uint256 until = gasleft() - gas_;
        while (gasleft() > until) {}
    }

    /// @dev Ends the call with `size` bytes that begin like a sound round.
    function _end(uint256 size, bool asRevert) private view {
        int256 value = _answer;
        assembly {
            mstore(0x00, 1)
            mstore(0x20, value)
            mstore(0x40, LONG_AGO)
            mstore(0x60, timestamp())
            mstore(0x80, 1)
            if asRevert {
                revert(0x00, size)
            }
            return(0x00, size)
        }
    }
}
