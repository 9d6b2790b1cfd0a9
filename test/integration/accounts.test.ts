import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { makeAccountId, parseLots, parseUsdc, perp } from "../../sdk";
import { keepsConservation } from "../support/conservation";
import { refused } from "../support/refusal";
import { type Actor, WAD, CROSS, ISOLATED, World, match } from "../support/world";

describe("Clearinghouse: accounts", () => {
  let world: World;
  let maker: Actor;
  let trader: Actor;

  beforeEach(async () => {
    world = await World.create();
    maker = await world.open(world.signer(0), 1_000_000);
    trader = await world.open(world.signer(1), 2_100);
  });
  keepsConservation(() => world);

  const as = ({ signer }: Actor): World["clearinghouse"] => world.clearinghouse.connect(signer);

  describe("openAccount", () => {
    it("gives the caller any of its accounts, once, in a mode with a model", async () => {
      const owner = world.signer(2);
      const index = 2n ** 96n - 1n;
      const id = makeAccountId(owner.address, index);
      const ledger = world.clearinghouse.connect(owner);
      expect(await ledger.openAccount.staticCall(index, ISOLATED)).to.equal(id);
      await expect(ledger.openAccount(index, ISOLATED)).to.emit(ledger, "AccountOpened").withArgs(id, ISOLATED);
      const { account } = await world.holding({ signer: owner, id });
      expect(account).to.deep.equal({
        cash: 0n,
        epoch: 0n,
        keeperDeposit: 0n,
        packed: 0n,
        positions: 0n,
        mode: BigInt(ISOLATED),
        flagged: false,
        locked: false,
        riskSince: 0n,
      });
      await refused(ledger.openAccount(index, CROSS), "Clearinghouse_AccountAlreadyOpen", id);
    });

    it("refuses a mode without a model", async () => {
      for (const mode of [0n, 4n, 7n, 8n, 255n]) {
        await refused(as(trader).openAccount(1n, mode), "Clearinghouse_UnknownMode", mode);
      }
    });
  });

  describe("closeAccount", () => {
    it("is for the owner of an open account", async () => {
      await refused(as(maker).closeAccount(trader.id), "Clearinghouse_NotOwner", trader.id, maker.signer.address);
      const unopened = makeAccountId(trader.signer.address, 5n);
      await refused(as(trader).closeAccount(unopened), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("refuses an account with cash or positions, and says how much", async () => {
      const cash = parseUsdc("2100") * 10n ** 12n;
      await refused(as(trader).closeAccount(trader.id), "Clearinghouse_AccountNotEmpty", trader.id, cash, 0n);
      await world.trade(maker, trader, "1", "2000");
      const left = cash - parseUsdc("11") * 10n ** 12n;
      await refused(as(trader).closeAccount(trader.id), "Clearinghouse_AccountNotEmpty", trader.id, left, 1n);
    });

    it("kills the orders signed before, also when the account is opened afresh", async () => {
      const order = await world.order(trader, "1", "2000");
      await as(trader).withdraw(trader.id, parseUsdc("2100"), trader.signer);
      await expect(as(trader).closeAccount(trader.id))
        .to.emit(world.clearinghouse, "AccountClosed")
        .withArgs(trader.id, 1n);
      expect((await world.holding(trader)).account).to.include({ mode: 0n, epoch: 1n });
      await refused(as(trader).closeAccount(trader.id), "Clearinghouse_AccountNotOpen", trader.id);

      await world.open(trader.signer, 2_100);
      const orders = [await world.order(maker, "-1", "2000"), order];
      await refused(
        world.settle(orders, [match(parseLots("1"), "2000")]),
        "Order_WrongEpoch",
        trader.id,
        order.order.epoch,
        1n,
      );
    });

    it("waits for the end of the frame in which a flagged account recovers", async () => {
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, "1900");
      await as(maker).flag(trader.id, maker.id);
      await refused(as(trader).setMode(trader.id, ISOLATED), "Clearinghouse_AccountFlagged", trader.id);
      await expect(world.trade(maker, trader, "-10", "1900"))
        .to.emit(world.clearinghouse, "FlagCleared")
        .withArgs(trader.id);
      const { account } = await world.holding(trader);
      await as(trader).withdraw(trader.id, account.cash / 10n ** 12n, trader.signer);
      await as(trader).closeAccount(trader.id);
    });
  });

  describe("setMode", () => {
    it("is for the owner of an open account and needs a model", async () => {
      const unopened = makeAccountId(trader.signer.address, 5n);
      await refused(as(maker).setMode(trader.id, CROSS), "Clearinghouse_NotOwner", trader.id, maker.signer.address);
      await refused(as(trader).setMode(trader.id, 0n), "Clearinghouse_UnknownMode", 0n);
      await refused(as(trader).setMode(trader.id, 4n), "Clearinghouse_UnknownMode", 4n);
      await refused(as(trader).setMode(unopened, CROSS), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("has the other model judge the account from then on", async () => {
      await world.trade(maker, trader, "1", "2000");
      await expect(as(trader).setMode(trader.id, ISOLATED))
        .to.emit(world.clearinghouse, "ModeChanged")
        .withArgs(trader.id, CROSS, ISOLATED);
      await refused(world.trade(maker, trader, "0.01", "40000", 2n), "MarginModel_TooManyPositions", 2n, 1n);
      await as(trader).setMode(trader.id, CROSS);
      await world.trade(maker, trader, "0.01", "40000", 2n);
      await refused(as(trader).setMode(trader.id, ISOLATED), "MarginModel_TooManyPositions", 2n, 1n);
    });

    it("refuses an account below initial margin, though it did not trade", async () => {
      await world.trade(maker, trader, "10", "2000");
      await world.later(60, "1970");
      const { equityForInitial, initialMargin } = await world.assess(trader);
      expect(equityForInitial, "the account is below").to.be.below(initialMargin);
      await refused(
        as(trader).setMode(trader.id, ISOLATED),
        "Clearinghouse_BelowInitialMargin",
        trader.id,
        equityForInitial,
        initialMargin,
      );
    });
  });

  describe("raiseEpoch and cancelNonces", () => {
    it("are the owner's alone", async () => {
      const { address } = maker.signer;
      await refused(as(maker).raiseEpoch(trader.id), "Clearinghouse_NotOwner", trader.id, address);
      await refused(as(maker).cancelNonces(trader.id, 0n, 2n), "Clearinghouse_NotPermitted", trader.id, address, 4n);
      const unopened = makeAccountId(trader.signer.address, 5n);
      await refused(as(trader).raiseEpoch(unopened), "Clearinghouse_AccountNotOpen", unopened);
    });

    it("say what they did", async () => {
      const ledger = world.clearinghouse;
      await expect(as(trader).raiseEpoch(trader.id)).to.emit(ledger, "EpochRaised").withArgs(trader.id, 1n);
      expect((await world.holding(trader)).account.epoch).to.equal(1n);
      await expect(as(trader).cancelNonces(trader.id, 1n, 0b101n))
        .to.emit(ledger, "NoncesCancelled")
        .withArgs(trader.id, 1n, 0b101n);
      for (const [nonce, spent] of [
        [127n, false],
        [128n, true],
        [129n, false],
        [130n, true],
      ] as const) {
        expect(await ledger.nonceState(trader.id, nonce)).to.deep.equal([spent, 0n]);
      }
    });
  });

  describe("touch", () => {
    it("settles anyone's perpetuals for anyone, and twice in one call only once", async () => {
      await world.trade(maker, trader, "1", "2000");
      const before = await world.cash(trader);
      await world.later(60, "2050");
      await as({ signer: world.signer(5), id: trader.id }).touch([trader.id, trader.id]);
      expect(await world.cash(trader)).to.equal(before + 50n * 10n ** 18n);
      expect((await world.clearinghouse.marketState(1n)).pot).to.equal(-50n * 10n ** 18n);
      await world.clearinghouse.touch([maker.id]);
      expect((await world.clearinghouse.marketState(1n)).pot).to.equal(0n);
    });

    it("passes over accounts that are not open, so that closing one spoils no batch", async () => {
      await world.trade(maker, trader, "1", "2000");
      await world.later(60, "2050");
      const before = await world.cash(trader);
      await world.clearinghouse.touch([makeAccountId(trader.signer.address, 5n), trader.id]);
      expect(await world.cash(trader)).to.equal(before + 50n * WAD);
    });
  });

  describe("views", () => {
    it("show an account and its positions as stored", async () => {
      await world.trade(maker, trader, "1.5", "2000");
      const { account, positions } = await world.holding(trader);
      expect(account.positions).to.equal(1n);
      expect(account.riskSince).to.equal(BigInt(await time.latest()));
      expect(positions).to.deep.equal([
        { instrument: perp(1n), lots: parseLots("1.5"), index: (await world.market()).index },
      ]);
      expect(await world.clearinghouse.positionsOf(makeAccountId(trader.signer.address, 9n))).to.deep.equal([]);
    });

    it("judge an account without settling it", async () => {
      await world.trade(maker, trader, "1", "2000");
      await world.later(60, "2050");
      const unsettled = await world.assess(trader);
      await world.clearinghouse.touch([trader.id]);
      expect(await world.assess(trader)).to.deep.equal(unsettled);
      expect(unsettled.equity).to.equal(await world.cash(trader));
    });

    it("name the parts of the system", async () => {
      const { clearinghouse, token, vault, crossMargin, isolatedMargin, priceOracle, auction, ...rest } = world.system;
      expect(await clearinghouse.settlementToken()).to.equal(await token.getAddress());
      expect(await clearinghouse.vaultAccount()).to.equal(await vault.vaultAccount());
      expect(await clearinghouse.modelOf(ISOLATED)).to.equal(await isolatedMargin.getAddress());
      expect(await clearinghouse.modelOf(CROSS)).to.equal(await crossMargin.getAddress());
      expect(BigInt(await clearinghouse.modelOf(255n))).to.equal(0n);
      expect(await clearinghouse.listedMarkets()).to.deep.equal([1n, 2n, 3n]);
      expect(await clearinghouse.frameOpen()).to.equal(false);
      expect([...(await clearinghouse.modules())]).to.deep.equal([
        await priceOracle.getAddress(),
        await rest.basisOracle.getAddress(),
        await rest.volatilityOracle.getAddress(),
        await rest.surfaceOracle.getAddress(),
        await rest.expirySettlement.getAddress(),
        await auction.getAddress(),
        await vault.getAddress(),
      ]);
    });

    it("refuse or show nothing of an underlying that is not listed", async () => {
      await refused(world.clearinghouse.marketOf(9n), "Market_NotListed", 9n);
      expect([...(await world.clearinghouse.marketParams(9n))]).to.deep.equal(Array(8).fill(0n));
      expect([...(await world.clearinghouse.marketState(9n))]).to.deep.equal(Array(6).fill(0n));
    });
  });
});
