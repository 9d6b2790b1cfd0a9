/**
 * The twin of the margin models: the same integers as the Solidity code, bit for bit, so that a keeper or a dApp can
 * assess without a node.
 */
export * as auction from "./auction";
export { assessCross } from "./cross";
export * from "./distance";
export * from "./efficiency";
export * as fixedPoint from "./fixedPoint";
export * from "./funding";
export * from "./greeks";
export { assessIsolated } from "./isolated";
export * from "./judge";
export { assess } from "./models";
export * as portfolio from "./portfolio";
export * from "./optionTerms";
export * from "./preview";
export * from "./ramp";
export { MarginModelError } from "./refusal";
export { type Requirement, marketOf, perpRequirement } from "./standardMargin";
export * as svi from "./svi";
export * from "./types";
export * from "./unpriced";
