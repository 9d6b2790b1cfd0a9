/** What an order would do to an account, before anyone signs it. */
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type Preview, type Summary, readPreview, readSummary } from "../../scripts/lib/lensReads";
import { type Holding, readHolding, readMark, readSnapshotAt } from "../../scripts/lib/reads";
import { type System, loadLens, underlyingNames } from "../../scripts/lib/system";
import {
  type Assessment,
  type Instrument,
  type LiquidationPrices,
  type Lots,
  Mode,
  PlimsollInputError,
  type Wad,
  decodeInstrument,
  formatAccountId,
  formatLots,
  formatWad,
  instrumentName,
  isOption,
  liquidationPrices,
  marketOf,
  previewFill,
  roundWad,
  underlyingOf,
} from "../../sdk";
import { abs, max } from "../../sdk/risk/fixedPoint";
import { openSystem, readAccount } from "../internal/chain";
import type { Answer } from "../internal/command";
import { feesOf, readInstrument } from "../internal/orders";
import { readPrice, readSize } from "../internal/read";
import { list, table, usd } from "../internal/table";

interface Values {
  account: string;
  underlying: string | undefined;
  instrument: string | undefined;
  size: string;
  price: string | undefined;
}

interface Order {
  instrument: Instrument;
  lots: Lots;
  price: Wad;
}

/** One order of the account, as the taker. */
export async function preview(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const lots = readSize(values.size);
  const wanted = values.price === undefined ? undefined : readPrice(values.price);
  const instrument = readInstrument(hre, values);
  const id = await readAccount(hre, values.account);
  const system = await openSystem(hre);
  const block = await hre.ethers.provider.getBlockNumber();
  const holding = await readHolding(system, id, block);
  if (holding.account.mode === Mode.None) {
    throw new PlimsollInputError(`Account ${formatAccountId(id)} is not open: open it with account:open.`);
  }
  const order: Order = { instrument, lots, price: wanted ?? (await readMark(system, instrument)) };
  const lens = await loadLens(hre);
  const summary = await readSummary(lens, id, block);
  const found = await readPreview(lens, id, order, block);
  const unlisted = await strikeOutside(system, holding, order, block);
  const prices = await pricesAround(system, holding, order, block);
  const described = describe(system, holding, order, { summary, found, prices, unlisted });
  return { json: described, text: asText(described) };
}

/** Why the strike may not be opened; undefined where it may, or is only reduced. */
async function strikeOutside(
  { clearinghouse }: System,
  { positions }: Holding,
  { instrument, lots }: Order,
  block: number,
): Promise<string | undefined> {
  if (!isOption(instrument)) return undefined;
  const held = positions.find((one) => one.instrument === instrument)?.lots ?? 0n;
  if (held !== 0n && held > 0n !== lots > 0n && abs(lots) <= abs(held)) return undefined;
  const { underlying, expiry, strike } = decodeInstrument(instrument);
  const { lowest, highest, step } = await clearinghouse.strikesOf(underlying, expiry, { blockTag: block });
  const listed = step !== 0n && strike >= lowest && strike <= highest && (strike - lowest) % step === 0n;
  return listed ? undefined : "its strike is not listed: option:list shows which are";
}

/** By the price of what is traded alone. */
async function pricesAround(
  system: System,
  { account, positions }: Holding,
  order: Order,
  block: number,
): Promise<{ before: LiquidationPrices; after: LiquidationPrices; spot: Wad }> {
  const underlying = underlyingOf(order.instrument);
  const traded = { instrument: order.instrument, lots: 0n, index: 0n };
  const snapshot = await readSnapshotAt(system, [[...positions, traded]], block);
  const { takerFeeBps } = await feesOf(system, order.instrument);
  const fill = { ...order, feeBps: takerFeeBps };
  const { holdings } = previewFill(snapshot, { ...account, positions }, fill);
  return {
    before: liquidationPrices(account.mode, snapshot, account.cash, positions, underlying),
    after: liquidationPrices(account.mode, snapshot, holdings.cash, holdings.positions, underlying),
    spot: marketOf(snapshot.markets, underlying).spot,
  };
}

/** What the chain says of the order. */
interface Answers {
  summary: Summary;
  found: Preview;
  prices: Awaited<ReturnType<typeof pricesAround>>;
  unlisted: string | undefined;
}

type Description = ReturnType<typeof describe>;

function describe(
  system: System,
  { id, account }: Holding,
  { instrument, lots, price }: Order,
  { summary, found, prices, unlisted }: Answers,
) {
  const { before, after, spot } = prices;
  const names = underlyingNames(system.parameters);
  const accepted = found.allowed && unlisted === undefined;
  const lacking = found.next.initialMargin - found.next.equityForInitial + found.locked;
  return {
    account: formatAccountId(id),
    instrument: instrumentName(instrument, names),
    size: formatLots(lots),
    price: formatWad(price),
    underlying: names.get(underlyingOf(instrument)) ?? underlyingOf(instrument).toString(),
    spot: formatWad(spot),
    fee: formatWad(found.fee),
    before: side(found.current, account.cash, summary.locked, before),
    after: side(found.next, found.cash, found.locked, after),
    accepted,
    /** Whether it passes as a reduction alone, below initial margin. */
    asReduction: accepted && !found.meetsInitial,
    /** What initial margin lacks, USD. */
    missing: formatWad(max(lacking, 0n)),
    refusedBecause: accepted ? null : reasonOf(found, lacking, unlisted),
  };
}

function side(a: Assessment, cash: Wad, locked: Wad, { down, up }: LiquidationPrices) {
  return {
    cash: formatWad(cash),
    equity: formatWad(a.equity),
    initialMargin: formatWad(a.initialMargin),
    maintenanceMargin: formatWad(a.maintenanceMargin),
    freeCollateral: formatWad(max(a.equityForInitial - a.initialMargin - locked, 0n)),
    liquidatedBelow: down ? formatWad(down.spot) : null,
    liquidatedAbove: up ? formatWad(up.spot) : null,
  };
}

function reasonOf(found: Preview, lacking: Wad, unlisted: string | undefined): string {
  if (!found.tradable) return "the instrument has no usable price, or has expired";
  if (unlisted !== undefined) return unlisted;
  if (!found.fresh) return "a price or surface that the account is valued by is not fresh, and it does not only reduce";
  return `initial margin lacks ${roundWad(lacking)} USD, and it does not only reduce risk at a fair price`;
}

function asText(found: Description): string {
  const { before, after } = found;
  const heading = list({
    account: found.account,
    order: `${found.size} ${found.instrument} at ${usd(found.price)} USD`,
    "fee, USD": usd(found.fee),
  });
  const never = (price: string | null): string => (price === null ? "never" : usd(price));
  const row = (name: string, of: (side: Description["before"]) => string): string[] => [name, of(before), of(after)];
  const rows = [
    row("cash, USD", ({ cash }) => usd(cash)),
    row("equity, USD", ({ equity }) => usd(equity)),
    row("initial margin, USD", ({ initialMargin }) => usd(initialMargin)),
    row("maintenance margin, USD", ({ maintenanceMargin }) => usd(maintenanceMargin)),
    row("free collateral, USD", ({ freeCollateral }) => usd(freeCollateral)),
    row(`liquidated with ${found.underlying} falling to, USD`, ({ liquidatedBelow }) => never(liquidatedBelow)),
    row(`liquidated with ${found.underlying} rising to, USD`, ({ liquidatedAbove }) => never(liquidatedAbove)),
  ];
  return [heading, table(["account", "before", "after"], rows), verdict(found)].join("\n");
}

function verdict({ accepted, asReduction, missing, refusedBecause }: Description): string {
  if (!accepted) return `The ledger would refuse it: ${refusedBecause ?? "it says why when it is sent"}.`;
  if (!asReduction) return "The ledger would accept it, as far as open interest allows.";
  return `The ledger would accept it, because it only reduces risk: initial margin still lacks ${usd(missing)} USD.`;
}
