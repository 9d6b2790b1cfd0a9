import { rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import { Wallet, encryptKeystoreJsonSync } from "ethers";

import { type Node, needNode, startNode } from "../rehearsal/node";
import { homeVariables, makeHome } from "./home";
import { expectRefusal, hardhatWith } from "./support";

const OPEN = ["account:open", "--network", "sepolia"];
const DEPLOY = ["deploy", "--network", "sepolia", "--yes"];
/** Nothing listens there. */
const NOWHERE = "http://127.0.0.1:1";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 120_000;

describe("tasks on live networks", function () {
  this.timeout(PATIENCE);
  let folder: string;
  let started: Node | undefined;
  const wallet = Wallet.createRandom();
  const signers = [wallet.address, Wallet.createRandom().address].join();

  before(async function () {
    folder = await makeHome();
    needNode(this);
    // Another chain than any that the tasks are run for.
    started = await startNode(999n);
  });

  after(async () => {
    await started?.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs a task with variables of Sepolia, and expects it to be refused with one sentence. */
  async function refused(
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
    sentence: string | RegExp,
  ): Promise<void> {
    const named = Object.entries(variables).map(([name, value]) => [`HARDHAT_VAR_SEPOLIA_${name}`, value]);
    const given = Object.fromEntries(named) as Record<string, string>;
    expectRefusal(await hardhatWith({ ...given, ...homeVariables(folder) }, ...args).outcome, sentence);
  }

  it("say which node to name, and how", async () => {
    const sentence =
      "SEPOLIA_RPC_URL, the address of a node, is not set: set it with npx hardhat vars set SEPOLIA_RPC_URL, " +
      "or in the environment as HARDHAT_VAR_SEPOLIA_RPC_URL.";
    const status = ["deploy:status", "--network", "sepolia", "--json"];
    await Promise.all([refused(status, {}, sentence), refused(DEPLOY, {}, sentence)]);
  });

  it("say that the node named does not answer", () =>
    refused(
      ["market:list", "--network", "sepolia"],
      { RPC_URL: NOWHERE },
      "No node answers on the network sepolia: see what SEPOLIA_RPC_URL is set to.",
    ));

  it("refuse a node of another chain", () =>
    refused(
      ["deploy:check", "--network", "sepolia"],
      { RPC_URL: started?.url ?? NOWHERE, ADMIN: "deployer", BASIS_SIGNERS: signers },
      "The node of the network sepolia is on chain 999 and should be on 11155111.",
    ));

  describe("that send", () => {
    it("ask for keys, once", async () => {
      const both = { RPC_URL: NOWHERE, KEYS: wallet.privateKey, KEY_FILES: "key.json" };
      await Promise.all([
        refused(
          OPEN,
          { RPC_URL: NOWHERE },
          /^The network sepolia has no keys to send with: set either SEPOLIA_KEY_FILES/,
        ),
        refused(OPEN, both, /^The network sepolia has its keys twice: set either SEPOLIA_KEY_FILES/),
      ]);
    });

    it("refuse what is no key, without repeating it", () =>
      refused(
        OPEN,
        { RPC_URL: NOWHERE, KEYS: `${wallet.privateKey}, ${wallet.privateKey.slice(0, -1)}` },
        "Key 2 of SEPOLIA_KEYS is not 64 hex digits.",
      ));

    it("refuse key files that cannot be read, or opened", async () => {
      const [missing, empty, sealed] = ["missing", "empty", "sealed"].map((name) => path.join(folder, `${name}.json`));
      await writeFile(empty!, "{}");
      const { address, privateKey } = wallet;
      const scrypt = { N: 1_024, r: 8, p: 1 };
      await writeFile(sealed!, encryptKeystoreJsonSync({ address, privateKey }, "right", { scrypt }));
      const keyed = (file: string) => ({ RPC_URL: NOWHERE, KEY_FILES: file });
      const wrong = { KEY_PASSPHRASE: "wrong" };
      await Promise.all([
        refused(OPEN, keyed(missing!), `The key file ${missing!} cannot be read: see SEPOLIA_KEY_FILES.`),
        refused(
          OPEN,
          keyed(empty!),
          `The key file ${empty!} is not an encrypted JSON key file: see SEPOLIA_KEY_FILES.`,
        ),
      ]);
      await Promise.all([
        refused(OPEN, { ...keyed(sealed!), ...wrong }, `The passphrase does not open the key file ${sealed!}.`),
        refused(
          OPEN,
          keyed(sealed!),
          "Nobody is at the terminal to type the passphrase of the key files: set HARDHAT_VAR_SEPOLIA_KEY_PASSPHRASE in the environment.",
        ),
      ]);
    });
  });

  describe("deploy", () => {
    const keyed = { RPC_URL: NOWHERE, KEYS: wallet.privateKey };

    it("asks who governs, and who signs", async () => {
      const governed = { ...keyed, ADMIN: "deployer" };
      const wrong = { ...keyed, ADMIN: "me", BASIS_SIGNERS: signers };
      await Promise.all([
        refused(DEPLOY, keyed, /^SEPOLIA_ADMIN, the address that grants roles, or the word deployer, is not set: /),
        refused(DEPLOY, governed, /^SEPOLIA_BASIS_SIGNERS, the addresses that sign .*, is not set: /),
        refused(
          DEPLOY,
          wrong,
          'SEPOLIA_ADMIN has "me", which is not an address: it takes the address that grants roles, or the word deployer.',
        ),
        refused(
          [...DEPLOY, "--reset"],
          { ...governed, BASIS_SIGNERS: signers },
          /^The option --reset would lose the records of what is deployed on sepolia: /,
        ),
      ]);
    });
  });

  it("local networks deploy without asking, and answer programs", async () => {
    const { code, stdout, stderr } = await hardhatWith({}, "deploy", "--json").outcome;
    expect(stderr).to.deep.equal([]);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ network: "hardhat", chainId: 31_337 });
  });
});
