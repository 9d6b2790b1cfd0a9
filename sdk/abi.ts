import {
  IBackstopVault__factory,
  IBasisOracle__factory,
  IClearinghouse__factory,
  IExpirySettlement__factory,
  ILiquidationAuction__factory,
  IMarginLens__factory,
  IMarginModel__factory,
  IPriceOracle__factory,
  ISurfaceOracle__factory,
  IVolatilityOracle__factory,
} from "../typechain-types/factories/contracts/interfaces";
import { NormalTableCarrier__factory } from "../typechain-types/factories/contracts/math";
import { libraryErrors } from "./libraryErrors";

/** The protocol's interfaces, as const: each carries the functions, events and errors integrators meet. */
export const abis = {
  clearinghouse: IClearinghouse__factory.abi,
  auction: ILiquidationAuction__factory.abi,
  vault: IBackstopVault__factory.abi,
  marginModel: IMarginModel__factory.abi,
  priceOracle: IPriceOracle__factory.abi,
  basisOracle: IBasisOracle__factory.abi,
  surfaceOracle: ISurfaceOracle__factory.abi,
  volatilityOracle: IVolatilityOracle__factory.abi,
  normalTableCarrier: NormalTableCarrier__factory.abi,
  expirySettlement: IExpirySettlement__factory.abi,
  lens: IMarginLens__factory.abi,
} as const;

const everything = [
  ...abis.clearinghouse,
  ...abis.auction,
  ...abis.vault,
  ...abis.marginModel,
  ...abis.priceOracle,
  ...abis.basisOracle,
  ...abis.surfaceOracle,
  ...abis.volatilityOracle,
  ...abis.normalTableCarrier,
  ...abis.expirySettlement,
  ...abis.lens,
  ...libraryErrors,
] as const;

/** Every error above. */
export type ErrorFragment = Extract<(typeof everything)[number], { type: "error" }>;

export const errorFragments: readonly ErrorFragment[] = everything.filter((item) => item.type === "error");
