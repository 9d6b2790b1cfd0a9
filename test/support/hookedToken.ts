/** The settlement token replaced, under a running system, by one that does what tokens should not. */
import { setCode } from "@nomicfoundation/hardhat-network-helpers";
import hre from "hardhat";

import type { MockDollar } from "../../typechain-types";
import type { World } from "./world";

/** Balances stay: all the mocks are OpenZeppelin's ERC-20 and keep what they add behind its storage. */
async function replaceToken(world: World, contract: string, args: unknown[]): Promise<string> {
  const token = await world.system.token.getAddress();
  const other = await hre.ethers.deployContract(contract, args);
  await setCode(token, (await other.getDeployedCode()) ?? "0x");
  return token;
}

/** From now on the token calls back before each transfer, once it is given a hook. */
export async function withHooks(world: World): Promise<MockDollar> {
  return hre.ethers.getContractAt("MockDollar", await replaceToken(world, "MockDollar", [6]));
}

/** From now on the token keeps 0.1 % of every transfer. */
export async function withTransferFee(world: World): Promise<void> {
  await replaceToken(world, "MockFeeToken", []);
}
