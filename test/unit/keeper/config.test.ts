import { spawnSync } from "node:child_process";
import path from "node:path";

import { expect } from "chai";

import { readConfig } from "../../../scripts/keeper/config";
import { PlimsollInputError, parseWad } from "../../../sdk";

const ROOT = path.join(__dirname, "../../..");
const LEDGER = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const GOOD = { KEEPER_RPC_URL: "http://127.0.0.1:8545", KEEPER_CLEARINGHOUSE: LEDGER, KEEPER_NODE_ACCOUNT: "1" };

const NO_NODE = "KEEPER_RPC_URL is not set: it is where a node answers, such as http://127.0.0.1:8545.";

describe("the keeper's configuration", () => {
  it("needs a node, a ledger and a sender, and has defaults for the rest", () => {
    expect(readConfig(GOOD)).to.deep.equal({
      rpcUrl: "http://127.0.0.1:8545",
      clearinghouse: LEDGER,
      sender: { nodeAccount: 1 },
      accountIndex: 0n,
      pollSeconds: 5,
      fromBlock: 0,
      logRange: 2_000,
      minGain: parseWad("1"),
      unwindCost: parseWad("0.0015"),
      maxGasPrice: undefined,
      settles: true,
      logLevel: "info",
    });
    const privateKey = `0x${"11".repeat(32)}`;
    const { KEEPER_RPC_URL, KEEPER_CLEARINGHOUSE } = GOOD;
    expect(readConfig({ KEEPER_RPC_URL, KEEPER_CLEARINGHOUSE, KEEPER_PRIVATE_KEY: privateKey }).sender).to.deep.equal({
      privateKey,
    });
    expect(readConfig({ ...GOOD, KEEPER_MIN_GAIN: "0.25" }).minGain).to.equal(parseWad("0.25"));
    expect(readConfig({ ...GOOD, KEEPER_MAX_GAS_GWEI: "0.05" }).maxGasPrice, "wei").to.equal(50_000_000n);
    expect(readConfig({ ...GOOD, KEEPER_SETTLES: "no" }).settles).to.equal(false);
  });

  const wrong: [Record<string, string | undefined>, string][] = [
    [{ KEEPER_RPC_URL: undefined }, NO_NODE],
    [{ KEEPER_RPC_URL: "127.0.0.1" }, "KEEPER_RPC_URL is not an http(s) URL of a node."],
    [{ KEEPER_RPC_URL: "ftp://host" }, "KEEPER_RPC_URL is not an http(s) URL of a node."],
    [{ KEEPER_CLEARINGHOUSE: "0x12" }, "KEEPER_CLEARINGHOUSE is not an address."],
    [
      { KEEPER_CLEARINGHOUSE: undefined },
      "KEEPER_CLEARINGHOUSE is not set: it is the ledger's address, which npx hardhat deploy:status shows.",
    ],
    [
      { KEEPER_PRIVATE_KEY: `0x${"11".repeat(32)}` },
      "KEEPER_PRIVATE_KEY or KEEPER_NODE_ACCOUNT must be set, and not both.",
    ],
    [{ KEEPER_NODE_ACCOUNT: undefined }, "KEEPER_PRIVATE_KEY or KEEPER_NODE_ACCOUNT must be set, and not both."],
    [{ KEEPER_PRIVATE_KEY: "0x11", KEEPER_NODE_ACCOUNT: undefined }, "KEEPER_PRIVATE_KEY is not 0x and 64 hex digits."],
    [{ KEEPER_NODE_ACCOUNT: "-1" }, "KEEPER_NODE_ACCOUNT is not a whole number."],
    [{ KEEPER_POLL_SECONDS: "0" }, "KEEPER_POLL_SECONDS is not from 1 to 600."],
    [{ KEEPER_POLL_SECONDS: "601" }, "KEEPER_POLL_SECONDS is not from 1 to 600."],
    [{ KEEPER_LOG_RANGE: "0" }, "KEEPER_LOG_RANGE is not from 1 to 100000."],
    [{ KEEPER_MIN_GAIN: "-1" }, "KEEPER_MIN_GAIN is below 0."],
    [{ KEEPER_UNWIND_COST: "1 %" }, "KEEPER_UNWIND_COST is not a plain decimal number such as 1.5."],
    [{ KEEPER_MAX_GAS_GWEI: "0" }, "KEEPER_MAX_GAS_GWEI is below 0.000000001."],
    [{ KEEPER_MAX_GAS_GWEI: "30 gwei" }, "KEEPER_MAX_GAS_GWEI is not a plain decimal number such as 1.5."],
    [{ KEEPER_SETTLES: "never" }, "KEEPER_SETTLES is not yes or no."],
    [{ KEEPER_LOG_LEVEL: "loud" }, "KEEPER_LOG_LEVEL is not debug, info, warn or error."],
  ];
  for (const [change, sentence] of wrong) {
    it(`refuses with: ${sentence}`, () => {
      const given: NodeJS.ProcessEnv = { ...GOOD, ...change };
      expect(() => readConfig(given))
        .to.throw(PlimsollInputError)
        .with.property("message", sentence);
    });
  }

  it("is refused by the program with that sentence and exit code 1", () => {
    const keeper = [require.resolve("ts-node/dist/bin"), path.join(ROOT, "scripts/keeper.ts")];
    const start = (env: Record<string, string>) =>
      spawnSync(process.execPath, keeper, { cwd: ROOT, env: { PATH: process.env.PATH, ...env }, encoding: "utf8" });
    const unset = start({});
    expect(unset.stderr.trim()).to.equal(NO_NODE);
    expect([unset.status, unset.stdout]).to.deep.equal([1, ""]);
    const unreachable = start({ ...GOOD, KEEPER_RPC_URL: "http://127.0.0.1:9" });
    expect(unreachable.stderr.trim()).to.equal(
      "No node answers at http://127.0.0.1:9: start one, or set KEEPER_RPC_URL to one that runs.",
    );
    expect([unreachable.status, unreachable.stdout]).to.deep.equal([1, ""]);
  });
});
