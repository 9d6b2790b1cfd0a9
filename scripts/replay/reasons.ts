/** Why an account that ended below maintenance margin still stands there: told by the state of the chain. */
import {
  type AccountId,
  type MarketSnapshot,
  PriceStatus,
  WAD,
  auction,
  explainError,
  formatAccountId,
  formatWad,
  instrumentName,
  isOption,
  roundWad,
  settleOptions,
  statusOf,
  underlyingOf,
} from "../../sdk";
import type { AccountRecord } from "../keeper/book";
import { type Offer, type Terms, offerFor } from "../keeper/liquidation";
import { type Judged, rank } from "../keeper/ranking";
import type { Stage } from "./stage";

/** One account below maintenance margin, USD. */
export interface Straggler {
  account: string;
  equity: string;
  maintenanceMargin: string;
  reason: string;
}

/** Every account below maintenance margin by the ledger's own judgement, with the reason. */
export async function stragglers(
  stage: Stage,
  snapshot: MarketSnapshot,
  terms: Omit<Terms, "coverLimit">,
): Promise<Straggler[]> {
  const { clearinghouse, vault } = stage.world.system;
  const found: Straggler[] = [];
  for (const judged of rank(stage.world.book.holders(), snapshot)) {
    const { id } = judged.record;
    const { equityForMaintenance, maintenanceMargin } = await clearinghouse.assess(id, { blockTag: "pending" });
    if (equityForMaintenance >= maintenanceMargin) continue;
    const coverLimit = await vault.coverLimit();
    found.push({
      account: formatAccountId(id),
      equity: formatWad(equityForMaintenance),
      maintenanceMargin: formatWad(maintenanceMargin),
      reason: await reasonFor(stage, judged, snapshot, { ...terms, coverLimit }),
    });
  }
  return found;
}

async function reasonFor(stage: Stage, judged: Judged, snapshot: MarketSnapshot, terms: Terms): Promise<string> {
  const { record } = judged;
  const unusable = unusablePrice(stage, record, snapshot);
  if (unusable !== undefined)
    return `the price of ${unusable} is unusable, and until it is usable again nobody is liquidated`;
  if (!record.account.flagged) return unflagged(stage, record.id);
  const { auction: house } = stage.world.system;
  const clock = auction.decodeAuctionClock(await house.clockOf(record.id, { blockTag: "pending" }));
  const since = time(stage.tally.flaggedAt.get(record.id) ?? 0);
  const now = BigInt(stage.chain.time);
  if (!auction.runningAt(clock, now)) return `its auction of ${since} lapsed, and it can be flagged again`;
  const discount = auction.discount(auction.gatheredAt(clock, now));
  const offer = offerFor(judged, clock, snapshot.markets, now, terms);
  const running = `its auction runs since ${since} and stands at a discount of ${roundWad(discount * 100n)} %`;
  if (offer.gain < offer.minGain) return `${running}: ${unprofitable(judged, offer, terms)}`;
  return `${running}: ${await bidRefusal(stage, record.id)}`;
}

function unprofitable({ assessment }: Judged, { gain, minGain }: Offer, { coverLimit }: Terms): string {
  const asked = `a bid would gain ${roundWad(gain)} USD and must gain ${roundWad(minGain)}`;
  if (assessment.equity >= 0n) return asked;
  return `its equity is below zero and the vault's caps leave ${roundWad(coverLimit)} USD, so ${asked}`;
}

async function unflagged(stage: Stage, account: AccountId): Promise<string> {
  const { world } = stage;
  const encode = world.system.clearinghouse.interface;
  const refusal = await refusalOf(stage, encode.encodeFunctionData("flag", [account, world.accounts.keeper]));
  return refusal === undefined
    ? "it fell below after the keeper last looked, and can be flagged in the next block"
    : `it cannot be flagged: ${refusal}`;
}

async function bidRefusal(stage: Stage, account: AccountId): Promise<string> {
  const { system, accounts } = stage.world;
  const data = system.clearinghouse.interface.encodeFunctionData("bid", [account, accounts.keeper, WAD, 0n]);
  const refusal = await refusalOf(stage, data);
  return refusal === undefined
    ? "a bid pays since this moment, and is due in the next block"
    : `no bid passes: ${refusal}`;
}

/** What the ledger answers the keeper; undefined where the call passes. */
async function refusalOf({ world, chain }: Stage, data: string): Promise<string | undefined> {
  try {
    await chain.call(world.keeper.address, { to: world.domain.verifyingContract, data });
    return undefined;
  } catch (error) {
    return explainError(error);
  }
}

/** What of the account has no price: an underlying, or an option whose expiry has no surface. */
function unusablePrice(
  { world }: Stage,
  { account, positions }: AccountRecord,
  snapshot: MarketSnapshot,
): string | undefined {
  const live = settleOptions(snapshot, account.cash, positions).positions;
  const sick = live.find((position) => statusOf(snapshot, position) === PriceStatus.Unusable);
  const { name } = world.markets.find(({ underlying }) => sick && underlying === underlyingOf(sick.instrument)) ?? {};
  if (!sick || name === undefined) return undefined;
  return isOption(sick.instrument)
    ? instrumentName(sick.instrument, new Map([[underlyingOf(sick.instrument), name]]))
    : name;
}

function time(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
