/** What tasks need of a network: a system, a clock, keys and tokens. */
import { isAddress } from "ethers";
import { HARDHAT_NETWORK_NAME } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";

import { type System, checkChain, deploySystem, loadSystem } from "../../scripts/lib/system";
import {
  type AccountId,
  PlimsollInputError,
  type Seconds,
  type Usdc,
  formatUsdc,
  makeAccountId,
  ownerOf,
  parseAccountId,
} from "../../sdk";
import { note, noteRefusal } from "./command";

/** What is refused because the account of another network, or of another run, is not on this one. */
const NOTHING_HERE = /^Account \S+ is not open|^Nothing ever happened to /;

/** The deployed system; on the in-process network, which begins empty, one deployed for the purpose. */
export async function openSystem(hre: HardhatRuntimeEnvironment): Promise<System> {
  if (hre.network.name !== HARDHAT_NETWORK_NAME) {
    // Asked first, because hardhat-deploy has words of its own for a node that does not answer.
    await checkChain(hre);
    return loadSystem(hre);
  }
  note("This ran on the in-process network, which has ended: --network localhost talks to a node that stays.");
  noteRefusal(NOTHING_HERE, "on the in-process network, which begins empty: --network localhost talks to a node");
  return deploySystem(hre);
}

/**
 * Has the in-process chain begin at `time`, unix seconds, which may lie in the past.
 * Throws PlimsollInputError on another network.
 */
export async function beginChainAt(hre: HardhatRuntimeEnvironment, time: number): Promise<void> {
  if (hre.network.name !== HARDHAT_NETWORK_NAME) {
    throw new PlimsollInputError(`The network ${hre.network.name} keeps its own time: leave out --network.`);
  }
  // The provider reads it when first used, and never again.
  hre.config.networks.hardhat.initialDate = new Date(time * 1000).toISOString();
  const genesis = await hre.ethers.provider.getBlock(0);
  if (genesis?.timestamp !== time) throw new Error(`The chain had already begun, at ${genesis?.timestamp ?? "?"}.`);
}

/**
 * Reads `owner/index`, where the owner may also be the number of one of the network's own accounts.
 * Throws PlimsollInputError on anything else.
 */
export async function readAccount(hre: HardhatRuntimeEnvironment, text: string): Promise<AccountId> {
  const numbered = /^(\d{1,4})(?:\/(\d+))?$/.exec(text);
  if (!numbered && !isAddress(text.split("/")[0])) {
    throw new PlimsollInputError(
      `"${text}" is not an account: write owner/index, the owner an address (checksummed, or in lower case) or the number of one of the network's accounts.`,
    );
  }
  if (!numbered) return parseAccountId(text);
  const owner = await numberedSigner(hre, Number(numbered[1]));
  return makeAccountId(owner.address, BigInt(numbered[2] ?? "0"));
}

/** Reads an address, or the number of one of the network's own accounts, whose key must be at hand. */
export async function readSigner(hre: HardhatRuntimeEnvironment, text: string): Promise<HardhatEthersSigner> {
  return /^\d{1,4}$/.test(text) ? numberedSigner(hre, Number(text)) : signerOf(hre, idOfAddress(text));
}

/** The account's owner, able to sign. Throws PlimsollInputError where the network has no key of theirs. */
export async function signerOf(hre: HardhatRuntimeEnvironment, account: AccountId): Promise<HardhatEthersSigner> {
  const owner = ownerOf(account);
  const signers = await hre.ethers.getSigners();
  const found = signers.find(({ address }) => address === owner);
  if (found) return found;
  throw new PlimsollInputError(`The network ${hre.network.name} has no key of ${owner}, who alone can sign for it.`);
}

/** Whoever is named, who may be an operator, or else the account's owner: able to sign. */
export async function actorFor(
  hre: HardhatRuntimeEnvironment,
  account: AccountId,
  named: string | undefined,
): Promise<HardhatEthersSigner> {
  return named === undefined ? signerOf(hre, account) : readSigner(hre, named);
}

/** Reads an address, or the number of one of the network's own accounts; nobody's key is needed. */
export async function readAddress(hre: HardhatRuntimeEnvironment, text: string): Promise<string> {
  return /^\d{1,4}$/.test(text) ? (await numberedSigner(hre, Number(text))).address : ownerOf(idOfAddress(text));
}

function idOfAddress(text: string): AccountId {
  const valid: boolean = isAddress(text);
  if (valid) return makeAccountId(text, 0n);
  throw new PlimsollInputError(
    `"${text}" is neither an address (0x and 40 hex digits, checksummed or in lower case) nor the number of one of the network's accounts.`,
  );
}

/** The time of the latest block, unix seconds. */
export async function latestTime({ ethers }: HardhatRuntimeEnvironment): Promise<Seconds> {
  return BigInt((await ethers.provider.getBlock("latest"))?.timestamp ?? 0);
}

async function numberedSigner(hre: HardhatRuntimeEnvironment, index: number): Promise<HardhatEthersSigner> {
  const signers = await hre.ethers.getSigners();
  const found = signers[index];
  if (found) return found;
  throw new PlimsollInputError(
    `The network ${hre.network.name} has no account ${index}: they go from 0 to ${signers.length - 1}.`,
  );
}

/** Who takes tokens: the ledger, or the vault. */
type Spender = "clearinghouse" | "vault";

/** Whether the signer must let the spender take `amount` first. Throws PlimsollInputError where they do not hold it. */
export async function tokensToProvide(
  system: System,
  signer: HardhatEthersSigner,
  amount: Usdc,
  spender: Spender = "clearinghouse",
): Promise<string[]> {
  const held = await system.token.balanceOf(signer);
  if (held < amount && system.parameters.settlementToken !== "mock") {
    throw new PlimsollInputError(`${signer.address} holds ${formatUsdc(held)} USDC and needs ${formatUsdc(amount)}.`);
  }
  if ((await system.token.allowance(signer, system[spender])) >= amount) return [];
  return [`approve: ${signer.address} lets the ${spender} take ${formatUsdc(amount)} of its USDC`];
}

/** Lets the spender take `amount` from the signer, minting what is missing where the token is a mock. */
export async function provideTokens(
  system: System,
  signer: HardhatEthersSigner,
  amount: Usdc,
  spender: Spender = "clearinghouse",
): Promise<void> {
  const approvals = await tokensToProvide(system, signer, amount, spender);
  const token = system.token.connect(signer);
  const held = await token.balanceOf(signer);
  if (held < amount) await (await token.mint(signer, amount - held)).wait();
  if (approvals.length > 0) await (await token.approve(system[spender], amount)).wait();
}
