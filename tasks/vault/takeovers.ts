import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { readHolding, readMarket } from "../../scripts/lib/reads";
import { type System, parametersOf, underlyingNamed } from "../../scripts/lib/system";
import { type OfferedPosition, type Takeover, readTakeovers } from "../../scripts/lib/vaultReads";
import {
  type AccountId,
  type Batch,
  type Lots,
  PlimsollInputError,
  PriceStatus,
  formatLots,
  formatUsdc,
  nextNonce,
  takeQuote,
  underlyingOf,
  vaultOffer,
} from "../../sdk";
import { abs } from "../../sdk/risk/fixedPoint";
import { actorFor, latestTime, openSystem, readAccount, readSigner } from "../internal/chain";
import type { Answer } from "../internal/command";
import { confirmSending } from "../internal/consent";
import { ORDER_LIFE, nameOf, settle } from "../internal/orders";
import { readSize, readWhole } from "../internal/read";
import { list } from "../internal/table";

const MOST_INDEX = 2n ** 96n - 1n;

interface Values {
  takeover: string;
  account: string;
  underlying: string | undefined;
  size: string | undefined;
  sender: string | undefined;
}

/** Takes the vault's offer as it is now. */
export async function buy(hre: HardhatRuntimeEnvironment, values: Values): Promise<Answer> {
  const index = readWhole(values.takeover, "takeover", MOST_INDEX);
  const size = values.size === undefined ? undefined : readSize(values.size);
  const named =
    values.underlying === undefined ? undefined : BigInt(underlyingNamed(parametersOf(hre), values.underlying).id);
  const account = await readAccount(hre, values.account);
  const sender = await actorFor(hre, account, values.sender);
  const system = await openSystem(hre);
  const takeover = await takeoverOf(hre, system, index);
  const position = positionOf(hre, takeover, named);
  const lots = lotsOf(hre, position, size);
  const batch = await takeOffer(hre, system, takeover, position, lots, account);
  return settle(hre, system, sender, batch);
}

/** Closes a takeover that holds nothing any more. */
export async function end(
  hre: HardhatRuntimeEnvironment,
  values: { takeover: string; sender: string | undefined },
): Promise<Answer> {
  const index = readWhole(values.takeover, "takeover", MOST_INDEX);
  const signer = await readSigner(hre, values.sender ?? "0");
  const system = await openSystem(hre);
  const { positions } = await takeoverOf(hre, system, index);
  const [held] = positions;
  if (held) {
    const name = nameOf(hre, held.instrument);
    throw new PlimsollInputError(`Takeover ${index} still holds ${formatLots(held.lots)} ${name}: see vault:buy.`);
  }
  await confirmSending(hre, [`endTakeover: ${index}`]);
  const vault = system.vault.connect(signer);
  const transaction = await vault.endTakeover(index);
  const receipt = await transaction.wait();
  const ended = await vault.queryFilter(vault.filters.TakeoverEnded(index), receipt?.blockNumber, receipt?.blockNumber);
  const found = {
    takeover: index.toString(),
    returned: formatUsdc(ended[0]?.args.returned ?? 0n),
    transaction: transaction.hash,
  };
  return { json: found, text: list(found) };
}

async function takeoverOf(hre: HardhatRuntimeEnvironment, system: System, index: bigint): Promise<Takeover> {
  const open = await readTakeovers(system, await hre.ethers.provider.getBlockNumber());
  const found = open.find((takeover) => takeover.index === index);
  if (found) return found;
  const others = open.length === 0 ? "none is" : `open are ${open.map((takeover) => takeover.index).join(", ")}`;
  throw new PlimsollInputError(`The vault has no open takeover ${index}: ${others}.`);
}

function positionOf(
  hre: HardhatRuntimeEnvironment,
  { index, positions }: Takeover,
  underlying: bigint | undefined,
): OfferedPosition {
  const meant = positions.filter(
    ({ instrument }) => underlying === undefined || underlyingOf(instrument) === underlying,
  );
  const [position] = meant;
  if (position && meant.length === 1) return position;
  const held = positions.map(({ instrument }) => nameOf(hre, instrument)).join(", ");
  throw new PlimsollInputError(
    positions.length === 0
      ? `Takeover ${index} is sold out: end it with vault:end-takeover.`
      : `Takeover ${index} holds ${held}: choose one of them with --underlying.`,
  );
}

/** How much is taken, without a sign. */
function lotsOf(hre: HardhatRuntimeEnvironment, { instrument, lots }: OfferedPosition, size: Lots | undefined): Lots {
  const most = abs(lots);
  if (size === undefined) return most;
  const [verb, right] = lots > 0n ? ["sells", "a positive"] : ["buys back", "a negative"];
  if (size > 0n !== lots > 0n) {
    throw new PlimsollInputError(`The vault ${verb} ${nameOf(hre, instrument)}: take its offer with ${right} size.`);
  }
  if (abs(size) <= most) return abs(size);
  throw new PlimsollInputError(`The vault ${verb} ${formatLots(most)}, and ${formatLots(abs(size))} was wanted.`);
}

async function takeOffer(
  hre: HardhatRuntimeEnvironment,
  system: System,
  { account: sold }: Takeover,
  { instrument, lots: held, offer }: OfferedPosition,
  lots: Lots,
  account: AccountId,
): Promise<Batch> {
  const { clearinghouse } = system;
  const underlying = underlyingOf(instrument);
  if ((await readMarket(system, underlying, "latest")).status !== PriceStatus.Fresh) {
    throw new PlimsollInputError(
      `The vault offers nothing while the price of ${nameOf(hre, instrument)} is not fresh.`,
    );
  }
  const { makerFeeBps, takerFeeBps } = await clearinghouse.marketParams(underlying);
  const expiry = (await latestTime(hre)) + ORDER_LIFE;
  const quote = vaultOffer({
    account: sold,
    instrument,
    size: held > 0n ? 0n - lots : lots,
    limitPrice: offer,
    maxFeeBps: makerFeeBps,
    expiry,
    priceNotBefore: 0n,
    nonce: await nextNonce(clearinghouse, sold),
    epoch: (await readHolding(system, sold, "latest")).account.epoch,
  });
  const { epoch } = (await readHolding(system, account, "latest")).account;
  return takeQuote(quote, account, epoch, { maxFeeBps: takerFeeBps, expiry });
}
