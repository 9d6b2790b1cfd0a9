/** The commands of the README against a node, in their order, as a newcomer copies them. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { getCreateAddress } from "ethers";
import hre from "hardhat";

import { World } from "../support/world";
import { Localhost } from "../tasks/localhost";

/** Longer than a dozen processes take on a slow machine. */
const PATIENCE = 240_000;
const README = readFileSync(path.join(__dirname, "../../README.md"), "utf8");
const NETWORK = " --network localhost";

/** Every command in a block of shell that goes to the node. */
function commands(): string[][] {
  const shell = [...README.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.split("\n"));
  return shell
    .filter((line) => line.startsWith("npx hardhat ") && line.includes(NETWORK))
    .map((line) => line.replace("npx hardhat ", "").replace(NETWORK, "").split(" "));
}

describe("docs: the commands of the README", function () {
  this.timeout(PATIENCE);
  let world: World;
  let node: Localhost;

  before(async () => {
    world = await World.create();
    node = await Localhost.open();
  });

  after(() => node.close());

  it("work one after the other, and show what it says they show", async () => {
    const printed: string[] = [];
    for (const command of commands()) printed.push(...(await node.text(...command)).split("\n"));
    const shown = README.split("\n").filter((line) => /^[│├]/.test(line));
    expect(shown).to.have.length(5);
    expect(printed).to.include.members(shown);
    expect(printed.join("\n"), "the story's end").to.contain("it is not to be liquidated any more");
  });

  it("can be given an operator's settings before they are filled in: Hardhat stops at an empty variable", () => {
    const settings = readFileSync(path.join(__dirname, "../../.env.example"), "utf8");
    expect(settings)
      .to.match(/^# HARDHAT_VAR_SEPOLIA_RPC_URL=$/m)
      .and.not.to.match(/^\w+=$/m);
  });

  it("name the ledger where a fresh node has it", async () => {
    const [deployer] = await hre.ethers.getSigners();
    const { clearinghouse, authority } = world.system;
    const addressOf = (nonce: number): string => getCreateAddress({ from: deployer!.address, nonce });
    const created = Array.from({ length: await deployer!.getNonce() }, (_, nonce) => addressOf(nonce));
    const ledger = created.indexOf(await clearinghouse.getAddress());
    // The first that is deployed; on a fresh node it is the first that is sent.
    const first = created.indexOf(await authority.getAddress());
    expect(Math.min(ledger, first), "deployed by the deployer").not.to.equal(-1);
    expect(README).to.contain(`KEEPER_CLEARINGHOUSE=${addressOf(ledger - first)}`);
  });
});
