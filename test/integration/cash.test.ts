import { expect } from "chai";

import { Scope, Mode, makeAccountId, parseUsdc, parseWad } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { withHooks, withTransferFee } from "../support/hookedToken";
import { refused } from "../support/refusal";
import { type Actor, World } from "../support/world";

const TOKEN_UNIT = 10n ** 12n;
const NOBODY = "0x0000000000000000000000000000000000000000";
const DEPOSIT = parseUsdc("10");

describe("Clearinghouse: cash", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 3_000);
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  describe("deposit", () => {
    it("takes the caller's tokens into any open account", async () => {
      const { token, clearinghouse } = world.system;
      await world.mint(maker.signer, 7);
      await refused(as(maker).deposit(trader.id, 7_000_001n), "TransferFromFailed");
      const sent = as(maker).deposit(trader.id, 6_999_999n);
      await expect(sent).to.emit(clearinghouse, "Deposited").withArgs(trader.id, maker.signer.address, 6_999_999n);
      await expect(sent).to.changeTokenBalances(token, [maker.signer, clearinghouse], [-6_999_999n, 6_999_999n]);
      expect(await world.cash(trader)).to.equal(parseWad("3006.999999"));
    });

    it("refuses nothing, and an account nobody opened", async () => {
      const unopened = makeAccountId(trader.signer.address, 5n);
      await refused(as(trader).deposit(trader.id, 0n), "Clearinghouse_ZeroAmount");
      await refused(as(trader).deposit(unopened, 1n), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("refuses what no account can hold before it is multiplied", async () => {
      const largest = (2n ** 127n - 1n) / TOKEN_UNIT;
      const signer = world.signer(4);
      const rich = await world.open(signer, 0);
      const token = await withHooks(world);
      await token.mint(signer.address, largest + 1n);
      await token.connect(signer).approve(world.clearinghouse, largest + 1n);
      await refused(as(rich).deposit(rich.id, largest + 1n), "Clearinghouse_AmountOutOfRange", largest + 1n);
      await as(rich).deposit(rich.id, largest);
      await refused(as(rich).deposit(rich.id, 1n), "Overflow");
      await refused(
        as(trader).withdraw(trader.id, 2n ** 128n, trader.signer),
        "Clearinghouse_AmountOutOfRange",
        2n ** 128n,
      );
    });

    it("refuses a token that keeps a fee of what it moves", async () => {
      await world.mint(trader.signer, 100);
      await withTransferFee(world);
      await refused(as(trader).deposit(trader.id, 5_000n), "Clearinghouse_TokenNotExact", 5_000n, 4_995n);
    });
  });

  describe("withdraw", () => {
    it("AUTH-1 is the owner's alone", async () => {
      const { address } = maker.signer;
      await refused(as(maker).withdraw(trader.id, 1n, maker.signer), "Clearinghouse_NotOwner", trader.id, address);
      const sent = as(maker).withdraw(trader.id, 1n, trader.signer);
      await refused(sent, "Clearinghouse_NotPermitted", trader.id, address, BigInt(Scope.Withdraw));
    });

    it("refuses nothing, nobody, and an account nobody opened", async () => {
      const unopened = makeAccountId(trader.signer.address, 5n);
      await refused(as(trader).withdraw(trader.id, 0n, trader.signer), "Clearinghouse_ZeroAmount");
      await refused(as(trader).withdraw(trader.id, 1n, NOBODY), "Clearinghouse_ZeroAddress");
      await refused(as(trader).withdraw(unopened, 1n, trader.signer), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("sends all the cash of an account without positions, to whom the owner says", async () => {
      const { token, clearinghouse } = world.system;
      const all: bigint = parseUsdc("3000");
      const more = all + 1n;
      await refused(
        as(trader).withdraw(trader.id, more, trader.signer),
        "Clearinghouse_BeyondFreeCollateral",
        trader.id,
        more,
        all,
      );
      const heir = world.signer(7);
      const sent = as(trader).withdraw(trader.id, all, heir);
      await expect(sent).to.emit(clearinghouse, "Withdrawn").withArgs(trader.id, heir.address, all);
      await expect(sent).to.changeTokenBalances(token, [clearinghouse, heir], [-all, all]);
      expect(await world.cash(trader)).to.equal(0n);
    });

    it("names the free amount, and that amount passes to the unit", async () => {
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, "2003.7");
      const { equityForInitial, initialMargin } = await world.assess(trader);
      const free = (equityForInitial - initialMargin) / TOKEN_UNIT;
      expect(free).to.be.above(parseUsdc("100"));
      const to = trader.signer;
      await refused(
        as(trader).withdraw(trader.id, free + 1n, to),
        "Clearinghouse_BeyondFreeCollateral",
        trader.id,
        free + 1n,
        free,
      );
      await as(trader).withdraw(trader.id, free, to);
      await refused(as(trader).withdraw(trader.id, 1n, to), "Clearinghouse_BeyondFreeCollateral", trader.id, 1n, 0n);
      const left = await world.assess(trader);
      expect(left.equityForInitial - left.initialMargin, "less than a unit is left").to.be.within(0n, TOKEN_UNIT - 1n);
    });

    it("frees nothing below initial margin", async () => {
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, "1890");
      const to = trader.signer;
      await refused(as(trader).withdraw(trader.id, 1n, to), "Clearinghouse_BeyondFreeCollateral", trader.id, 1n, 0n);
    });

    it("lets winners go while losers are unsettled", async () => {
      await world.trade(maker, trader, "1", "2000");
      await world.later(60, "2400");
      await as(trader).withdraw(trader.id, parseUsdc("2950"), trader.signer);
      expect((await world.clearinghouse.marketState(1n)).pot).to.equal(parseWad("-400"));
      await world.clearinghouse.touch([maker.id]);
      expect((await world.clearinghouse.marketState(1n)).pot).to.equal(0n);
    });
  });

  describe("the keeper deposit", () => {
    const held = async (): Promise<bigint> => (await world.holding(trader)).account.keeperDeposit;

    it("is locked out of cash with the first position and returned with the last", async () => {
      await world.trade(maker, trader, "1", "2000");
      expect(await held()).to.equal(DEPOSIT);
      expect(await world.cash(trader)).to.equal(parseWad("2989"));
      await world.trade(maker, trader, "0.01", "40000", 2n);
      expect(await held(), "one for all positions").to.equal(DEPOSIT);
      await world.trade(maker, trader, "-1", "2000");
      expect(await held()).to.equal(DEPOSIT);
      await world.trade(maker, trader, "-0.01", "40000", 2n);
      expect(await held()).to.equal(0n);
      expect(await world.cash(trader), "all but the fees is back").to.equal(parseWad("2997.6"));
    });

    it("counts in no equity", async () => {
      await world.trade(maker, trader, "1", "2000");
      const { equity, equityForInitial, equityForMaintenance } = await world.assess(trader);
      expect([equity, equityForInitial, equityForMaintenance]).to.deep.equal(Array(3).fill(parseWad("2989")));
    });

    it("is refilled before risk grows again, and not when it shrinks", async () => {
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, "1800");
      const keeper = await world.open(world.signer(2), 100);
      await as(keeper).flag(trader.id, keeper.id);
      expect(await held()).to.equal(0n);
      await world.later(60, "2000");
      await as(keeper).poke(trader.id);
      await world.trade(maker, trader, "-1", "2000");
      expect(await held()).to.equal(0n);
      await world.trade(maker, trader, "1", "2000");
      expect(await held()).to.equal(DEPOSIT);
    });

    it("must be there on top of initial margin", async () => {
      const { initialMargin } = await world.assess(trader);
      expect(initialMargin).to.equal(0n);
      const poor = await world.open(world.signer(3), 210, Number(Mode.Cross));
      // 1 ETH requires 201.002 USD and costs 1 USD: 210 USD would do, were there no deposit.
      const cash = parseWad("199");
      await refused(
        world.trade(maker, poor, "1", "2000"),
        "Clearinghouse_BelowInitialMargin",
        poor.id,
        cash,
        parseWad("201.002"),
      );
      await world.mint(poor.signer, 3);
      await as(poor).deposit(poor.id, parseUsdc("3"));
      await world.trade(maker, poor, "1", "2000");
    });
  });
});
