/** Plimsoll for dApps, keepers and matchers: ids, packed words, amounts, orders and the twin of the margin models. */
export * from "./amounts";
export * from "./ids";
export * from "./inputError";
export * from "./orders";
export * from "./risk";
export * from "./units";
export * from "./words";
