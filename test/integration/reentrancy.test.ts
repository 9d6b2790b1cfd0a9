import { expect } from "chai";
import type { Addressable, BytesLike, FunctionFragment, Interface, ParamType } from "ethers";
import hre from "hardhat";

import { functionRoles } from "../../config/roles";
import { makeAccountId, parseUsdc } from "../../sdk";
import type { Intruder, MockDollar } from "../../typechain-types";
import { keepsConservation } from "../support/conservation";
import { withHooks } from "../support/hookedToken";
import { refused } from "../support/refusal";
import { type Actor, WAD, World } from "../support/world";

const FRAME_OPEN = hre.ethers.id("Clearinghouse_FrameOpen()").slice(0, 10);
const VAULT_FRAME_OPEN = hre.ethers.id("BackstopVault_FrameOpen()").slice(0, 10);

describe("Clearinghouse: a token that calls back", () => {
  let world: World;
  let trader: Actor;
  let dollar: MockDollar;
  let intruder: Intruder;

  beforeEach(async () => {
    world = await World.create();
    trader = await world.open(world.signer(1), 3_000);
    await world.mint(trader.signer, 1_000);
    dollar = await withHooks(world);
    intruder = await hre.ethers.deployContract("Intruder");
  });
  keepsConservation(() => world);

  /** From now on each transfer of the token has the intruder make this call. */
  async function hook(target: Addressable, data: BytesLike): Promise<void> {
    const attempt = intruder.interface.encodeFunctionData("attempt", [await target.getAddress(), data]);
    await dollar.setHook(intruder, attempt);
  }

  const ledger = (): World["clearinghouse"] => world.clearinghouse.connect(trader.signer);
  /** Tokens move inside a frame when they come and when they go. */
  const moves: [string, () => Promise<unknown>][] = [
    ["deposit", () => ledger().deposit(trader.id, 1n)],
    ["withdraw", () => ledger().withdraw(trader.id, 1n, trader.signer)],
    [
      "execute",
      () =>
        ledger().execute([ledger().interface.encodeFunctionData("withdraw", [trader.id, 1n, world.signer(5).address])]),
    ],
  ];

  for (const [name, move] of moves) {
    it(`finds every door of the ledger shut during ${name}`, async () => {
      const { clearinghouse, authority } = world.system;
      for (const role of Object.values(functionRoles.Clearinghouse)) await authority.grantRole(role, intruder, 0);
      const doors: FunctionFragment[] = [];
      clearinghouse.interface.forEachFunction((fragment) => {
        // The access manager's own, which touches no account.
        if (fragment.stateMutability === "nonpayable" && fragment.name !== "setAuthority") doors.push(fragment);
      });
      expect(doors).to.have.length.above(18);
      const abi: Interface = clearinghouse.interface;
      const own = makeAccountId(await intruder.getAddress(), 0n);
      for (const door of doors) {
        const bid = [trader.id, own, WAD, 0n] as const;
        let data = abi.encodeFunctionData(door, zeros(door));
        // A bid is refused before the lock is looked at unless the bidder's account is the caller's.
        if (door.name === "bid") data = abi.encodeFunctionData("bid", bid);
        if (door.name === "bidBy") data = abi.encodeFunctionData("bidBy", [...bid, 0n]);
        await hook(clearinghouse, data);
        await move();
        expect(await intruder.succeeded(), door.name).to.equal(false);
        expect(await intruder.answer(), door.name).to.equal(FRAME_OPEN);
      }
    });

    it(`buys and redeems no shares of the vault during ${name}`, async () => {
      const { vault, clearinghouse } = world.system;
      const own = await intruder.getAddress();
      for (const data of [
        vault.interface.encodeFunctionData("deposit", [0n, own]),
        vault.interface.encodeFunctionData("mint", [0n, own]),
        vault.interface.encodeFunctionData("redeem", [0n, own, own]),
        vault.interface.encodeFunctionData("withdraw", [0n, own, own]),
      ]) {
        await hook(vault, data);
        await move();
        expect(await intruder.answer()).to.equal(VAULT_FRAME_OPEN);
      }
      await hook(vault, vault.interface.encodeFunctionData("maxDeposit", [own]));
      await move();
      expect(BigInt(await intruder.answer())).to.equal(0n);
      await hook(clearinghouse, clearinghouse.interface.encodeFunctionData("frameOpen"));
      await move();
      expect(BigInt(await intruder.answer()), "the frame is open then").to.equal(1n);
      expect(await clearinghouse.frameOpen(), "and closed afterwards").to.equal(false);
    });
  }

  it("sees a deposit before it is credited, and a withdrawal after it is written", async () => {
    const { clearinghouse } = world.system;
    await hook(clearinghouse, clearinghouse.interface.encodeFunctionData("accountOf", [trader.id]));
    const seen = async (): Promise<bigint> => BigInt.asIntN(128, BigInt(await intruder.answer()));
    const before = await world.cash(trader);
    await ledger().deposit(trader.id, parseUsdc("1"));
    expect(await seen()).to.equal(before);
    await ledger().withdraw(trader.id, parseUsdc("5"), trader.signer);
    expect(await seen()).to.equal(await world.cash(trader));
  });

  it("that refuses a receiver stops that withdrawal and nobody's liquidation", async () => {
    const maker = await world.open(world.signer(0), 100_000);
    const keeper = await world.open(world.signer(2), 100_000);
    await world.trade(maker, trader, "10", "2000");
    await dollar.setHook(intruder, "0xdeadbeef");
    await refused(ledger().withdraw(trader.id, 1n, trader.signer), "TransferFailed");
    await refused(ledger().deposit(trader.id, 1n), "TransferFromFailed");
    expect(await world.clearinghouse.frameOpen()).to.equal(false);
    await world.later(60, "1800");
    const liquidator = world.clearinghouse.connect(keeper.signer);
    await liquidator.flag(trader.id, keeper.id);
    await world.later(60, "1800");
    await liquidator.bid(trader.id, keeper.id, WAD, 0n);
    expect(await world.lots(keeper)).to.be.above(0n);
    await world.trade(maker, keeper, "-1", "1800");
  });

  /** Arguments of the right shape. */
  function zeros({ inputs }: FunctionFragment): unknown[] {
    const zero = (type: ParamType): unknown => {
      if (type.isArray()) return [];
      if (type.isTuple()) return type.components.map(zero);
      if (type.type === "bytes32") return hre.ethers.ZeroHash;
      if (type.type === "bytes") return "0x";
      return type.type === "address" ? hre.ethers.ZeroAddress : 0n;
    };
    return inputs.map(zero);
  }
});
