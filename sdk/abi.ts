import {
  IBackstopVault__factory,
  IBasisOracle__factory,
  IClearinghouse__factory,
  ILiquidationAuction__factory,
  IMarginModel__factory,
  IPriceOracle__factory,
  IVolatilityOracle__factory,
} from "../typechain-types";

/** The protocol's interfaces, as const: each carries the functions, events and errors integrators meet. */
export const abis = {
  clearinghouse: IClearinghouse__factory.abi,
  auction: ILiquidationAuction__factory.abi,
  vault: IBackstopVault__factory.abi,
  marginModel: IMarginModel__factory.abi,
  priceOracle: IPriceOracle__factory.abi,
  basisOracle: IBasisOracle__factory.abi,
  volatilityOracle: IVolatilityOracle__factory.abi,
} as const;

/** Errors of the libraries the protocol stands on which a caller can run into: the token's and the access manager's. */
export const libraryErrors = [
  {
    type: "error",
    name: "AccessManagedUnauthorized",
    inputs: [{ name: "caller", type: "address", internalType: "address" }],
  },
  {
    type: "error",
    name: "AccessManagedRequiredDelay",
    inputs: [
      { name: "caller", type: "address", internalType: "address" },
      { name: "delay", type: "uint32", internalType: "uint32" },
    ],
  },
  {
    type: "error",
    name: "ERC20InsufficientAllowance",
    inputs: [
      { name: "spender", type: "address", internalType: "address" },
      { name: "allowance", type: "uint256", internalType: "uint256" },
      { name: "needed", type: "uint256", internalType: "uint256" },
    ],
  },
  {
    type: "error",
    name: "ERC20InsufficientBalance",
    inputs: [
      { name: "sender", type: "address", internalType: "address" },
      { name: "balance", type: "uint256", internalType: "uint256" },
      { name: "needed", type: "uint256", internalType: "uint256" },
    ],
  },
  {
    type: "error",
    name: "SafeERC20FailedOperation",
    inputs: [{ name: "token", type: "address", internalType: "address" }],
  },
] as const;

const everything = [
  ...abis.clearinghouse,
  ...abis.auction,
  ...abis.vault,
  ...abis.marginModel,
  ...abis.priceOracle,
  ...abis.basisOracle,
  ...abis.volatilityOracle,
  ...libraryErrors,
] as const;

/** Every error above. */
export type ErrorFragment = Extract<(typeof everything)[number], { type: "error" }>;

export const errorFragments: readonly ErrorFragment[] = everything.filter((item) => item.type === "error");
