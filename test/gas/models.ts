/** Gas of the portfolio model alone, in a transaction of its own without what any transaction and its calldata cost. */
import { type TransactionResponse, getBytes } from "ethers";
import hre from "hardhat";

import { type Position, decodePosition, encodePosition, option, parseLots, parseWad, perp, portfolio } from "../../sdk";
import { DAY, ETH, NOW, expiryIn, market } from "../../scripts/bench/accounts";
import { deployPortfolioMargin } from "../support/portfolio";

/** An option by its days, strike, side and size. */
type Leg = readonly [days: bigint, strike: bigint, call: boolean, size: string];

const TRANSACTION = 21_000n;
const GAS_LIMIT = 16_000_000n;
/** The book that is assessed by its best witness as well. */
const WITNESSED = "16 options on 4 expiries and a perp";
const held: Position = { instrument: perp(ETH), lots: parseLots("1"), index: parseWad("2003") };

/** Books by name; the same shapes as those the peers were measured on. */
const books: Record<string, { legs: readonly Leg[]; perp: boolean }> = {
  "one perp": { legs: [], perp: true },
  "one option": { legs: [[30n, 2000n, true, "-1"]], perp: false },
  "iron condor": { legs: condor(30n), perp: false },
  "16 options on 4 expiries and a perp": { legs: [7n, 30n, 60n, 90n].flatMap(condor), perp: true },
  "46 options on 4 expiries and a perp": { legs: ladders(4, 12).slice(0, 46), perp: true },
  "126 options on 9 expiries and a perp": { legs: ladders(9, 14), perp: true },
  "127 options of one expiry, all bought": { legs: bought(127), perp: false },
};

/** Adds a row a book to `report`. */
export async function measureModels(report: Map<string, number>): Promise<void> {
  const model = await deployPortfolioMargin();
  const [sender] = await hre.ethers.getSigners();
  for (const [name, { legs, perp: withPerp }] of Object.entries(books)) {
    const expiries = [...new Set(legs.map(([days]) => days))].map((days) => expiryIn(days, 0n));
    const positions = legs.map(([days, strike, call, size]) => ({
      instrument: option({ underlying: ETH, expiry: NOW + days * DAY, strike: strike * 10n ** 8n, call }),
      lots: parseLots(size),
      index: 0n,
    }));
    const words = [...positions, ...(withPerp ? [held] : [])].map(encodePosition);
    const cash = parseWad("1000000");
    const data = model.interface.encodeFunctionData("assess", [[market], expiries, 0n, cash, words]);
    const sent = await sender!.sendTransaction({ to: model, data, gasLimit: GAS_LIMIT });
    report.set(`portfolio model: ${name}`, Number(await executionGas(sent, data)));
    if (name !== WITNESSED) continue;
    const snapshot = { markets: [market], expiries };
    const witness = portfolio.findPortfolioWitness(snapshot, words.map(decodePosition));
    const asked = model.interface.encodeFunctionData("assessBy", [[market], expiries, 0n, cash, words, witness]);
    const shown = await sender!.sendTransaction({ to: model, data: asked, gasLimit: GAS_LIMIT });
    report.set(`portfolio model: ${name}, by witness`, Number(await executionGas(shown, asked)));
  }
}

/** Without what any transaction and its calldata cost. */
async function executionGas(sent: TransactionResponse, data: string): Promise<bigint> {
  const { gasUsed } = (await sent.wait())!;
  return gasUsed - TRANSACTION - getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n);
}

function condor(days: bigint): Leg[] {
  return [
    [days, 1600n, false, "0.5"],
    [days, 1800n, false, "-1"],
    [days, 2200n, true, "-1"],
    [days, 2400n, true, "0.5"],
  ];
}

function ladders(expiries: number, strikes: number): Leg[] {
  return Array.from({ length: expiries }, (_, i) =>
    Array.from({ length: strikes }, (_, j): Leg => {
      const strike = 1400n + 100n * BigInt(j);
      return [7n + 20n * BigInt(i), strike, strike > 2000n, (i + j) % 3 === 0 ? "0.5" : "-0.5"];
    }),
  ).flat();
}

/** Strikes in no order: what the expiry can pay at worst caps the requirement, and takes sorting. */
function bought(options: number): Leg[] {
  return Array.from({ length: options }, (_, i): Leg => [
    30n,
    1000n + 20n * BigInt((i * 50) % options),
    i % 2 === 0,
    "1",
  ]);
}
