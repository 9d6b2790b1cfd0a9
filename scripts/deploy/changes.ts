/** Sends restricted calls as the access manager lets their sender: at once, or after having scheduled them. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { dataSlice, keccak256 } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { Role } from "../../config/roles";
import type { Seconds } from "../../sdk";
import type { System } from "../lib/system";
import { roleName } from "./governance";
import type { Change } from "./remedies";

/** What can be done about a change now. */
export type Way =
  | { do: "send" | "execute" }
  | { do: "schedule"; delay: Seconds }
  | { do: "wait"; until: Seconds }
  | { do: "nothing"; because: string };

/** A change and what its sender can do about it. */
export interface PlannedChange extends Change {
  way: Way;
  /** The hash of the call that this one announces, where it does. */
  announces?: string;
}

/** What came of it: `at` is when the change can be made, unix seconds, where that has to wait. */
export interface DoneChange {
  what: string;
  state: "sent" | "executed" | "announced" | "scheduled" | "waiting" | "refused";
  at: number | null;
  transaction: string | null;
  because: string | null;
}

/** Looks what the sender may do about each change; nothing is sent. */
export async function planChanges(
  hre: HardhatRuntimeEnvironment,
  system: System,
  sender: string,
  changes: readonly Change[],
): Promise<PlannedChange[]> {
  const block = await hre.ethers.provider.getBlock("latest");
  const now = BigInt(block?.timestamp ?? 0);
  return Promise.all(changes.map((change) => planChange(system, sender, change, now)));
}

/** What must be announced is announced first, and made when the announcement's time has come. */
async function planChange(system: System, sender: string, change: Change, now: Seconds): Promise<PlannedChange> {
  if (!change.announced) return { ...change, way: await wayOf(system, sender, change, now) };
  const { clearinghouse } = system;
  const announces = keccak256(change.data);
  const [from, until] = await clearinghouse.announcement(announces);
  if (from === 0n || until < now) {
    const data = clearinghouse.interface.encodeFunctionData("announce", [change.data]);
    const announcement = { what: `Clearinghouse.announce: ${change.what}`, target: change.target, data };
    return { ...announcement, announces, way: await wayOf(system, sender, announcement, now) };
  }
  return { ...change, way: from > now ? { do: "wait", until: from } : await wayOf(system, sender, change, now) };
}

async function wayOf({ authority }: System, sender: string, { target, data }: Change, now: Seconds): Promise<Way> {
  const selector = dataSlice(data, 0, 4);
  const own = target === (await authority.getAddress());
  const { allowed, delay } = own
    ? await authority.hasRole(Role.Admin, sender).then((m) => ({ allowed: m.isMember, delay: m.executionDelay }))
    : await authority.canCall(sender, target, selector).then((c) => ({ allowed: c.immediate, delay: c.delay }));
  if (!allowed && delay === 0n) {
    const role = own ? Role.Admin : await authority.getTargetFunctionRole(target, selector);
    return { do: "nothing", because: `${sender} has not the role ${roleName(role)}` };
  }
  if (delay === 0n) return { do: "send" };
  const scheduled = await authority.getSchedule(await authority.hashOperation(sender, target, data));
  if (scheduled === 0n) return { do: "schedule", delay };
  return scheduled > now ? { do: "wait", until: scheduled } : { do: "execute" };
}

/** Sends what can be sent, one after the other. */
export async function sendChanges(
  system: System,
  sender: HardhatEthersSigner,
  planned: readonly PlannedChange[],
): Promise<DoneChange[]> {
  const done: DoneChange[] = [];
  for (const change of planned) done.push(await sendChange(system, sender, change));
  return done;
}

async function sendChange(
  system: System,
  sender: HardhatEthersSigner,
  { what, target, data, way, announces }: PlannedChange,
): Promise<DoneChange> {
  const authority = system.authority.connect(sender);
  const nothing = { what, at: null, transaction: null, because: null };
  const outcome = async (state: "sent" | "executed"): Promise<Pick<DoneChange, "state" | "at">> => {
    if (announces === undefined) return { state, at: null };
    return { state: "announced", at: Number((await system.clearinghouse.announcement(announces))[0]) };
  };
  switch (way.do) {
    case "nothing":
      return { ...nothing, state: "refused", because: way.because };
    case "wait":
      return { ...nothing, state: "waiting", at: Number(way.until) };
    case "send": {
      const transaction = await sender.sendTransaction({ to: target, data });
      await transaction.wait();
      return { ...nothing, ...(await outcome("sent")), transaction: transaction.hash };
    }
    case "execute": {
      const transaction = await authority.execute(target, data);
      await transaction.wait();
      return { ...nothing, ...(await outcome("executed")), transaction: transaction.hash };
    }
    case "schedule": {
      const transaction = await authority.schedule(target, data, 0);
      await transaction.wait();
      const operation = await authority.hashOperation(sender, target, data);
      const at = Number(await authority.getSchedule(operation));
      return { ...nothing, state: "scheduled", at, transaction: transaction.hash };
    }
  }
}
