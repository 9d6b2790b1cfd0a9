import { expect } from "chai";
import type { FunctionFragment, InterfaceAbi, ParamType } from "ethers";
import hre from "hardhat";

import { Role, functionRoles } from "../../config/roles";
import { type System, systemFixture } from "../../scripts/lib/system";
import { revertDataOf } from "../../sdk";

const { ethers } = hre;
const UNAUTHORIZED = ethers.id("AccessManagedUnauthorized(address)").slice(0, 10);
const table: Readonly<Record<string, Readonly<Record<string, Role>>>> = functionRoles;

interface Call {
  contract: string;
  name: string;
  target: string;
  data: string;
}

/** Every function that changes state of every deployed contract that answers to the access manager. */
async function allCalls(): Promise<Call[]> {
  const calls: Call[] = [];
  for (const [contract, { address, abi }] of Object.entries(await hre.deployments.all())) {
    const abiOf = new ethers.Interface(abi as InterfaceAbi);
    if (!abiOf.hasFunction("authority")) continue;
    abiOf.forEachFunction((fragment) => {
      if (fragment.stateMutability === "view" || fragment.stateMutability === "pure") return;
      // The access manager's own: it asks for the manager itself, whoever the caller's role is.
      if (fragment.name === "setAuthority") return;
      const data = abiOf.encodeFunctionData(fragment, zeros(fragment));
      calls.push({ contract, name: fragment.name, target: address, data });
    });
  }
  return calls;
}

function zeros({ inputs }: FunctionFragment): unknown[] {
  const zero = (type: ParamType): unknown => {
    if (type.isArray()) return [];
    if (type.isTuple()) return type.components.map(zero);
    if (type.type === "address") return ethers.ZeroAddress;
    if (type.type === "string") return "";
    if (type.type.startsWith("bytes"))
      return type.type === "bytes" ? "0x" : ethers.zeroPadBytes("0x", Number(type.type.slice(5)));
    return type.type === "bool" ? false : 0;
  };
  return inputs.map(zero);
}

/** Whether the call gets past its role, whatever then becomes of it. */
async function admits({ target, data }: Call, from: string): Promise<boolean> {
  try {
    await ethers.provider.call({ to: target, data, from });
    return true;
  } catch (error) {
    return !revertDataOf(error)?.startsWith(UNAUTHORIZED);
  }
}

describe("roles", () => {
  let system: System;

  beforeEach(async () => {
    system = await systemFixture(hre);
  });

  it("give a row to every restricted function, and no row to any other", async () => {
    const stranger = ethers.Wallet.createRandom().address;
    const restricted: string[] = [];
    for (const call of await allCalls()) {
      if (!(await admits(call, stranger))) restricted.push(`${call.contract}.${call.name}`);
    }
    const rows = Object.entries(table).flatMap(([contract, row]) =>
      Object.keys(row).map((name) => `${contract}.${name}`),
    );
    expect(restricted.sort()).to.deep.equal(rows.sort());
  });

  for (const [roleName, role] of Object.entries(Role)) {
    if (role === Role.Admin) continue;
    it(`${roleName} may call its own functions and no others`, async () => {
      const holder = ethers.Wallet.createRandom().address;
      await system.authority.grantRole(role, holder, 0);
      for (const call of await allCalls()) {
        const row = table[call.contract]?.[call.name];
        if (row === undefined) continue;
        expect(await admits(call, holder), `${call.contract}.${call.name}`).to.equal(row === role);
      }
    });
  }

  it("have ids of their own", () => {
    expect(new Set(Object.values(Role)).size).to.equal(Object.keys(Role).length);
  });
});
