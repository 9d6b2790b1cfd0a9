/** Compares a deployment with what it should be, without sending anything. */
import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type UnderlyingParameters, vaultLimitNames } from "../../config/schema";
import { Mode, PlimsollInputError, decodeAccount, formatWad } from "../../sdk";
import { basisSignerAddresses } from "../lib/basis";
import { type FeedTerms, feedTerms, judgeFeed, readFeed, secondFeedTerms } from "../lib/feeds";
import { locate } from "../lib/records";
import {
  SEQUENCER_FEED,
  type System,
  addressOf,
  deployedBy,
  feedName,
  loadLens,
  loadSystem,
  parametersOf,
} from "../lib/system";
import { surfaceSignerAddresses } from "../surface/sign";
import { compareCode, compareData } from "./code";
import { type Finding, type Remedy, finding, judged } from "./findings";
import { checkGovernance } from "./governance";
import { allLogs } from "../lib/logs";
import { MODELS, MODULES, NORMAL_TABLE, type Part, type Step, partsOf } from "./parts";

/** Everything that was compared. Where parts are missing nothing else is. */
export async function checkDeployment(hre: HardhatRuntimeEnvironment): Promise<Finding[]> {
  const parameters = parametersOf(hre);
  const contracts: Finding[] = [];
  for (const part of partsOf(parameters)) contracts.push(await checkPart(hre, part));
  if (contracts.some(({ is }) => is === "missing")) return contracts;
  const found = [...contracts];
  for (const [step, section] of sectionsOf(hre, await loadSystem(hre))) {
    try {
      found.push(...(await section()));
    } catch (error) {
      // Other code may answer anything, or nothing.
      if (contracts.every(({ ok }) => ok)) throw error;
      found.push(finding(step, "what the contracts answer", "as compiled", "otherwise"));
    }
  }
  return found;
}

/** Everything but the contracts' code: parameters, feeds, modules and roles. */
export async function checkConfiguration(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const [, section] of sectionsOf(hre, system)) found.push(...(await section()));
  return found;
}

function sectionsOf(hre: HardhatRuntimeEnvironment, system: System): [Step, () => Promise<Finding[]>][] {
  return [
    ["settlement-token", () => checkToken(hre, system)],
    ["wiring", () => checkWiring(hre, system)],
    ["wiring", () => checkModels(hre, system)],
    ["wiring", () => checkVaultLimits(system)],
    ["oracles", () => checkSequencer(hre, system)],
    ["oracles", () => checkSurface(hre, system)],
    ["expiries", () => checkExpiries(hre, system)],
    ["feeds", () => checkFeeds(hre, system)],
    ["markets", () => checkMarkets(system)],
    ["roles", () => checkGovernance(hre, system)],
    ["lens", () => checkLens(hre, system)],
  ];
}

/** Whether the recorded contract is there and is what the source compiles to. */
export async function checkPart(hre: HardhatRuntimeEnvironment, part: Part): Promise<Finding> {
  const { record, contract, libraries, data } = part;
  const step = part.step as Step;
  const deployment = await locate(hre, record);
  const what = deployment ? `${record} at ${deployment.address}` : record;
  if (!deployment || (await hre.ethers.provider.getCode(deployment.address)) === "0x") {
    return finding(step, what, "deployed", "missing");
  }
  if (data) {
    const { same, codeHash } = await compareData(hre, deployment.address, data());
    return judged(step, what, `data of ${contract}`, same ? `data of ${contract}` : `other code, ${codeHash}`, same);
  }
  const linked: Record<string, string> = {};
  for (const library of libraries) {
    const found = await locate(hre, library);
    if (found) linked[library] = found.address;
  }
  const { same, codeHash } = await compareCode(hre, contract, deployment.address, linked);
  return judged(step, what, `code of ${contract}`, same ? `code of ${contract}` : `other code, ${codeHash}`, same);
}

async function checkToken(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const { clearinghouse, token, vault, parameters } = system;
  const step = "settlement-token";
  const recorded = await addressOf(hre, "SettlementToken");
  const meant = parameters.settlementToken === "mock" ? recorded : hre.ethers.getAddress(parameters.settlementToken);
  const used = await clearinghouse.settlementToken();
  return [
    finding(step, "the clearinghouse settles in", meant, used),
    finding(step, "the vault holds", meant, await vault.asset()),
    finding(step, "the settlement token's decimals are", 6, await token.decimals()),
  ];
}

/** Modules, and what each module was built to know. */
async function checkWiring(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const { clearinghouse, basisOracle, volatilityOracle, auction, vault, parameters } = system;
  const step = "wiring";
  const ledger = await clearinghouse.getAddress();
  const modules = await clearinghouse.modules();
  const found: Finding[] = [];
  for (const [module, record] of Object.entries(MODULES) as [keyof typeof MODULES, string][]) {
    found.push(
      finding(step, `the clearinghouse's ${module} is`, await addressOf(hre, record), modules[module], {
        kind: "modules",
      }),
    );
  }
  const { signers, threshold } = await basisOracle.signerSet();
  const account = decodeAccount(await clearinghouse.accountOf(await vault.vaultAccount()));
  return [
    ...found,
    finding(step, "the auction serves", ledger, await auction.clearinghouse()),
    finding(step, "the vault serves", ledger, await vault.clearinghouse()),
    finding(step, "the vault's account is", "open", account.mode === Mode.None ? "not open" : "open"),
    finding(
      step,
      "the volatility oracle reads",
      await addressOf(hre, "PriceOracle"),
      await volatilityOracle.priceOracle(),
    ),
    finding(
      "oracles",
      "basis reports are signed by",
      (await basisSignerAddresses(hre)).join(", "),
      signers.join(", "),
      { kind: "signers" },
    ),
    finding("oracles", "of whom must sign", parameters.basisSigners.threshold, threshold, { kind: "signers" }),
  ];
}

async function checkSurface(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const { surfaceOracle, parameters } = system;
  const { threshold, moveLimits } = parameters.surface;
  const step = "oracles";
  const set = await surfaceOracle.signerSet();
  const limits = await surfaceOracle.moveLimits();
  const signers = (await surfaceSignerAddresses(hre)).join(", ");
  return [
    finding(step, "surface reports are signed by", signers, set.signers.join(", "), { kind: "surfaceSigners" }),
    finding(step, "of the surface's signers must sign", threshold, set.threshold, { kind: "surfaceSigners" }),
    finding(step, "a forward may move an hour, bps", moveLimits.forwardBps, limits.forwardBps, { kind: "moveLimits" }),
    finding(step, "a vol may move an hour, bps", moveLimits.volBps, limits.volBps, { kind: "moveLimits" }),
  ];
}

async function checkModels(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const { clearinghouse, portfolioMargin } = system;
  const step = "wiring";
  const registered = await allLogs(hre, clearinghouse, clearinghouse.filters.ModelRegistered());
  const strays: string[] = [];
  for (const mode of new Set(registered.map(({ args }) => args.mode))) {
    const model = await clearinghouse.modelOf(mode);
    if (!MODELS.has(mode) && model !== ZeroAddress) strays.push(`mode ${mode}: ${model}`);
  }
  const found: Finding[] = [];
  for (const [mode, { name, record }] of MODELS) {
    found.push(
      finding(step, `${name} margin is judged by`, await addressOf(hre, record), await clearinghouse.modelOf(mode), {
        kind: "model",
        mode: Number(mode),
      }),
    );
  }
  // Immutable, so the comparison of code leaves it out.
  const table = await portfolioMargin.table();
  return [
    ...found,
    finding(step, "other margin models", "none", strays.join(", ") || "none"),
    finding("margin-models", "portfolio margin reads its table from", await addressOf(hre, NORMAL_TABLE), table),
  ];
}

/** What the lens was built to know: immutable, as the models' table is. */
async function checkLens(hre: HardhatRuntimeEnvironment, { clearinghouse }: System): Promise<Finding[]> {
  const lens = await loadLens(hre);
  const step = "lens";
  return [
    finding(step, "the lens reads", await clearinghouse.getAddress(), await lens.clearinghouse()),
    finding(step, "the lens takes the normal table from", await addressOf(hre, NORMAL_TABLE), await lens.table()),
  ];
}

async function checkVaultLimits({ vault, parameters: { vaultLimits } }: System): Promise<Finding[]> {
  const limits = await vault.limits();
  return vaultLimitNames(vaultLimits).map((name) =>
    finding("wiring", `the vault's ${name}`, vaultLimits[name], limits[name], { kind: "vaultLimits" }),
  );
}

async function checkExpiries(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const { expirySettlement, parameters } = system;
  const step = "expiries";
  const { timeOut } = parameters.expirySettlement;
  const oracle = await addressOf(hre, "PriceOracle");
  return [
    finding(step, "expiries are settled from the feeds of", oracle, await expirySettlement.priceOracle()),
    finding(step, "expiries can be finalised after, s", timeOut, await expirySettlement.timeOut(), { kind: "timeOut" }),
  ];
}

async function checkFeeds(hre: HardhatRuntimeEnvironment, system: System): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const underlying of system.parameters.underlyings) {
    found.push(...(await checkRegistered(hre, system, underlying)), ...(await checkIdentity(hre, underlying)));
  }
  return found;
}

async function checkRegistered(
  hre: HardhatRuntimeEnvironment,
  { priceOracle }: System,
  { id, name, feed, heartbeat, confidenceBps, referencePrice, secondFeed }: UnderlyingParameters,
): Promise<Finding[]> {
  const step = "feeds";
  const registered = await priceOracle.feedOf(id);
  const second = await priceOracle.secondFeedOf(id);
  const repairFeed: Remedy = { kind: "feed", underlying: id };
  const repairSecond: Remedy = { kind: "secondFeed", underlying: id };
  const repairReference: Remedy = { kind: "reference", underlying: id };
  const reference = formatWad(registered.referencePrice8 * 10n ** 10n);
  return [
    finding(
      step,
      `${name} takes its price from`,
      await addressOfFeed(hre, feedName(name), feed),
      registered.aggregator,
      repairFeed,
    ),
    finding(step, `${name}'s feed has registered decimals`, feed.decimals, registered.decimals, repairFeed),
    finding(step, `${name}'s feed has registered heartbeat, s`, heartbeat, registered.heartbeat, repairFeed),
    finding(step, `${name}'s feed has registered confidence, bps`, confidenceBps, registered.confidenceBps, repairFeed),
    finding(step, `${name}'s reference price, USD`, formatWad(referencePrice), reference, repairReference),
    finding(
      step,
      `${name}'s price is held against`,
      await addressOfFeed(hre, feedName(name, "secondary"), secondFeed),
      second.aggregator,
      repairSecond,
    ),
    finding(
      step,
      `${name}'s second feed has registered decimals`,
      secondFeed?.decimals ?? 0,
      second.decimals,
      repairSecond,
    ),
    finding(
      step,
      `${name}'s second feed has registered heartbeat, s`,
      secondFeed?.heartbeat ?? 0,
      second.heartbeat,
      repairSecond,
    ),
    finding(
      step,
      `${name}'s sources may differ by, bps`,
      secondFeed?.maxDeviationBps ?? 0,
      second.maxDeviationBps,
      repairSecond,
    ),
  ];
}

/** The address of a live feed, of the mock that stands in for it, or zero where there is to be none. */
async function addressOfFeed(
  hre: HardhatRuntimeEnvironment,
  record: string,
  feed: { kind: "mock" } | { kind: "chainlink"; address: string } | undefined,
): Promise<string> {
  if (!feed) return ZeroAddress;
  return feed.kind === "mock" ? addressOf(hre, record) : hre.ethers.getAddress(feed.address);
}

async function checkSequencer(hre: HardhatRuntimeEnvironment, { priceOracle, parameters }: System): Promise<Finding[]> {
  const { sequencerFeed } = parameters;
  const meant = await addressOfFeed(hre, SEQUENCER_FEED, sequencerFeed);
  const found = [finding("oracles", "the sequencer is watched by", meant, await priceOracle.sequencerFeed())];
  if (sequencerFeed?.kind !== "mock") return found;
  const standIn = await hre.ethers.getContractAt("MockSequencerFeed", meant);
  const { owner } = sequencerFeed;
  const named = owner === "deployer" ? await deployedBy(hre) : hre.ethers.getAddress(owner);
  return [...found, finding("oracles", "the sequencer feed's stand-in is set by", named, await standIn.owner())];
}

/** What live feeds say of themselves, now. */
async function checkIdentity(hre: HardhatRuntimeEnvironment, underlying: UnderlyingParameters): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const terms of [feedTerms(underlying), secondFeedTerms(underlying)]) {
    if (terms) found.push(...(await checkLiveFeed(hre, terms)));
  }
  return found;
}

async function checkLiveFeed(hre: HardhatRuntimeEnvironment, terms: FeedTerms): Promise<Finding[]> {
  const subject = `the ${terms.name}`;
  try {
    const judgements = judgeFeed(terms, await readFeed(hre, terms));
    return judgements.map(({ what, should, is, ok }) => judged("feeds", `${subject} ${what}`, should, is, ok));
  } catch (error) {
    if (!(error instanceof PlimsollInputError)) throw error;
    return [finding("feeds", `${subject} answers`, "as a feed", "not as a feed")];
  }
}

async function checkMarkets({ clearinghouse, volatilityOracle, parameters }: System): Promise<Finding[]> {
  const step = "markets";
  const ids = parameters.underlyings.map(({ id }) => BigInt(id));
  const inOrder = (list: readonly bigint[]): string => [...list].sort((a, b) => Number(a - b)).join(", ");
  const found = [
    finding(step, "listed markets are", inOrder(ids), inOrder(await clearinghouse.listedMarkets()), {
      kind: "listings",
    }),
    finding(step, "volatility is kept of", inOrder(ids), inOrder(await volatilityOracle.listed()), {
      kind: "listings",
    }),
  ];
  for (const { id, name, market, options } of parameters.underlyings) {
    const params = await clearinghouse.marketParams(id);
    for (const parameter of Object.keys(market) as (keyof typeof market)[]) {
      found.push(
        finding(step, `${name}'s ${parameter}`, market[parameter], params[parameter], {
          kind: "market",
          underlying: id,
        }),
      );
    }
    const ofOptions = await clearinghouse.optionParams(id);
    for (const parameter of Object.keys(options) as (keyof typeof options)[]) {
      found.push(
        finding(step, `${name}'s options' ${parameter}`, options[parameter], ofOptions[parameter], {
          kind: "options",
          underlying: id,
        }),
      );
    }
  }
  return found;
}
