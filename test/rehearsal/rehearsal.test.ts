import { access, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { expect } from "chai";

import { timelocks } from "../../config/networks";
import { testnetUnderlyings, testnets } from "../../config/testnets";
import type { LiveNetwork } from "../../config/variables";
import type { Finding } from "../../scripts/deploy/findings";
import { type Manifest, formatManifest, parseManifest } from "../../sdk/manifest";
import { AccessManager__factory, Clearinghouse__factory } from "../../typechain-types";
import { expectRefusal } from "../tasks/support";
import { needNode, pass } from "./node";
import { Rehearsal } from "./rehearsal";
import { placeFeed } from "./standIns";

const ROOT = path.join(__dirname, "..", "..");
/** Longer than any of these takes on a slow machine. */
const PATIENCE = 180_000;

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Those of the checks that found something wrong. */
function wrong(findings: unknown): string[] {
  return (findings as Finding[]).filter(({ ok }) => !ok).map(({ what }) => what);
}

async function manifestOf({ folder, network }: Rehearsal): Promise<Manifest> {
  const file = path.join(folder, "manifests", `${testnets[network].chainId}.json`);
  return parseManifest(JSON.parse(await readFile(file, "utf8")));
}

/** One that is there for the tests of the suite that asks for it. */
function rehearsalOn(network: LiveNetwork): () => Rehearsal {
  let rehearsal: Rehearsal | undefined;
  before(async function () {
    needNode(this);
    rehearsal = await Rehearsal.start(network);
  });
  after(() => rehearsal?.end());
  return () => {
    if (!rehearsal) throw new Error(`The rehearsal on ${network} has not begun.`);
    return rehearsal;
  };
}

describe("a rehearsal on Sepolia", function () {
  this.timeout(PATIENCE);
  const rehearsal = rehearsalOn("sepolia");

  it("sends nothing where nobody is there to agree", async () => {
    expectRefusal(
      await rehearsal().run("deploy"),
      "This would send transactions to sepolia and nobody is at the terminal to agree: add --yes to agree beforehand.",
    );
    const [deployer] = rehearsal().wallets;
    expect(await deployer!.getNonce()).to.equal(0);
    expect(await exists(path.join(rehearsal().folder, "deployments"))).to.equal(false);
  });

  it("deploys, shows what first, and leaves a manifest", async () => {
    const { code, stdout, stderr } = await rehearsal().run("deploy", "--yes", "--json");
    const shown = stderr.join("\n");
    expect(code, shown).to.equal(0);
    expect(shown).to.include("To sepolia, chain 11155111:").and.to.include(rehearsal().wallets[0]!.address);
    for (const { feed } of testnetUnderlyings(testnets.sepolia)) {
      expect(shown).to.include(feed.kind === "chainlink" ? feed.address : "a live feed");
    }
    const manifest = await manifestOf(rehearsal());
    expect(stdout).to.equal(formatManifest(manifest));
    expect(manifest).to.deep.include({ chainId: 11_155_111, rehearsal: true, standIns: [], sequencerFeed: null });
    expect(manifest.settlementToken.address).to.equal(testnets.sepolia.settlementToken);
    expect(manifest.roles.riskAdmin).to.deep.include({ holder: rehearsal().riskAdmin.address, delay: 172_800 });
    expect(manifest.roles.moduleAdmin).to.deep.include({ holder: rehearsal().admin.address, delay: 604_800 });
  });

  it("passes its check", async () => {
    expect(wrong(await rehearsal().answer("deploy:check"))).to.deep.equal([]);
  });

  it("takes deposits and a trade", async () => {
    const { token } = rehearsal().standIns;
    for (const { address } of rehearsal().wallets) await (await token.mint(address, 5_000_000_000n)).wait();
    const open = ["account:open", "--owner", "0", "--fund"];
    const [short, unasked] = await Promise.all([
      rehearsal().run(...open, "9999", "--yes"),
      rehearsal().run(...open, "1"),
    ]);
    expectRefusal(short, `${rehearsal().wallets[0]!.address} holds 5000 USDC and needs 9999.`);
    expectRefusal(unasked, /^This would send transactions to sepolia and nobody is at the terminal to agree/);
    const [maker, taker] = (await Promise.all(
      ["0", "1"].map((owner) => rehearsal().answer("account:open", "--owner", owner, "--fund", "2500", "--yes")),
    )) as [{ account: string }, { account: string }];
    const accounts = ["--maker", maker.account, "--taker", taker.account];
    const terms = ["--underlying", "ETH", "--size", "1.5", "--yes"];
    // 3,000 USD at a fee of 1 and 5 basis points.
    expect(await rehearsal().answer("trade", ...accounts, ...terms)).to.include({
      takerSize: "1.5",
      price: "2000",
      makerFee: "0.3",
      takerFee: "1.5",
    });
    const { contracts } = await manifestOf(rehearsal());
    expect(await token.balanceOf(contracts.Clearinghouse!.address)).to.equal(5_000_000_000n);
  });

  it("signs without asking, and asks before anything else is sent", async () => {
    const account = ["--account", "0/0"];
    const signing = ["--underlying", "ETH", "--size", "1", "--limit", "2000"];
    const [order, ...unasked] = await Promise.all([
      rehearsal().answer("order:sign", ...account, ...signing),
      rehearsal().run("order:cancel", ...account, "--all"),
      rehearsal().run("account:operator", ...account, "--operator", "1", "--scopes", "trade"),
      rehearsal().run("account:isolate", "--fund", "1"),
      rehearsal().run("vault:deposit", "--amount", "1"),
    ]);
    expect(order).to.include({ chainId: "11155111" });
    for (const outcome of unasked) expectRefusal(outcome, /^This would send transactions to sepolia and nobody/);
  });

  it("makes risk parameters wait out their timelock, which the check then notices", async () => {
    const { contracts } = await manifestOf(rehearsal());
    const riskAdmin = rehearsal().riskAdmin.connect(rehearsal().node.provider);
    const authority = AccessManager__factory.connect(contracts.AccessManager!.address, riskAdmin);
    const ledger = Clearinghouse__factory.connect(contracts.Clearinghouse!.address, riskAdmin);
    const [eth] = testnetUnderlyings(testnets.sepolia);
    const market = { ...eth!.market, baseRateBps: eth!.market.baseRateBps + 100 };
    const change = ledger.interface.encodeFunctionData("setMarketParams", [eth!.id, market]);

    await expect(ledger.setMarketParams.staticCall(eth!.id, market)).to.be.revertedWithCustomError(
      authority,
      "AccessManagerNotScheduled",
    );
    await (await authority.schedule(ledger, change, 0)).wait();
    await pass(rehearsal().node, timelocks.riskAdmin - 60);
    await expect(ledger.setMarketParams.staticCall(eth!.id, market)).to.be.revertedWithCustomError(
      authority,
      "AccessManagerNotReady",
    );
    await pass(rehearsal().node, 60);
    await (await ledger.setMarketParams(eth!.id, market)).wait();
    expect((await ledger.marketParams(eth!.id)).baseRateBps).to.equal(900n);

    // As for anybody else, who has the manifest and no records.
    await rm(path.join(rehearsal().folder, "deployments"), { recursive: true });
    const { code, stdout } = await rehearsal().run("deploy:check", "--json");
    expect(code).to.equal(1);
    // Two days went by without an observation.
    expect(wrong(JSON.parse(stdout))).to.deep.equal([
      "the feed of ETH is old, s",
      "the feed of BTC is old, s",
      "ETH's baseRateBps",
      `the manifest ${path.relative(ROOT, path.join(rehearsal().folder, "manifests", "11155111.json"))}`,
    ]);
  });
});

describe("a rehearsal on Arbitrum Sepolia", function () {
  this.timeout(PATIENCE);
  const rehearsal = rehearsalOn("arbitrumSepolia");

  /** Addresses of everything the deployer ever created. */
  async function created(): Promise<string[]> {
    const { provider } = rehearsal().node;
    const [deployer] = rehearsal().wallets;
    const addresses: string[] = [];
    for (let block = 0; block <= (await provider.getBlockNumber()); ++block) {
      for (const hash of (await provider.getBlock(block))?.transactions ?? []) {
        const receipt = await provider.getTransactionReceipt(hash);
        if (receipt?.from === deployer!.address && receipt.contractAddress) addresses.push(receipt.contractAddress);
      }
    }
    return addresses.sort();
  }

  async function waiting(): Promise<number> {
    return Number(((await rehearsal().node.provider.send("txpool_status", [])) as { pending: string }).pending);
  }

  it("is killed while it waits for a transaction", async () => {
    const { provider } = rehearsal().node;
    const { child, outcome } = rehearsal().launch("deploy", "--yes");
    const pending = path.join(rehearsal().folder, "deployments", rehearsal().network, ".pendingTransactions");
    const until = async (reached: () => Promise<boolean>): Promise<void> => {
      while (!(await reached())) {
        if (child.exitCode !== null) throw new Error(`It ended by itself: ${(await outcome).stderr.join(" ")}`);
        await wait(50);
      }
    };
    await until(async () => (await created()).length >= 3);
    await provider.send("evm_setAutomine", [false]);
    // Written a moment after the node has the transaction.
    await until(async () => (await waiting()) > 0 && (await exists(pending)));
    await wait(500);
    child.kill("SIGKILL");
    expect((await outcome).code).to.equal(null);
    expect(await exists(pending)).to.equal(true);
    await provider.send("evm_mine", []);
    await provider.send("evm_setAutomine", [true]);
  });

  it("tells which steps are left", async () => {
    const { steps } = (await rehearsal().answer("deploy:status")) as { steps: { step: string; state: string }[] };
    expect(steps.find(({ step }) => step === "authority")?.state).to.equal("done");
    expect(steps.find(({ step }) => step === "roles")?.state).to.equal("to do");
  });

  it("goes on without deploying anything twice, and labels what stands in", async () => {
    const manifest = (await rehearsal().answer("deploy", "--yes")) as Manifest;
    const addresses = Object.values(manifest.contracts).map(({ address }) => address);
    expect(await created()).to.deep.equal(addresses.sort());
    expect(manifest.standIns.map(({ contract }) => contract)).to.deep.equal(["SequencerFeed"]);
    expect(manifest.sequencerFeed).to.equal(manifest.contracts.SequencerFeed?.address);
    expect(wrong(await rehearsal().answer("deploy:check"))).to.deep.equal([]);
  });
});

describe("a rehearsal on Base Sepolia", function () {
  this.timeout(PATIENCE);
  const TRAP = "0xd30e2101a97dcbAeBCBC04F14C3f624E67A35165";
  const rehearsal = rehearsalOn("baseSepolia");

  before(async () => {
    // What really is at that address there, and ETH / USD only on Arbitrum Sepolia.
    await placeFeed(rehearsal().node, TRAP, "USDC / USD");
  });

  it("refuses Arbitrum's ETH feed, which is another one here", async () => {
    const config = path.join(rehearsal().folder, "wrong.config.ts");
    const [data, own] = ["config/testnets", "hardhat.config"].map((file) => JSON.stringify(path.join(ROOT, file)));
    await writeFile(
      config,
      `import { testnets } from ${data ?? ""};
       import config from ${own ?? ""};
       testnets.baseSepolia.feeds.ETH = "${TRAP}";
       export default { ...config, paths: { ...config.paths, root: ${JSON.stringify(ROOT)} } };`,
    );
    expectRefusal(
      await rehearsal().run("--config", config, "deploy", "--yes"),
      `The feed of ETH at ${TRAP} calls itself "USDC / USD" and must be "ETH / USD".`,
    );
    expect(await rehearsal().wallets[0]!.getNonce()).to.equal(0);
  });
});
