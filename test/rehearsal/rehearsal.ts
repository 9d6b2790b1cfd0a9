/** A live network as far as a deployment can tell: its chain id, its token, its feeds, and people of its own. */
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { type HDNodeWallet, Wallet, encryptKeystoreJsonSync } from "ethers";

import { testnets } from "../../config/testnets";
import { type LiveNetwork, livePrefixes } from "../../config/variables";
import { homeVariables, makeHome } from "../tasks/home";
import { type Outcome, type Running, hardhatWith } from "../tasks/support";
import { type Node, fund, startNode } from "./node";
import { type StandIns, placeStandIns } from "./standIns";

const PASSPHRASE = "a rehearsal's passphrase";
/** The least that scrypt takes: these keys guard nothing. */
const QUICK = { scrypt: { N: 1_024, r: 8, p: 1 } };

export class Rehearsal {
  /** Who holds roles, and signs basis reports. */
  readonly admin = Wallet.createRandom();
  readonly riskAdmin = Wallet.createRandom();
  readonly signers = [Wallet.createRandom(), Wallet.createRandom()];

  private constructor(
    readonly network: LiveNetwork,
    readonly node: Node,
    readonly standIns: StandIns,
    /** Where everything is written. */
    readonly folder: string,
    /** Whose keys the tasks have; the first deploys. */
    readonly wallets: readonly HDNodeWallet[],
  ) {}

  static async start(network: LiveNetwork): Promise<Rehearsal> {
    const node = await startNode(testnets[network].chainId);
    try {
      const standIns = await placeStandIns(node, network);
      const wallets = [Wallet.createRandom(node.provider), Wallet.createRandom(node.provider)];
      const folder = await makeHome();
      const rehearsal = new Rehearsal(network, node, standIns, folder, wallets);
      for (const { address } of [...wallets, rehearsal.admin, rehearsal.riskAdmin]) await fund(node, address);
      for (const [i, wallet] of wallets.entries()) {
        await writeFile(
          rehearsal.keyFile(i),
          encryptKeystoreJsonSync({ address: wallet.address, privateKey: wallet.privateKey }, PASSPHRASE, QUICK),
        );
      }
      return rehearsal;
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.node.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  keyFile(index: number): string {
    return path.join(this.folder, `key-${index}.json`);
  }

  /** The variables that an operator would set. */
  variables(): Record<string, string> {
    const values = {
      RPC_URL: this.node.url,
      KEY_FILES: this.wallets.map((_, i) => this.keyFile(i)).join(","),
      KEY_PASSPHRASE: PASSPHRASE,
      ADMIN: this.admin.address,
      RISK_ADMIN: this.riskAdmin.address,
      BASIS_SIGNERS: this.signers.map(({ address }) => address).join(","),
    };
    const prefix = livePrefixes[this.network];
    const named = Object.entries(values).map(([name, value]) => [`HARDHAT_VAR_${prefix}_${name}`, value]);
    return { ...(Object.fromEntries(named) as Record<string, string>), ...homeVariables(this.folder) };
  }

  /** Starts a task on the network. */
  launch(...args: string[]): Running {
    return hardhatWith(this.variables(), ...args, "--network", this.network);
  }

  /** Runs a task on the network. */
  run(...args: string[]): Promise<Outcome> {
    return this.launch(...args).outcome;
  }

  /** Runs a task that must succeed, and returns the JSON it prints. */
  async answer(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code ?? "a signal"}: ${stderr.join("\n")}`);
    return JSON.parse(stdout) as unknown;
  }
}
