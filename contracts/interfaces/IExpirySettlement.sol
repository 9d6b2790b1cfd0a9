// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IPriceOracle} from "./IPriceOracle.sol";

/// @dev What a price at expiry was found from; the order is part of what is stored.
enum SettlementBasis {
    /// @dev Not settled.
    None,
    /// @dev The whole window.
    Window,
    /// @dev The seconds of the window at which the feed was usable.
    UsablePart,
    /// @dev No second of the window was: the first usable round after it.
    AfterWindow
}

/// @notice What options of one expiry are settled at, final.
struct Settlement {
    /// @dev USD Wad.
    uint128 price;
    uint40 settledAt;
    SettlementBasis basis;
}

/// @title What options are settled at
/// @notice The time-weighted average, over the hour that ends at the expiry, of the answers of the underlying's primary
/// feed. A round counts from the second it is dated to the second of the next; the one in force when the window starts
/// counts from there. Anyone may settle by naming the rounds, and nothing about the price is theirs to choose: for each
/// window the feed's history allows exactly one list of rounds, which is checked to be complete.
///
/// Which round follows another. Within a phase of a Chainlink proxy, the next id. The phase of the latest round and
/// those before it count; at any moment the newest of them that had a round by then is in force. So a phase takes over
/// at the date of its first round, which may be older than its confirmation, and later rounds of older phases are
/// ignored. Feeds without phases are one phase.
///
/// A round that is out of the price oracle's bounds, or in force for longer than a price is usable, makes the window
/// unfit, and `settle` refuses. After the time-out `finalise` gives such an expiry its price, by the same rounds and
/// again without a choice: where the window is fit both find the same.
interface IExpirySettlement {
    /// @notice With the feed's history this is all there is to recompute the price.
    /// @param price USD Wad.
    /// @param feed whose rounds they are.
    event Settled(
        uint16 indexed underlying,
        uint40 indexed expiry,
        uint256 price,
        SettlementBasis basis,
        address feed,
        uint80[] roundIds
    );
    /// @param from and to in seconds.
    event TimeOutChanged(uint256 from, uint256 to);

    /// @param price USD Wad: it stays.
    error ExpirySettlement_AlreadySettled(uint16 underlying, uint40 expiry, uint256 price);
    /// @notice Possible from `from` on, unix seconds.
    error ExpirySettlement_TooEarly(uint256 from, uint256 now_);
    error ExpirySettlement_NoFeed(uint16 underlying);
    error ExpirySettlement_NoRounds();
    /// @notice The feed does not tell its latest round.
    error ExpirySettlement_FeedFailed(address feed);
    /// @notice The feed does not tell this round: there is none, or it fails.
    error ExpirySettlement_RoundUnavailable(uint80 roundId);
    error ExpirySettlement_RoundFromFuture(uint80 roundId, uint256 updatedAt);
    /// @notice The round is dated before the one it follows.
    error ExpirySettlement_RoundsNotInOrder(uint80 roundId, uint256 updatedAt, uint256 previousUpdatedAt);
    /// @notice The first round came after the window's start: an earlier one was in force there.
    error ExpirySettlement_FirstRoundTooLate(uint80 roundId, uint256 updatedAt, uint256 start);
    /// @notice The first round was no longer in force at the window's start: `nextRoundId` had followed it.
    error ExpirySettlement_FirstRoundTooEarly(uint80 roundId, uint80 nextRoundId, uint256 nextUpdatedAt, uint256 start);
    /// @notice The round at this position does not follow the one before: `expected` does.
    error ExpirySettlement_WrongRound(uint256 position, uint80 given, uint80 expected);
    /// @notice The list ends too soon: this round follows.
    error ExpirySettlement_MissingRound(uint80 roundId, uint256 updatedAt);
    /// @notice The list goes on after its last round, from this position.
    error ExpirySettlement_RoundBeyondWindow(uint256 position, uint80 roundId);
    /// @param price USD Wad, zero where the answer is not positive or beyond any width.
    error ExpirySettlement_AnswerOutOfBounds(uint80 roundId, uint256 price, uint256 lower, uint256 upper);
    /// @notice The round was in force until `until`, and usable no longer than until `usableUntil`.
    error ExpirySettlement_RoundStale(uint80 roundId, uint256 usableUntil, uint256 until);
    /// @notice The feed has had no usable round since the window's start: wait for one.
    error ExpirySettlement_NoUsableRound(uint80 latestRoundId);
    error ExpirySettlement_ParameterOutOfBounds(bytes32 parameter, uint256 value, uint256 lower, uint256 upper);

    /// @notice Settles an expiry at the average over its window. Anyone may, from a minute after it, once.
    /// @param roundIds the round in force at the window's start and all that follow it up to the expiry, in order.
    /// @return price USD Wad, rounded down.
    /// @dev Reverts with one of the errors above or PriceOracle_InsufficientGas, never settles on a feed's failure.
    function settle(uint16 underlying, uint40 expiry, uint80[] calldata roundIds) external returns (uint256 price);

    /// @notice Settles an expiry whose window is unfit. Anyone may, from the time-out on, once.
    /// @dev The average over those seconds of the window at which the round in force was usable; where there were none,
    /// the first usable round after the expiry. A feed whose history only begins after the window's start is proved
    /// from its very first round.
    /// @param roundIds as for `settle`; where no second of the window was usable, on to the first usable round.
    /// @return price USD Wad, rounded down.
    function finalise(uint16 underlying, uint40 expiry, uint80[] calldata roundIds) external returns (uint256 price);

    /// @notice What an expiry is settled at.
    /// @return price_ USD Wad; zero until it is final.
    /// @return isFinal whether it is, and then stays.
    function price(uint16 underlying, uint40 expiry) external view returns (uint256 price_, bool isFinal);

    /// @notice The same with when and how; all zero until it is final.
    function settlementOf(uint16 underlying, uint40 expiry) external view returns (Settlement memory);

    /// @notice What a prover needs to know of time, unix seconds.
    /// @return start of the window, whose end is the expiry.
    /// @return settleFrom the first moment to settle.
    /// @return finaliseFrom the first moment to finalise, as the time-out is now.
    function window(uint40 expiry) external view returns (uint256 start, uint256 settleFrom, uint256 finaliseFrom);

    /// @notice What a prover needs to know of the feed.
    /// @return feed the primary's, zero where there is none.
    /// @return scale what an answer is multiplied by to be USD Wad.
    /// @return lower the lowest usable price, USD Wad.
    /// @return upper the highest.
    /// @return usableFor seconds after its date for which a round is usable.
    function terms(
        uint16 underlying
    ) external view returns (address feed, uint256 scale, uint256 lower, uint256 upper, uint256 usableFor);

    /// @notice Whose feeds and bounds count.
    function priceOracle() external view returns (IPriceOracle);

    /// @notice Seconds from the expiry to the first moment to finalise.
    function timeOut() external view returns (uint40);

    /// @notice Changes the time-out, within 6 hours and 7 days. Restricted.
    function setTimeOut(uint40 timeOut_) external;
}
