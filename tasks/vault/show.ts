import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { System } from "../../scripts/lib/system";
import { formatDuration, formatTime } from "../../scripts/lib/times";
import { type Takeover, type VaultState, readVault } from "../../scripts/lib/vaultReads";
import { formatAccountId, formatLots, formatShares, formatUsdc, formatWad } from "../../sdk";
import { openSystem, readAddress } from "../internal/chain";
import type { Answer } from "../internal/command";
import { nameOf } from "../internal/orders";
import { progressOf } from "../internal/progress";
import { list, table, usd } from "../internal/table";

/** The vault as a whole, and one holder's part in it. */
export async function showVault(
  hre: HardhatRuntimeEnvironment,
  values: { owner: string | undefined },
): Promise<Answer> {
  const owner = values.owner === undefined ? undefined : await readAddress(hre, values.owner);
  const system = await openSystem(hre);
  const state = await readVault(hre, system, progressOf("Reading events"));
  const takeovers = state.takeovers.map((takeover) => describeTakeover(hre, takeover));
  const holder = owner === undefined ? null : await describeHolder(system, owner);
  const json = { ...describeState(state), takeovers, holder };
  return { json, text: [asText(json, state), takeoverText(takeovers), holderText(holder)].filter(Boolean).join("\n") };
}

function describeState(state: VaultState) {
  return {
    assets: formatWad(state.assets),
    cash: formatWad(state.cash),
    shares: formatShares(state.shares),
    sharePrice: state.sharePrice === null ? null : formatWad(state.sharePrice),
    eventLimit: formatWad(state.eventLimit),
    hourLeft: formatWad(state.hourLeft),
    hourSpent: formatWad(state.hourSpent),
    cooldown: Number(state.cooldown),
    exitWindow: Number(state.exitWindow),
  };
}

function describeTakeover(hre: HardhatRuntimeEnvironment, { index, account, begunAt, equity, positions }: Takeover) {
  return {
    takeover: Number(index),
    account: formatAccountId(account),
    begunAt: Number(begunAt),
    equity: formatWad(equity),
    positions: positions.map(({ instrument, lots, mark, offer }) => ({
      instrument: nameOf(hre, instrument),
      size: formatLots(lots),
      mark: formatWad(mark),
      offer: formatWad(offer),
    })),
  };
}

async function describeHolder({ vault }: System, owner: string) {
  const shares = await vault.balanceOf(owner);
  const { shares: requested, opensAt, closesAt } = await vault.redeemRequest(owner);
  const request = { shares: formatShares(requested), opensAt: Number(opensAt), closesAt: Number(closesAt) };
  return {
    owner,
    shares: formatShares(shares),
    worth: formatUsdc(await vault.convertToAssets(shares)),
    request: requested === 0n ? null : request,
    redeemable: formatShares(await vault.maxRedeem(owner)),
  };
}

function asText(found: ReturnType<typeof describeState>, { cooldown, exitWindow }: VaultState): string {
  return list({
    "assets, USD": usd(found.assets),
    "cash, USD": usd(found.cash),
    shares: found.shares,
    "share price, USD": found.sharePrice ?? "no shares yet",
    "one event may cost, USD": usd(found.eventLimit),
    "the hour may still cost, USD": usd(found.hourLeft),
    "the last hour did cost, USD": usd(found.hourSpent),
    "to leave": `request, wait ${formatDuration(cooldown)}, redeem within ${formatDuration(exitWindow)}`,
  });
}

function takeoverText(takeovers: readonly ReturnType<typeof describeTakeover>[]): string {
  if (takeovers.length === 0) return "No takeover is open.";
  const head = ["takeover", "begun", "equity, USD", "position", "size", "mark, USD", "offer, USD"];
  const rows = takeovers.flatMap(({ takeover, begunAt, equity, positions }) => {
    const first = [takeover.toString(), formatTime(begunAt), usd(equity)];
    if (positions.length === 0) return [[...first, "sold out", "", "", ""]];
    return positions.map((p) => [...first, p.instrument, p.size, usd(p.mark), usd(p.offer)]);
  });
  return table(head, rows);
}

function holderText(holder: Awaited<ReturnType<typeof describeHolder>> | null): string {
  if (!holder) return "";
  const { request } = holder;
  return list({
    owner: holder.owner,
    shares: holder.shares,
    "worth, USD": usd(holder.worth),
    "asked to leave with": request ? `${request.shares} shares` : "nothing",
    ...(request ? { "exit window": `${formatTime(request.opensAt)} to ${formatTime(request.closesAt)}` } : {}),
    "can be redeemed now": holder.redeemable,
  });
}
