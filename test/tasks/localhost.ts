/** A node on this machine that has the tests' own chain, for tasks that run in processes of their own. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import hre from "hardhat";
import type { JsonRpcServer } from "hardhat/types";

import { homeVariables, makeHome } from "./home";
import { type Outcome, hardhatWith } from "./support";

export class Localhost {
  private constructor(
    private readonly server: JsonRpcServer,
    private readonly url: string,
    /** Of its own, for records of deployments and whatever a test writes. */
    readonly folder: string,
  ) {}

  /** Lets processes reach the chain as it is, with what is deployed on it at the moment. */
  static async open(): Promise<Localhost> {
    const folder = await makeHome();
    const { provider } = hre.network;
    const options = { hostname: "127.0.0.1", port: 0, provider };
    const server = (await hre.run(TASK_NODE_CREATE_SERVER, options)) as JsonRpcServer;
    const { address, port } = await server.listen();
    const node = new Localhost(server, `http://${address}:${port}`, folder);
    await node.record();
    return node;
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }

  /** A file in its folder. */
  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Runs a task against the chain. */
  run(...args: string[]): Promise<Outcome> {
    const variables = { HARDHAT_VAR_LOCALHOST_RPC_URL: this.url, ...homeVariables(this.folder) };
    return hardhatWith(variables, ...args, "--network", "localhost").outcome;
  }

  /** Runs a task that must succeed, and returns the JSON that is all it prints on stdout. */
  async answer<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    expect(code, stderr.join("\n")).to.equal(0);
    return JSON.parse(stdout) as T;
  }

  /** Runs a task that must succeed, and returns what people see. */
  async text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    expect(code, stderr.join("\n")).to.equal(0);
    return stdout;
  }

  /** Keeps what is deployed where tasks look for it. */
  private async record(): Promise<void> {
    const records = path.join(this.folder, "deployments", "localhost");
    await mkdir(records, { recursive: true });
    const { chainId } = await hre.ethers.provider.getNetwork();
    await writeFile(path.join(records, ".chainId"), chainId.toString());
    for (const [name, { address, abi, args, receipt }] of Object.entries(await hre.deployments.all())) {
      await writeFile(path.join(records, `${name}.json`), JSON.stringify({ address, abi, args, receipt }));
    }
  }
}
