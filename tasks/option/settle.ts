import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { basisNames, readExpiry } from "../../scripts/lib/expiries";
import { proveExpiry, settlesAtOnce } from "../../scripts/lib/expiryProof";
import { parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { formatTime, readTime } from "../../scripts/lib/times";
import { PlimsollInputError, formatWad } from "../../sdk";
import { openSystem, readSigner } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { list } from "../internal/table";

interface Values {
  underlying: string;
  expiry: string;
  sender: string | undefined;
}

/** Settles by the whole window, or finalises where that is all there is left. */
export async function settle(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const { id, name } = underlyingNamed(parametersOf(hre), values.underlying);
  const expiry = readTime(values.expiry, "expiry");
  const signer = await readSigner(hre, values.sender ?? "0");
  const system = await openSystem(hre);
  const { now, settleFrom, finaliseFrom, settled } = await readExpiry(hre, system, id, expiry);
  const subject = `${name}'s expiry of ${formatTime(expiry)}`;
  if (settled) throw new PlimsollInputError(`${subject} is settled already, at ${formatWad(settled.price)} USD.`);
  if (now < settleFrom) {
    throw new PlimsollInputError(
      `${subject} can be settled from ${formatTime(settleFrom)} on, and it is ${formatTime(now)}.`,
    );
  }
  const proof = await proveExpiry(hre.ethers.provider, system.expirySettlement, id, expiry);
  const { rounds, price } = proof;
  const whole = settlesAtOnce(proof);
  if (!whole && now < finaliseFrom) {
    throw new PlimsollInputError(
      `${subject} had no usable price throughout its last hour: it can be finalised from ${formatTime(finaliseFrom)} on.`,
    );
  }
  const roundIds = rounds.map((round) => round.id);
  const verb = whole ? "settle" : "finalise";
  await confirmSending(hre, [`${verb}: ${subject} at ${formatWad(price)} USD, by ${roundIds.length} rounds`]);
  const contract = system.expirySettlement.connect(signer);
  const transaction = whole
    ? await contract.settle(id, expiry, roundIds)
    : await contract.finalise(id, expiry, roundIds);
  await transaction.wait();
  const found = {
    underlying: name,
    expiry: Number(expiry),
    price: formatWad((await contract.price(id, expiry)).price_),
    basis: basisNames.get(proof.basis) ?? "",
    rounds: roundIds.map(String),
    transaction: transaction.hash,
  };
  const text = list({
    underlying: name,
    expiry: formatTime(expiry),
    "settled at, USD": found.price,
    "averaged over": found.basis,
    rounds: roundIds.length.toString(),
    transaction: found.transaction,
  });
  return { json: found, text };
}
