/**
 * The quantities of the protocol. Every integer of the chain is a bigint here, as in ethers 6, so what a contract
 * returned can be handed on without conversion.
 */

declare const unit: unique symbol;
declare const brand: unique symbol;

/** A bigint that says its unit: any bigint may become one, but one unit never passes for another. */
export type Unit<Name extends string> = bigint & { readonly [unit]?: Name };

/** A bigint with a layout: only the functions that build or check it make one. */
export type Brand<Name extends string> = bigint & { readonly [brand]: Name };

/** USD, prices, rates, volatilities, ratios: 1e-18. */
export type Wad = Unit<"Wad">;
/** Sizes of positions and orders: 1e-8 units of the underlying; positive is long or buys. */
export type Lots = Unit<"Lots">;
/** Amounts of the settlement token: 1e-6 USD. */
export type Usdc = Unit<"Usdc">;
/** Shares of the backstop vault: 1e-12. */
export type Shares = Unit<"Shares">;
/** Parts of ten thousand. */
export type Bps = Unit<"Bps">;
/** Unix time or durations in seconds. */
export type Seconds = Unit<"Seconds">;

export const WAD = 10n ** 18n;
export const LOTS_PER_UNIT = 10n ** 8n;
export const BPS = 10_000n;
/** What one unit of the settlement token's smallest part is worth in USD, Wad. */
export const WAD_PER_USDC_UNIT = 10n ** 12n;

/** Whether `value` fits an unsigned integer of `bits` bits. */
export function fitsUint(bits: bigint, value: bigint): boolean {
  return value >= 0n && value < 1n << bits;
}

/** Whether `value` fits a two's complement integer of `bits` bits. */
export function fitsInt(bits: bigint, value: bigint): boolean {
  const half = 1n << (bits - 1n);
  return value >= -half && value < half;
}
