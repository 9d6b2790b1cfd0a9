/** Errors of OpenZeppelin and Solady that a caller of the protocol can run into. */

type Fragment<Name extends string, Inputs extends Record<string, string>> = {
  type: "error";
  name: Name;
  inputs: { [Key in keyof Inputs & string]: { name: Key; type: Inputs[Key]; internalType: Inputs[Key] } }[keyof Inputs &
    string][];
};

function error<const Name extends string, const Inputs extends Record<string, string>>(
  name: Name,
  inputs: Inputs,
): Fragment<Name, Inputs> {
  const list = Object.entries(inputs).map(([key, type]) => ({ name: key, type, internalType: type }));
  return { type: "error", name, inputs: list as Fragment<Name, Inputs>["inputs"] };
}

export const libraryErrors = [
  error("AccessManagedUnauthorized", { caller: "address" }),
  error("AccessManagedRequiredDelay", { caller: "address", delay: "uint32" }),
  error("ERC20InsufficientAllowance", { spender: "address", allowance: "uint256", needed: "uint256" }),
  error("ERC20InsufficientBalance", { sender: "address", balance: "uint256", needed: "uint256" }),
  error("ERC20InvalidReceiver", { receiver: "address" }),
  error("ERC4626ExceededMaxDeposit", { receiver: "address", assets: "uint256", max: "uint256" }),
  error("ERC4626ExceededMaxMint", { receiver: "address", shares: "uint256", max: "uint256" }),
  error("ERC4626ExceededMaxRedeem", { owner: "address", shares: "uint256", max: "uint256" }),
  error("ERC4626ExceededMaxWithdraw", { owner: "address", assets: "uint256", max: "uint256" }),
  error("SafeERC20FailedOperation", { token: "address" }),
  error("TransferFailed", {}),
  error("TransferFromFailed", {}),
  error("Overflow", {}),
  error("SafeCastOverflowedUintToInt", { value: "uint256" }),
  error("SafeCastOverflowedUintDowncast", { bits: "uint8", value: "uint256" }),
  error("RateLimitExceeded", {}),
  error("ReentrancyGuardReentrantCall", {}),
] as const;
