/** Brings the keys of a live network into the process, for tasks that send and for no other. */
import { readFile } from "node:fs/promises";

import { Wallet, isHexString, isKeystoreJson } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { type LiveNetwork, isLive, listed, readVariable, variableName } from "../../config/variables";
import { PlimsollInputError } from "../../sdk/inputError";
import { type Terminal, askSecret, canAsk, terminal } from "./ask";

/**
 * Gives the network's signers their keys, from variables or encrypted files. To be called before anything else asks the
 * network: the provider reads its accounts when first used, and never again.
 * Throws PlimsollInputError saying what to set where there are none.
 */
export async function unlockKeys(hre: HardhatRuntimeEnvironment, where: Terminal = terminal): Promise<void> {
  const { name } = hre.network;
  if (!isLive(name)) return;
  const keys = readVariable(name, "KEYS");
  const files = readVariable(name, "KEY_FILES");
  const [keysName, filesName] = [variableName(name, "KEYS"), variableName(name, "KEY_FILES")];
  if ((keys === undefined) === (files === undefined)) {
    const problem = keys === undefined ? "The network has no keys to send with" : "The network has its keys twice";
    throw new PlimsollInputError(
      `${problem.replace("The network", `The network ${name}`)}: set either ${filesName}, the paths of encrypted key files, or ${keysName}, with npx hardhat vars set or in the environment after HARDHAT_VAR_.`,
    );
  }
  hre.network.config.accounts =
    files === undefined ? readKeys(keysName, keys ?? "") : await decrypt(name, files, where);
}

function readKeys(variable: string, text: string): string[] {
  return listed(text).map((key, i) => {
    const prefixed = key.startsWith("0x") ? key : `0x${key}`;
    if (isHexString(prefixed, 32)) return prefixed;
    throw new PlimsollInputError(`Key ${i + 1} of ${variable} is not 64 hex digits.`);
  });
}

async function decrypt(network: LiveNetwork, paths: string, where: Terminal): Promise<string[]> {
  const contents: [string, string][] = [];
  for (const file of listed(paths)) contents.push([file, await readKeyFile(network, file)]);
  const passphrase = await readPassphrase(network, where);
  const keys: string[] = [];
  for (const [file, text] of contents) {
    try {
      keys.push((await Wallet.fromEncryptedJson(text, passphrase)).privateKey);
    } catch {
      throw new PlimsollInputError(`The passphrase does not open the key file ${file}.`);
    }
  }
  return keys;
}

async function readKeyFile(network: LiveNetwork, file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined && isKeystoreJson(text)) return text;
  const problem = text === undefined ? "cannot be read" : "is not an encrypted JSON key file";
  throw new PlimsollInputError(`The key file ${file} ${problem}: see ${variableName(network, "KEY_FILES")}.`);
}

async function readPassphrase(network: LiveNetwork, where: Terminal): Promise<string> {
  const known = readVariable(network, "KEY_PASSPHRASE");
  if (known !== undefined) return known;
  if (canAsk(where)) return askSecret(where, `Passphrase of the key files of ${network}: `);
  const name = variableName(network, "KEY_PASSPHRASE");
  throw new PlimsollInputError(
    `Nobody is at the terminal to type the passphrase of the key files: set HARDHAT_VAR_${name} in the environment.`,
  );
}
