import { expect } from "chai";
import hre from "hardhat";

import { exampleOf } from "../../tasks/internal/command";
import { hardhat } from "./support";

/** The protocol's tasks, which all have --json. */
const commands = Object.entries(hre.tasks).filter(([, { paramDefinitions }]) => "json" in paramDefinitions);

describe("help", () => {
  it("shows a task in use", async () => {
    const { code, stdout } = await hardhat("help", "order:sign");
    expect(code).to.equal(0);
    expect(stdout)
      .to.contain(exampleOf("order:sign") ?? "no example")
      .and.to.contain("--reduce-only");
  });

  it("shows how to deploy", () => {
    expect(exampleOf("deploy")).to.equal("npx hardhat deploy --network sepolia");
  });

  it("names a network in every example but of tasks that have a chain of their own", () => {
    const without = commands.map(([name]) => name).filter((name) => !/ --network /.test(exampleOf(name) ?? ""));
    expect(without).to.have.members(["risk:evaluate", "stress:replay", "surface:fit"]);
  });

  for (const [name, { paramDefinitions }] of commands.filter(([task]) => task !== "deploy")) {
    it(`${name} has an example of options that it takes`, () => {
      const example = exampleOf(name) ?? "";
      expect(example).to.match(new RegExp(`^npx hardhat ${name}( |$)`));
      const known = Object.keys(paramDefinitions).map((option) =>
        option.replace(/[A-Z]/g, (a) => `-${a.toLowerCase()}`),
      );
      const used = [...example.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option);
      expect([...known, "network"]).to.include.members(used);
    });
  }
});
