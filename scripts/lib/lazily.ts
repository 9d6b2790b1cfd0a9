/**
 * Lets what hardhat-deploy brings along for deployments load when one is made. Most tasks make none, and would spend a
 * quarter of their start on it.
 */
import Module, { createRequire } from "node:module";

type Exports = Record<string | symbol, unknown>;

const WHEN_USED = [
  "ethers",
  "@ethersproject/abi",
  "@ethersproject/contracts",
  "@ethersproject/providers",
  "@ethersproject/solidity",
  "@ethersproject/transactions",
  "@ethersproject/wallet",
];

/** Has `load` find stand-ins for the modules `names`, each of which becomes the real one when it is first asked for anything. */
function postpone(load: NodeJS.Require, names: readonly string[]): void {
  for (const name of names) {
    const file = load.resolve(name);
    if (load.cache[file]) continue;
    const standIn = new Module(file);
    let real: Exports | undefined;
    standIn.exports = new Proxy<Exports>(
      {},
      {
        get: (_, key) => {
          if (load.cache[file] === standIn) Reflect.deleteProperty(load.cache, file);
          real ??= load(file) as Exports;
          return real[key];
        },
      },
    );
    standIn.loaded = true;
    load.cache[file] = standIn;
  }
}

postpone(createRequire(require.resolve("hardhat-deploy")), WHEN_USED);
