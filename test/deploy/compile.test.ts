/** What the compiler is asked for: no code that another job makes, and all that traces are told by. */
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { onHardhats } from "../support/chain";
import { refused } from "../support/refusal";
import { World } from "../support/world";

describe("compilation", () => {
  for (const apart of ["contracts/clearing/Clearinghouse.sol", "contracts/clearing/Execution.sol"]) {
    it(`makes code of nothing besides for settings that are meant for ${apart}`, async () => {
      const name = path.basename(apart, ".sol");
      const build = await hre.artifacts.getBuildInfo(`${apart}:${name}`);
      const made = Object.entries(build!.output.contracts).flatMap(([source, contracts]) =>
        Object.entries(contracts)
          .filter(([, { evm }]) => evm.bytecode.object !== "")
          .map(([contract]) => `${source}:${contract}`),
      );
      expect(made).to.deep.equal([`${apart}:${name}`]);
    });
  }

  it("has a revert traced to its line, in files that other jobs make code of as well", async () => {
    const stack = await onHardhats(async () => {
      const world = await World.create();
      const { id, signer } = await world.open(world.signer(0), 3_000);
      const sent = world.clearinghouse.connect(signer).withdraw(id, 10n ** 15n, signer.address);
      await refused(sent, "Clearinghouse_BeyondFreeCollateral", id, 10n ** 15n, 3_000_000_000n);
      return sent.then(
        () => expect.fail("It was not refused."),
        (error: unknown) => (error as Error).stack,
      );
    });
    expect(stack).to.match(/at Clearinghouse\.\w+ \(contracts\/clearing\/Judge\.sol:\d+\)/);
    expect(stack).to.match(/at Clearinghouse\.withdraw \(contracts\/clearing\/Clearinghouse\.sol:\d+\)/);
  });
});
