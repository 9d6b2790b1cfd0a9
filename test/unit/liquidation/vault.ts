import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import accessManager from "@openzeppelin/contracts/build/contracts/AccessManager.json";
import { ethers } from "hardhat";

import type { BackstopVault, MockDollar, MockLedger } from "../../../typechain-types";
import { DAY, usd } from "./support";

export const COOLDOWN = 3n * DAY;
export const EXIT_WINDOW = DAY;
/** Share units to one unit of the settlement token, at the start. */
export const SHARES_PER_UNIT = 1_000_000n;

export interface VaultFixture {
  admin: HardhatEthersSigner;
  alice: HardhatEthersSigner;
  bob: HardhatEthersSigner;
  token: MockDollar;
  ledger: MockLedger;
  vault: BackstopVault;
  /** The vault's account with the ledger. */
  account: bigint;
  /** Deposits `amount`, in decimal USD, for `holder`; returns the shares it got. */
  deposit: (holder: HardhatEthersSigner, amount: string) => Promise<bigint>;
  /** Requests all of the holder's shares, and waits until its exit window has just opened. */
  matureAll: (holder: HardhatEthersSigner) => Promise<void>;
}

/** A vault over a mock ledger; its account is not yet opened, and alice and bob have a billion USD each. */
export async function deployUnopened(): Promise<VaultFixture> {
  const [admin, alice, bob] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const authority = await new ethers.ContractFactory(accessManager.abi, accessManager.bytecode, admin).deploy(
    admin.address,
  );
  const token = await ethers.deployContract("MockDollar", [6]);
  const ledger = await ethers.deployContract("MockLedger", [token]);
  const vault = await ethers.deployContract("BackstopVault", [ledger, authority]);
  for (const holder of [alice, bob]) {
    await token.mint(holder.address, usd("1000000000"));
    await token.connect(holder).approve(vault, ethers.MaxUint256);
    await token.connect(holder).approve(ledger, ethers.MaxUint256);
  }
  const deposit = async (holder: HardhatEthersSigner, amount: string): Promise<bigint> => {
    const before = await vault.balanceOf(holder);
    await vault.connect(holder).deposit(usd(amount), holder);
    return (await vault.balanceOf(holder)) - before;
  };
  const matureAll = async (holder: HardhatEthersSigner): Promise<void> => {
    await vault.connect(holder).requestRedeem(await vault.balanceOf(holder));
    await time.increase(COOLDOWN);
  };
  return { admin, alice, bob, token, ledger, vault, account: await vault.vaultAccount(), deposit, matureAll };
}

/** The same with the vault's account open. */
export async function deployVault(): Promise<VaultFixture> {
  const fixture = await deployUnopened();
  await fixture.vault.open();
  return fixture;
}
