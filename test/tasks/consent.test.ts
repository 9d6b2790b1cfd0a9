import { PassThrough } from "node:stream";

import { expect } from "chai";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { PlimsollInputError } from "../../sdk";
import { ask, askSecret } from "../../tasks/internal/ask";
import { agree, confirmSending } from "../../tasks/internal/consent";

/** As much of an environment as consent looks at. */
function environment(network: string): HardhatRuntimeEnvironment {
  return { network: { name: network }, config: {} } as unknown as HardhatRuntimeEnvironment;
}

/** A terminal at which somebody types `typed`. */
function terminal(typed: string) {
  const output = new PassThrough().setEncoding("utf8");
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end(typed);
  return { input, output, shown: () => (output.read() as string | null) ?? "" };
}

describe("consent", () => {
  const what = ["deposit: 5 USDC"];

  for (const answer of ["y", "yes", "Y", " YES "]) {
    it(`is given by "${answer}", after showing what will be sent`, async () => {
      const where = terminal(`${answer}\n`);
      await confirmSending(environment("sepolia"), what, where);
      expect(where.shown()).to.equal("To sepolia, chain 11155111:\ndeposit: 5 USDC\nSend? [y/N] ");
    });
  }

  for (const answer of ["", "n", "no", "yesterday"]) {
    it(`is not given by "${answer}"`, async () => {
      await expect(confirmSending(environment("sepolia"), what, terminal(`${answer}\n`))).to.be.rejectedWith(
        PlimsollInputError,
        /^Nothing was sent\.$/,
      );
    });
  }

  it("is not given by a terminal that closes", async () => {
    await expect(confirmSending(environment("sepolia"), what, terminal(""))).to.be.rejectedWith("Nothing was sent.");
  });

  it("is not asked for on local networks", async () => {
    const where = terminal("n\n");
    await confirmSending(environment("localhost"), what, where);
    expect(where.shown()).to.equal("");
  });

  it("given beforehand is not asked for, and what is sent is shown all the same", async () => {
    const hre = environment("baseSepolia");
    agree(hre);
    const where = terminal("n\n");
    await confirmSending(hre, what, where);
    expect(where.shown()).to.equal("To baseSepolia, chain 84532:\ndeposit: 5 USDC\n");
  });

  it("cannot be given where nobody is at the terminal", async () => {
    const where = Object.assign(terminal("y\n"), { input: new PassThrough() });
    await expect(confirmSending(environment("sepolia"), what, where)).to.be.rejectedWith("add --yes");
  });
});

describe("questions", () => {
  it("are answered by a line", async () => {
    expect(await ask(terminal("an answer\nanother\n"), "What? ")).to.equal("an answer");
  });

  it("for secrets show nothing of the answer", async () => {
    const where = terminal("open sesame\n");
    expect(await askSecret(where, "Passphrase: ")).to.equal("open sesame");
    expect(where.shown()).to.equal("Passphrase: \n");
  });
});
