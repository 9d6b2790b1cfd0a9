import { createRequire } from "node:module";

// Before what they speed up, the second of them by the first.
import "./scripts/lib/transpiled";
import "./scripts/lib/lazily";

import "@nomicfoundation/hardhat-chai-matchers";
import "@nomicfoundation/hardhat-ethers";
import "@typechain/hardhat";
import "hardhat-contract-sizer";
import "hardhat-deploy";

import type {} from "hardhat-gas-reporter";
import { type HardhatUserConfig, vars } from "hardhat/config";
import type { SolcUserConfig } from "hardhat/types";

import { LOCAL_KEYS } from "./config/localKeys";
import { nodeOf, recordFolders } from "./config/variables";
import "./scripts/lib/unproxied";
import "./tasks";
import { beginChain, endChain } from "./test/support/chain";
import { holdClock } from "./test/support/clock";

const reportsGas = process.env.GAS === "1";
// It brings a client library that would make every task start later.
if (reportsGas) createRequire(__filename)("hardhat-gas-reporter");

function solidity(runs: number): SolcUserConfig {
  return { version: "0.8.30", settings: { viaIR: true, optimizer: { enabled: true, runs }, evmVersion: "cancun" } };
}

const config: HardhatUserConfig = {
  solidity: {
    compilers: [solidity(1_000)],
    // By source name, for a contract that must trade gas for size. The facade settles orders itself: a call to a library
    // would cost twenty times what the fewer runs do.
    overrides: {
      "contracts/clearing/Clearinghouse.sol": solidity(700),
      "contracts/clearing/Execution.sol": solidity(200),
    },
  },
  networks: {
    hardhat: {
      // Osaka enforces the limit of 16,777,216 gas a transaction (EIP-7825).
      hardfork: "osaka",
      // A replayed market has several transactions in one second.
      allowBlocksWithSameTimestamp: true,
      allowUnlimitedContractSize: false,
      accounts: LOCAL_KEYS.map((privateKey) => ({ privateKey, balance: (10_000n * 10n ** 18n).toString() })),
    },
    localhost: { url: vars.get("LOCALHOST_RPC_URL", "http://127.0.0.1:8545") },
    // Their keys are read by the tasks that send, and by nothing else.
    sepolia: { url: nodeOf("sepolia") },
    arbitrumSepolia: { url: nodeOf("arbitrumSepolia") },
    baseSepolia: { url: nodeOf("baseSepolia") },
  },
  paths: { deployments: recordFolders().deployments },
  namedAccounts: { deployer: 0 },
  typechain: { target: "ethers-v6", outDir: "typechain-types" },
  gasReporter: { enabled: reportsGas, excludeContracts: ["contracts/mocks"] },
  contractSizer: { strict: true, except: ["contracts/mocks"] },
  mocha: { timeout: 120_000, rootHooks: { beforeAll: [beginChain, holdClock], afterAll: endChain } },
};

export default config;
