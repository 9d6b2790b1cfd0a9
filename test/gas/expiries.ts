/** What it costs to settle expiries: the longer, the more rounds their feed had in the last hour. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import hre from "hardhat";

import { proveExpiry } from "../../scripts/lib/expiryProof";
import { OptionDesk } from "../support/optionDesk";
import { PORTFOLIO, type World } from "../support/world";
import type { Note } from "./scenarios";

const MINUTE = 60;
const HOUR = 3_600;
/** Days to each expiry, and how many minutes apart its feed's rounds are: a quiet hour, and a wild one. */
const HOURS = [
  [7, 60],
  [14, 5],
] as const;

export async function expiries(world: World, note: Note): Promise<void> {
  const desk = await OptionDesk.open(
    world,
    HOURS.map(([days]) => days),
  );
  const { expirySettlement } = world.system;
  const maker = await world.open(world.signer(0), 1_000_000, PORTFOLIO);
  const holder = await world.open(world.signer(1), 1_000_000, PORTFOLIO);
  for (const at of HOURS.keys()) await world.tradeIn(desk.call(1900, at), maker, holder, "1", "150");
  for (const [at, [, apart]] of HOURS.entries()) {
    const end = desk.expiries[at]!;
    for (let minutes = HOUR / MINUTE; minutes > 0; minutes -= apart) {
      await time.increaseTo(end - minutes * MINUTE - 1);
      await world.setPrice("ETH", String(2_000 + minutes));
    }
    await time.increaseTo(end + MINUTE);
    const { rounds } = await proveExpiry(hre.ethers.provider, expirySettlement, desk.underlying, BigInt(end));
    const ids = rounds.map(({ id }) => id);
    const count = ids.length === 1 ? "one round" : `${ids.length} rounds`;
    await note(`expiry: settled by ${count}`, expirySettlement.settle(desk.underlying, end, ids));
    const touched = world.clearinghouse.touch([holder.id]);
    if (at === 0) await note("expiry: holder touched, one option settled of two", touched);
    else await touched;
  }
}
