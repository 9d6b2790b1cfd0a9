import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { type Outcome, expectRefusal, hardhat, hardhatWith, longOnePerp, shortOneCall } from "./support";

describe("tasks", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
  });

  after(() => rm(folder, { recursive: true }));

  async function evaluate(file: unknown, ...options: string[]): Promise<Outcome> {
    const name = path.join(folder, "case.json");
    await writeFile(name, JSON.stringify(file));
    return hardhat("risk:evaluate", "--case", name, "--json", ...options);
  }

  it("risk:evaluate margins a perpetual and measures the gas", async () => {
    const { code, stdout, stderr } = await evaluate(longOnePerp());
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: [] });
    const { gas, ...found } = JSON.parse(stdout) as { gas: Record<string, number> };
    // 2003 * (2.8 * 3.5 % + 1 % * 2003 / 20m) + 2000 * 0.25 %, and 70 % of the first term in maintenance.
    const margins = { equity: "1000000", initialMargin: "201.2960060045", maintenanceMargin: "142.40720420315" };
    expect(found).to.deep.equal({
      ...margins,
      mode: "cross",
      underlyings: { ETH: { delta: "1", gamma: "0", vega: "0", theta: "0", rho: "0" } },
      twin: margins,
    });
    expect(gas.assessInitialCold).to.equal(gas.assessMaintenanceCold).and.to.be.within(30_000, 150_000);
    expect(gas.openTransaction).to.be.within(100_000, 600_000);
  });

  it("risk:evaluate margins several perpetuals, entered away from mark, in cross mode", async () => {
    const file = longOnePerp();
    file.underlyings.BTC = { spot: "40000", perp: "39900", dailyVol: "0.03", confidence: "0.0025" };
    file.account.positions.push({ underlying: "BTC", kind: "perp", size: "-0.25", entry: "39000" });
    const { code, stdout } = await evaluate(file);
    expect(code).to.equal(0);
    const found = JSON.parse(stdout) as { equity: string; twin: { equity: string } };
    // 0.25 short from 39,000 with the mark at 39,900.
    expect(found.equity).to.equal("999775");
    expect(found.twin.equity).to.equal(found.equity);
  });

  it("risk:evaluate shows people an account with options, its Greeks and its scenarios", async () => {
    const { code, stdout, stderr } = await hardhat("risk:evaluate", "--case", "docs/examples/portfolio.json");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: [] });
    expect(stdout).to.match(/│ mode +│ portfolio +│/);
    expect(stdout).to.match(/│ underlying │ delta +│ gamma +│ vega +│ theta +│ rho +│/);
    const scenarios = stdout.split("\n").filter((line) => /^│ \d+ /.test(line));
    expect(scenarios).to.have.length(24);
    // The worst of ETH and of BTC.
    const binding = scenarios.map((line) => line.split("│").filter((cell) => cell.includes("◄")).length);
    expect(binding.reduce((sum, count) => sum + count)).to.equal(2);
  });

  it("risk:evaluate refuses a surface that the oracle refuses, in one sentence", async () => {
    const file = shortOneCall();
    file.underlyings.ETH!.expiries![0]!.svi.b = "11";
    expectRefusal(
      await evaluate(file),
      "The surface oracle refuses underlyings.ETH.expiries of 7.5 days: For the expiry 2023-11-22 10:13:20 UTC the wingSlope is 13.2 and must be between 0 and 2.",
    );
  });

  it("an option that is missing is named", async () => {
    expectRefusal(
      await hardhat("risk:evaluate"),
      "The option --case is missing: a JSON file with the market and the account.",
    );
  });

  it("trade settles both sides and tells the fees", async () => {
    const args = [
      "--maker",
      "1",
      "--taker",
      "2/7",
      "--underlying",
      "ETH",
      "--size",
      "-1.5",
      "--fund",
      "1000",
      "--json",
    ];
    const { code, stdout } = await hardhat("trade", ...args);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ takerSize: "-1.5", price: "2000", makerFee: "0.3", takerFee: "1.5" });
  });

  it("a revert becomes a sentence", async () => {
    // 100,000 * (2.8 * 3.5 % + 1 % * 100,000 / 20m + 0.25 %); fee 10 and keeper deposit 10 come off the 100 deposited.
    expectRefusal(
      await hardhat("trade", "--maker", "1", "--taker", "2", "--underlying", "ETH", "--size", "50", "--fund", "100"),
      "Account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8/0 would have equity of 80.00 USD and needs 10055.00 of initial margin.",
    );
  });

  it("a wrong amount is refused", async () => {
    expectRefusal(
      await hardhat("account:withdraw", "--account", "0", "--amount", "1.2345678"),
      'The amount "1.2345678" has 7 decimals and may have 6.',
    );
  });

  it("an account that is not on the in-process network is refused with where it may be", async () => {
    const [fund, history] = await Promise.all([
      hardhat("account:show", "--account", "1"),
      hardhat("account:history", "--account", "1"),
    ]);
    const where = "(on the in-process network, which begins empty: --network localhost talks to a node).";
    const account = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8/0";
    expectRefusal(fund, `Account ${account} is not open: open it with account:open ${where}`);
    expectRefusal(history, `Nothing ever happened to account ${account} ${where}`);
  });

  it("what is no account and no owner is refused with what would be one", async () => {
    const [account, owner] = await Promise.all([
      hardhat("account:show", "--account", "0x70997970C51812dc3A010C7d01b50e0d17dc79c8/0"),
      hardhat("account:open", "--owner", "bob"),
    ]);
    expectRefusal(
      account,
      '"0x70997970C51812dc3A010C7d01b50e0d17dc79c8/0" is not an account: write owner/index, the owner an address (checksummed, or in lower case) or the number of one of the network\'s accounts.',
    );
    expectRefusal(
      owner,
      '"bob" is neither an address (0x and 40 hex digits, checksummed or in lower case) nor the number of one of the network\'s accounts.',
    );
  });

  it("a node's address that is none is refused", async () => {
    const variables = { HARDHAT_VAR_LOCALHOST_RPC_URL: "127.0.0.1:8545" };
    expectRefusal(
      await hardhatWith(variables, "market:list", "--network", "localhost").outcome,
      'LOCALHOST_RPC_URL has "127.0.0.1:8545", which is no address of a node such as http://127.0.0.1:8545.',
    );
  });

  it("a node whose port is taken deploys nothing and says so", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      expectRefusal(
        await hardhat("node", "--port", port.toString()),
        `The port ${port} is taken, perhaps by a node that runs: end it, or choose another with --port.`,
      );
    } finally {
      server.close();
    }
  });

  it("market:show tells people what it tells programs, in their words", async () => {
    const { code, stdout } = await hardhat("market:show", "--underlying", "ETH");
    expect(code).to.equal(0);
    expect(stdout).to.match(/daily volatility +│ 3\.500 % /);
    expect(stdout).to.match(/initial margin, before size +│ 9\.800 % /);
    expect(stdout).to.match(/portfolio margin, price range +│ 19\.000 % /);
    expect(stdout).to.match(/short options, reference volatility +│ 3\.500 % /);
    expect(stdout).to.match(/options, cap, USD +│ 250000000\.00 /);
  });

  it("market:list answers programs", async () => {
    const { code, stdout } = await hardhat("market:list", "--json");
    expect(code).to.equal(0);
    const names = (JSON.parse(stdout) as { instrument: string }[]).map(({ instrument }) => instrument);
    expect(names).to.deep.equal(["ETH-PERP", "BTC-PERP", "SOL-PERP"]);
  });
});
