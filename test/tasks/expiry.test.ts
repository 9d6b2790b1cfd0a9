import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";

import { Role } from "../../config/roles";
import { signSurfaceReport } from "../../scripts/surface/sign";
import { report, slice } from "../unit/oracle/surface";
import { World } from "../support/world";
import { Localhost } from "./localhost";
import { expectRefusal } from "./support";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 240_000;
const MINUTE = 60;
const HOUR = 3_600;

interface Listed {
  underlying: string;
  expiry: number;
  status: string;
  forward: string | null;
  atTheMoney: string | null;
  strikes: Record<string, unknown> | null;
  settled: string | null;
}

interface Sent {
  from: Record<string, string> | null;
  to: Record<string, string>;
  changes: { state: string; at: number | null; because: string | null }[];
}

describe("expiries, listed and shown by tasks", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;
  /** All on the hour; a price is observed before the window of the first begins. */
  let [soon, week, month]: number[] = [];

  beforeEach(async () => {
    world = await World.create();
    const hour = Math.floor((await time.latest()) / HOUR);
    [soon, week, month] = [2, 7 * 24, 30 * 24].map((ahead) => (hour + ahead) * HOUR);
    node = await Localhost.open();
  });

  afterEach(() => node.close());

  const list = (expiry: number, lowest: string, highest: string, step: string, underlying = "ETH"): string[] => [
    "admin:list-expiry",
    ...["--underlying", underlying, "--expiry", String(expiry)],
    ...["--lowest", lowest, "--highest", highest, "--step", step],
  ];

  it("come with their surfaces, strikes and settlements", async () => {
    const [none, nothing] = await Promise.all([
      node.answer("option:list", "--underlying", "BTC"),
      node.text("option:list"),
    ]);
    expect(none).to.deep.equal([]);
    expect(nothing).to.contain("No expiry is listed.");
    const first = await node.answer<Sent>(...list(month!, "1000", "3000", "50"));
    expect(first.from).to.equal(null);
    expect(first.to).to.deep.equal({ lowest: "1000", highest: "3000", step: "50" });
    expect(first.changes.map(({ state }) => state)).to.deep.equal(["sent"]);
    await world.clearinghouse.listExpiry(1, week!, { lowest: 1n, highest: 1n, step: 1n });
    const again = await node.text(...list(week!, "1900.5", "2100.5", "100"));
    expect(again).to.contain("Clearinghouse.listExpiry(1").and.to.contain("sent");
    await world.clearinghouse.listExpiry(2, soon!, { lowest: 1n, highest: 1n, step: 1n });
    await time.increaseTo(soon! - HOUR + MINUTE);
    await world.setPrice("BTC", "41000");
    await time.increaseTo(soon! + MINUTE);
    await world.setPrice("ETH", "2000");
    const { surfaceOracle } = world.system;
    const observedAt = await time.latest();
    const posted = report(observedAt, slice(week!, observedAt, { vol: 0.6, forward: 1.01 }));
    await surfaceOracle.post(posted, await signSurfaceReport(hre, surfaceOracle, posted));

    const [ofEth, all, text] = await Promise.all([
      node.answer<Listed[]>("option:list", "--underlying", "ETH"),
      node.answer<Listed[]>("option:list"),
      node.text("option:list"),
    ]);
    expect(ofEth.map(({ expiry }) => expiry)).to.deep.equal([week, month]);
    const strikes = { lowest: "1900.5", highest: "2100.5", step: "100", count: 3 };
    expect(ofEth[0]).to.deep.include({ underlying: "ETH", status: "fresh", strikes, settled: null });
    expect(Number(ofEth[0]?.forward)).to.be.closeTo(2_020, 1e-6);
    expect(Number(ofEth[0]?.atTheMoney)).to.be.closeTo(0.6, 0.001);
    const unknown = { forward: null, atTheMoney: null, settled: null };
    expect(ofEth[1]).to.deep.equal({
      underlying: "ETH",
      expiry: month,
      status: "absent",
      ...unknown,
      strikes: { lowest: "1000", highest: "3000", step: "50", count: 41 },
    });
    const over = { underlying: "BTC", expiry: soon, status: "expired", ...unknown, strikes: null };
    expect(all).to.deep.equal([...ofEth, over]);
    expect(text)
      .to.contain("1900.5 to 2100.5 by 100 (3)")
      .and.to.match(/│ BTC .*│ expired .*│ none +│ +│/);

    await node.answer("option:settle", "--underlying", "BTC", "--expiry", String(soon));
    const [settled, shown] = await Promise.all([
      node.answer<Listed[]>("option:list", "--underlying", "BTC"),
      node.text("option:list", "--underlying", "BTC"),
    ]);
    const [price] = await world.system.expirySettlement.price(2, soon!);
    expect(settled).to.deep.equal([{ ...over, settled: hre.ethers.formatEther(price) }]);
    expect(Number(settled[0]?.settled)).to.be.within(40_900, 41_000);
    expect(shown).to.contain(Number(settled[0]?.settled).toFixed(2));
  });

  it("are scheduled where the lister must wait, and are nobody else's to list", async () => {
    const [, , , , lister] = await hre.ethers.getSigners();
    await world.system.authority.grantRole(Role.Lister, lister!, HOUR);
    const call = [...list(month!, "1000", "3000", "50"), "--sender"];
    const refused = await node.run(...call, "5", "--json");
    expect(refused.code).to.equal(1);
    const [nobody] = (JSON.parse(refused.stdout) as Sent).changes;
    expect(nobody?.because).to.match(/^0x\w{40} has not the role lister$/);
    const scheduled = await node.answer<Sent>(...call, "4");
    expect(scheduled.changes[0]).to.include({ state: "scheduled", at: (await time.latest()) + HOUR });
    const waiting = await node.text(...call, "4");
    expect(waiting).to.contain("waiting, can be made from");
    expect((await world.clearinghouse.strikesOf(1, month!)).step).to.equal(0n);
    await time.increase(HOUR);
    const executed = await node.answer<Sent>(...call, "4");
    expect(executed.changes[0]).to.include({ state: "executed" });
    expect((await world.clearinghouse.strikesOf(1, month!)).step).to.equal(50n * 10n ** 8n);
    expectRefusal(await node.run(...call, "4"), /^ETH's expiry of .* UTC has these strikes already\.$/);
  });

  it("are refused in a sentence where they cannot be listed", async () => {
    const far = Math.floor((await time.latest()) / HOUR + 401 * 24) * HOUR;
    const cases: [string[], string | RegExp][] = [
      [list(month!, "0", "3000", "50"), 'The lowest strike "0" is not above zero.'],
      [list(month!, "1000", "many", "50"), 'The highest strike "many" is not a plain decimal number such as 1.5.'],
      [list(month!, "1000", "3000", "-50"), 'The step "-50" is not above zero.'],
      [list(month!, "3000", "1000", "50"), "Strikes from 3000 to 1000 go down: name the lowest first."],
      [list(month!, "1000", "3000", "70"), "Strikes from 1000 to 3000 are no whole number of steps of 70 apart."],
      [list(soon! - 2 * HOUR, "1000", "3000", "50"), /^The expiry .* UTC is past: it is .* UTC\.$/],
      [list(far, "1000", "3000", "50"), /^The expiry .* UTC is further away than 400 days, the most there may be\.$/],
      [list(month!, "1000", "3000", "50", "DOGE"), 'There is no underlying "DOGE": choose one of ETH, BTC, SOL.'],
      [
        list(month!, "1000", "3000", "50").slice(0, -2),
        "The option --step is missing: how far apart strikes are, USD.",
      ],
      [["option:list", "--underlying", "DOGE"], 'There is no underlying "DOGE": choose one of ETH, BTC, SOL.'],
    ];
    const outcomes = await Promise.all(cases.map(([args]) => node.run(...args)));
    for (const [i, outcome] of outcomes.entries()) expectRefusal(outcome, cases[i]![1]);
  });
});
