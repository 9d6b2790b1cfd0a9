/** Plimsoll for dApps, keepers and matchers: ids, packed words, amounts, orders and the twin of the margin models. */
export { abis } from "./abi";
export * from "./amounts";
export * from "./errors";
export type { UnderlyingNames } from "./errorSentences";
export * from "./expiry";
export * from "./ids";
export * from "./inputError";
export * as black76 from "./math/black76";
export * from "./nonces";
export * from "./openIsolated";
export * from "./operators";
export * from "./orders";
export * from "./quotes";
export * from "./risk";
export * from "./units";
export * from "./vault";
export * from "./words";
