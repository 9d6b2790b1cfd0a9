/** Those who govern, with the worst they may do, against those who rely on the ledger. */
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getBytes, hexlify, keccak256 } from "ethers";
import hre from "hardhat";

import { Role } from "../../config/roles";
import { makeAccountId, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { NOTICE, type Params, modulesOf, paramsOf, replaceModel, replaceModules } from "../support/governed";
import { withHooks } from "../support/hookedToken";
import { refused } from "../support/refusal";
import { type Actor, World } from "../support/world";

const DAY = 86_400;
const FRAME_OPEN = hre.ethers.id("Clearinghouse_FrameOpen()").slice(0, 10);

/** Every bound of margin at its tightest, and no room to grow. */
const TIGHTEST = {
  baseRateBps: 10_000n,
  volMultiplierBps: 60_000n,
  slopeBps: 10_000n,
  maintenanceRatioBps: 9_500n,
  takerFeeBps: 50n,
  makerFeeBps: 50n,
  depth: 10_000n,
  openInterestCap: 0n,
} satisfies Params;

describe("attacks by governance", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 100_000);
    trader = await world.open(world.signer(1), 2_100);
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);
  const all = async (actor: Actor): Promise<bigint> => (await world.cash(actor)) / 10n ** 12n;
  const send = (data: string) => world.signer(-5).sendTransaction({ to: world.clearinghouse, data });

  it("RISK-2: parameters cannot make anyone liquidatable in the block they land in", async () => {
    const keeper = await world.open(world.signer(2), 1_000);
    await world.trade(maker, trader, "10", "2000");
    const price = await brink();
    const provider = hre.network.provider;
    await provider.send("evm_setAutomine", [false]);
    try {
      await world.clearinghouse.setMarketParams(1n, TIGHTEST, { gasLimit: 1_000_000n, gasPrice: 10n ** 11n });
      const flag = await as(keeper).flag(trader.id, keeper.id, { gasLimit: 1_000_000n, gasPrice: 10n ** 10n });
      await provider.send("evm_mine", []);
      const change = await hre.ethers.provider.getBlock("latest", false);
      const receipt = await hre.ethers.provider.getTransactionReceipt(flag.hash);
      expect([receipt?.blockNumber, receipt?.index, receipt?.status]).to.deep.equal([change?.number, 1, 0]);
    } finally {
      await provider.send("evm_setAutomine", [true]);
    }
    // Half an hour later the ramp has come further than the account stood above.
    await world.later(1_800, price);
    await as(keeper).flag(trader.id, keeper.id);
  });

  /** Has the price of ETH fall to the last whole USD at which the trader is healthy. */
  async function brink(): Promise<string> {
    for (let price = 1_999; ; price--) {
      await world.setPrice("ETH", `${price}`);
      const { equityForMaintenance, maintenanceMargin } = await world.assess(trader);
      if (equityForMaintenance >= maintenanceMargin) continue;
      await world.setPrice("ETH", `${price + 1}`);
      return `${price + 1}`;
    }
  }

  it("AUTH-3: an announced call cannot be made twice", async () => {
    const to = { ...(await modulesOf(world.clearinghouse)), auction: world.signer(8).address };
    const call = world.clearinghouse.interface.encodeFunctionData("setModules", [to]);
    await world.clearinghouse.announce(call);
    await time.increase(NOTICE);
    await send(call);
    await refused(send(call), "Governance_NotAnnounced", keccak256(call));
  });

  it("AUTH-3: an announced call cannot be altered by one byte, or made longer", async () => {
    const to = { ...(await modulesOf(world.clearinghouse)), auction: world.signer(8).address };
    const call = world.clearinghouse.interface.encodeFunctionData("setModules", [to]);
    await world.clearinghouse.announce(call);
    await time.increase(NOTICE);
    const size = getBytes(call).length;
    // The last byte of each module, and a byte behind them all.
    for (let at = 4 + 31; at < size; at += 32) {
      const altered = getBytes(call);
      altered[at]! ^= 1;
      await refused(send(hexlify(altered)), "Governance_NotAnnounced", keccak256(altered));
    }
    await refused(send(`${call}00`), "Governance_NotAnnounced", keccak256(`${call}00`));
    await send(call);
  });

  it("AUTH-3: the access manager's admin gains nothing by another authority, or by no delays", async () => {
    const { authority, clearinghouse } = world.system;
    const [deployer] = await hre.ethers.getSigners();
    const lax = await hre.ethers.deployContract("AccessManager", [deployer]);
    await authority.updateAuthority(clearinghouse, lax);
    const to = { ...(await modulesOf(clearinghouse)), vault: world.signer(8).address };
    const call = clearinghouse.interface.encodeFunctionData("setModules", [to]);
    await refused(clearinghouse.setModules(to), "Governance_NotAnnounced", keccak256(call));
    // Nor by a mode of its own, whose model finds one lot of its holder worth all there is.
    const model = await hre.ethers.deployContract("RogueModel");
    const mode = clearinghouse.interface.encodeFunctionData("registerModel", [3n, model.target]);
    await refused(clearinghouse.registerModel(3n, model), "Governance_NotAnnounced", keccak256(mode));
  });

  it("AUTH-3: a model that lies carries off everybody's cash, which is why one of a new mode is announced too", async () => {
    const { clearinghouse } = world;
    const model = await hre.ethers.deployContract("RogueModel");
    await replaceModel(clearinghouse, 3n, await model.getAddress());
    await world.setPrice("ETH", "2000");
    const thief = await world.open(world.signer(4), 0, 3);
    await world.trade(maker, thief, "0.00000001", "2000");
    const cash = parseUsdc("102100");
    await as(thief).withdraw(thief.id, cash, thief.signer);
    expect(await world.system.token.balanceOf(world.clearinghouse)).to.equal(0n);
  });

  it("AUTH-3: governance changes nothing inside an open frame", async () => {
    const { clearinghouse, authority } = world.system;
    const dollar = await withHooks(world);
    const intruder = await hre.ethers.deployContract("Intruder");
    for (const role of Object.values(Role)) await authority.grantRole(role, intruder, 0);
    const modules = await modulesOf(clearinghouse);
    const params = await paramsOf(clearinghouse);
    const abi = clearinghouse.interface;
    const announced = abi.encodeFunctionData("setModules", [modules]);
    await clearinghouse.announce(announced);
    await time.increase(NOTICE);
    const calls = [
      abi.encodeFunctionData("setMarketParams", [1n, TIGHTEST]),
      abi.encodeFunctionData("listMarket", [9n, params]),
      abi.encodeFunctionData("registerModel", [3n, world.system.crossMargin.target]),
      abi.encodeFunctionData("announce", [abi.encodeFunctionData("registerModel", [3n, modules.vault])]),
      abi.encodeFunctionData("withdrawAnnouncement", [keccak256(announced)]),
      announced,
    ];
    for (const call of calls) {
      await dollar.setHook(intruder, intruder.interface.encodeFunctionData("attempt", [clearinghouse.target, call]));
      await as(trader).withdraw(trader.id, 1n, trader.signer);
      expect(await intruder.answer(), call.slice(0, 10)).to.equal(FRAME_OPEN);
    }
    expect(await paramsOf(clearinghouse)).to.deep.equal(params);
  });

  describe("AUTH-1: free collateral can always be withdrawn", () => {
    it("at once by who holds no position, whatever the modules and parameters", async () => {
      const { clearinghouse } = world;
      const nothing = world.signer(8).address;
      await replaceModules(clearinghouse, {
        priceOracle: nothing,
        volatilityOracle: nothing,
        auction: nothing,
        vault: nothing,
      });
      for (const market of [1n, 2n, 3n]) await clearinghouse.setMarketParams(market, TIGHTEST);
      await time.increase(2 * DAY);
      await as(trader).withdraw(trader.id, await all(trader), trader.signer);
      expect(await world.cash(trader)).to.equal(0n);
    });

    it("by who reduces, on the day the tightest parameters are set", async () => {
      await world.trade(maker, trader, "5", "2000");
      await world.clearinghouse.setMarketParams(1n, TIGHTEST);
      const orders = [
        await world.order(maker, "5", "2000", { maxFeeBps: 50n }),
        await world.order(trader, "-5", "2000", { maxFeeBps: 50n }),
      ];
      await world.settle(orders, [{ maker: 0, taker: 1, lots: 500_000_000n, price: parseWad("2000") }]);
      await as(trader).withdraw(trader.id, await all(trader), trader.signer);
    });

    it("in the week between the announcement of other modules and their coming", async () => {
      await world.trade(maker, trader, "5", "2000");
      const { clearinghouse } = world;
      const nothing = world.signer(8).address;
      const to = { ...(await modulesOf(clearinghouse)), priceOracle: nothing, volatilityOracle: nothing };
      await clearinghouse.announce(clearinghouse.interface.encodeFunctionData("setModules", [to]));
      await world.later(6 * DAY, "2000");
      await world.trade(maker, trader, "-5", "2000");
      await as(trader).withdraw(trader.id, await all(trader), trader.signer);
      await time.increase(DAY);
      await clearinghouse.setModules(to);
      const id = makeAccountId(trader.signer.address, 0n);
      await as(trader).closeAccount(id);
    });

    it("SOLV-3: and shares of the vault in that week too, at the longest cool-down and exit window there may be", async () => {
      const { clearinghouse, vault } = world.system;
      const saver = world.signer(3);
      await world.save(saver, 1_000);
      await vault.setLimits({ eventCapBps: 100, hourCapBps: 100, cooldown: 4 * DAY, exitWindow: 2 * DAY });
      const to = { ...(await modulesOf(clearinghouse)), vault: world.signer(8).address };
      const call = clearinghouse.interface.encodeFunctionData("setModules", [to]);
      await clearinghouse.announce(call);
      const [from] = await clearinghouse.announcement(keccak256(call));
      // A day to notice.
      await time.setNextBlockTimestamp(from - NOTICE + BigInt(DAY));
      await vault.connect(saver).requestRedeem(await vault.balanceOf(saver));
      const { closesAt } = await vault.redeemRequest(saver);
      expect(closesAt, "the whole exit window lies before").to.be.at.most(from);
      await time.setNextBlockTimestamp(closesAt - 2n);
      await refused(clearinghouse.setModules(to), "Governance_TooEarly", closesAt - 2n, from);
      await vault.connect(saver).redeem(await vault.balanceOf(saver), saver, saver);
      expect(await world.system.token.balanceOf(saver)).to.equal(parseUsdc("1000"));
    });
  });
});
