import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type ExpiryState, basisNames, readExpiry } from "../../scripts/lib/expiries";
import { proveExpiry } from "../../scripts/lib/expiryProof";
import { parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { formatTime, readTime } from "../../scripts/lib/times";
import { PlimsollInputError, type SettlementProof, formatWad } from "../../sdk";
import { openSystem } from "../internal/chain";
import type { Answer } from "../internal/command";
import { list } from "../internal/table";

/** What is final, or what anyone could make final now. */
export async function showSettlement(
  hre: HardhatRuntimeEnvironment,
  values: { underlying: string; expiry: string },
): Promise<Answer> {
  const { id, name } = underlyingNamed(parametersOf(hre), values.underlying);
  const expiry = readTime(values.expiry, "expiry");
  const system = await openSystem(hre);
  const state = await readExpiry(hre, system, id, expiry);
  const { now, settled } = state;
  const due = settled === undefined && now >= state.settleFrom;
  const prove = () => proveExpiry(hre.ethers.provider, system.expirySettlement, id, expiry);
  const provable = due ? await tryToProve(prove) : null;
  const json = {
    underlying: name,
    expiry: Number(expiry),
    start: Number(state.start),
    settleFrom: Number(state.settleFrom),
    finaliseFrom: Number(state.finaliseFrom),
    settled: settled ? describeSettled(settled) : null,
    provable: provable && describeProof(provable),
  };
  return { json, text: asText(json) };
}

/** Null where the feed cannot prove a price yet, which is an answer here. */
async function tryToProve(prove: () => Promise<SettlementProof>): Promise<SettlementProof | null> {
  try {
    return await prove();
  } catch (error) {
    if (error instanceof PlimsollInputError) return null;
    throw error;
  }
}

function describeSettled({ price, basis, at, feed, roundIds, transaction }: NonNullable<ExpiryState["settled"]>) {
  return {
    price: formatWad(price),
    basis: basisNames.get(basis) ?? "",
    at: Number(at),
    feed,
    rounds: roundIds.map(String),
    transaction,
  };
}

function describeProof({ price, basis, rounds }: SettlementProof) {
  return { price: formatWad(price), basis: basisNames.get(basis) ?? "", rounds: rounds.map(({ id }) => id.toString()) };
}

function asText(found: {
  underlying: string;
  expiry: number;
  start: number;
  settleFrom: number;
  finaliseFrom: number;
  settled: ReturnType<typeof describeSettled> | null;
  provable: ReturnType<typeof describeProof> | null;
}): string {
  const { settled, provable } = found;
  const proof = settled ?? provable;
  return list({
    underlying: found.underlying,
    expiry: formatTime(found.expiry),
    "averaged from": formatTime(found.start),
    "can be settled from": formatTime(found.settleFrom),
    "can be finalised from": formatTime(found.finaliseFrom),
    settled: settled ? `at ${settled.price} USD, ${formatTime(settled.at)}` : "no",
    ...(provable ? { "can be proved": `${provable.price} USD` } : {}),
    ...(proof ? { "averaged over": proof.basis, rounds: proof.rounds.join(", ") } : {}),
    ...(settled ? { feed: settled.feed, transaction: settled.transaction } : {}),
  });
}
