import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { idle, readCalls, tableOf } from "../../scripts/lib/campaign";
import { CLEARINGHOUSE_LIBRARIES } from "../../scripts/lib/system";

/** Handlers of the campaign that call the function. */
type Handled = readonly [string, ...string[]];
/** Why the campaign leaves the function alone. */
interface Left {
  reason: string;
}

const AUTHORITY: Left = { reason: "OpenZeppelin's: only the access manager may call it, and the timelock's tests do." };

/** Who calls each function that changes state. A new function without a row fails here. */
const CALLED_BY: Record<string, Record<string, Handled | Left>> = {
  Clearinghouse: {
    openAccount: ["openAccount"],
    closeAccount: ["closeAccount", "launder", "trespass"],
    setMode: ["setMode", "launder", "trespass"],
    deposit: ["deposit", "rescue"],
    depositWithPermit: ["depositWithPermit"],
    withdraw: ["withdraw", "withdrawBesideLock", "operatorWithdraws", "trespass"],
    touch: ["touch", "touchHolders"],
    setOperator: ["setOperator", "trespass"],
    execute: ["execute", "closeAccount", "launder"],
    settle: [
      "settle",
      "settleReduction",
      "settleDistressed",
      "settleBatch",
      "settleMaker",
      "settleAgain",
      "settleForged",
      "operatorTrades",
      "operatorBeyond",
      "operatorBeyondBand",
      "quote",
      "reduceAtLastMark",
      "misuseLastMark",
      "buyOffer",
      "misuseOffer",
      "openOption",
      "reduceOption",
      "tradeSpread",
      "settleDistressedOption",
      "tradeOptionInVain",
    ],
    cancelNonces: ["cancelNonces", "operatorBeyond", "trespass"],
    raiseEpoch: ["raiseEpoch", "trespass"],
    flag: ["flag", "liquidate", "liquidateOptions", "liquidateUnpriced"],
    flagBy: ["flagBy"],
    poke: ["poke", "takeOver"],
    bid: ["bid", "liquidate", "liquidateOptions", "liquidateUnpriced"],
    bidBy: ["bidBy"],
    takeOver: ["takeOver"],
    listMarket: ["listMarket", "usurp"],
    setMarketParams: ["setMarketParams", "usurp"],
    setOptionParams: ["setOptionParams", "usurp"],
    listExpiry: ["listExpiry", "usurp"],
    registerModel: ["registerModel", "usurp"],
    setModules: ["setModules", "usurp"],
    announce: ["announce", "usurp"],
    withdrawAnnouncement: ["withdrawAnnouncement", "usurp"],
    setAuthority: AUTHORITY,
  },
  BackstopVault: {
    open: ["pretend"],
    onCover: ["liquidate", "pretend"],
    onTakeOver: ["takeOver", "pretend"],
    endTakeover: ["endTakeover"],
    deposit: ["vaultDeposit"],
    mint: ["vaultMint"],
    requestRedeem: ["vaultRequestRedeem"],
    cancelRedeem: ["vaultCancelRedeem"],
    redeem: ["vaultRedeem"],
    withdraw: ["vaultWithdraw"],
    transfer: ["vaultTransfer"],
    transferFrom: ["vaultTransfer"],
    approve: ["vaultTransfer"],
    setLimits: ["setVaultLimits", "usurp"],
    setAuthority: AUTHORITY,
  },
  LiquidationAuction: {
    onFlag: ["flag", "pretend"],
    onTouch: ["poke", "pretend"],
    onBid: ["bid", "pretend"],
    onTakeOver: ["takeOver", "pretend"],
  },
  PriceOracle: {
    registerFeed: ["listMarket", "usurp"],
    replaceFeed: ["replaceFeed", "usurp"],
    setReferencePrice: ["setReferencePrice", "usurp"],
    setSecondFeed: ["setSecondFeed", "usurp"],
    removeSecondFeed: ["removeSecondFeed", "usurp"],
    stop: ["stop", "usurp"],
    lift: ["lift", "usurp"],
    setAuthority: AUTHORITY,
  },
  BasisOracle: { post: ["postBasis"], setSigners: ["setSigners", "usurp"], setAuthority: AUTHORITY },
  SurfaceOracle: {
    post: ["postSurface", "postSurfaceInVain"],
    prune: ["prune"],
    setSigners: ["setSurfaceSigners", "usurp"],
    setMoveLimits: ["setMoveLimits", "usurp"],
    setAuthority: AUTHORITY,
  },
  VolatilityOracle: {
    list: ["listMarket", "usurp"],
    setPriceOracle: ["setPriceOracle", "usurp"],
    sample: ["sample"],
    sampleMany: ["sampleMany"],
    sampleDay: ["sampleDay"],
    setAuthority: AUTHORITY,
  },
  ExpirySettlement: {
    settle: ["settleExpiry", "settleExpiryInVain"],
    finalise: ["finaliseExpiry"],
    setTimeOut: ["setTimeOut", "usurp"],
    setAuthority: AUTHORITY,
  },
  CrossMargin: {},
  IsolatedMargin: {},
  PortfolioMargin: {},
  MarginLens: {},
  GreekSums: {},
};

const FOLDER = path.join(__dirname, "handlers");

/** The names of all functions that Forge draws from. */
function drawn(): Set<string> {
  const source = readFileSync(path.join(FOLDER, "Handlers.sol"), "utf8");
  return new Set([...source.matchAll(/this\.(\w+)\.selector/g)].map(([, name]) => name ?? ""));
}

describe("The campaign's handlers", () => {
  /** Everything deployed but the access manager, which is OpenZeppelin's. */
  async function deployed(): Promise<string[]> {
    const names = await hre.artifacts.getAllFullyQualifiedNames();
    const own = names.filter((name) => name.startsWith("contracts/") && !name.startsWith("contracts/mocks/"));
    const artifacts = await Promise.all(own.map(async (name) => hre.artifacts.readArtifact(name)));
    const libraries = /^contracts\/(math|types|settlement)\//;
    return artifacts
      .filter(({ bytecode, sourceName }) => bytecode.length > 200 && !libraries.test(sourceName))
      .filter(({ abi }: { abi: { type: string }[] }) => abi.some(({ type }) => type === "function"))
      .filter(({ contractName }) => contractName !== "AccessManager")
      .map(({ contractName }) => contractName);
  }

  it("reach every function that changes state, or say why not", async () => {
    const handlers = drawn();
    for (const [contract, functions] of Object.entries(CALLED_BY)) {
      const { abi } = await hre.artifacts.readArtifact(contract);
      const changing = (abi as { type: string; name: string; stateMutability: string }[])
        .filter(({ type, stateMutability }) => type === "function" && !["view", "pure"].includes(stateMutability))
        .map(({ name }) => name);
      expect([...new Set(changing)], `functions of ${contract}`).to.have.members(Object.keys(functions));
      for (const [name, row] of Object.entries(functions)) {
        if ("reason" in row) continue;
        for (const handler of row) expect(handlers, `${contract}.${name}`).to.include(handler);
      }
    }
  });

  it("cover every contract that is deployed", async () => {
    // Libraries run in the clearinghouse's name: its functions are theirs.
    const linked: ReadonlySet<string> = new Set(CLEARINGHOUSE_LIBRARIES);
    expect(Object.keys(CALLED_BY)).to.have.members((await deployed()).filter((name) => !linked.has(name)));
  });

  it("are all drawn from: one that is left out of the list is never called", () => {
    const ofOwners = [
      "Accounts",
      "Operators",
      "Trading",
      "Options",
      "LastMark",
      "Liquidation",
      "Witness",
      "Takeover",
      "Vault",
    ];
    const ofOthers = ["World", "Surface", "Expiry", "Governance"];
    const names = [...ofOwners, ...ofOthers].flatMap((file) => {
      const source = readFileSync(path.join(FOLDER, `${file}Handler.sol`), "utf8");
      return [...source.matchAll(/function (\w+)\([^)]*\)\s+external(?! view| pure)/g)].map(([, name]) => name);
    });
    expect([...drawn()]).to.have.members(names);
  });
});

describe("The table of handlers", () => {
  const row = (handler: string, calls: number, reverts: number, discards: number): string =>
    `| Handlers | ${handler}  | ${calls} | ${reverts} | ${discards} |`;
  const output = [
    "| Contract | Selector | Calls | Reverts | Discards |",
    row("settle", 90, 0, 30),
    row("takeOver", 200, 0, 199),
    "between two campaigns",
    row("settle", 10, 1, 0),
    row("takeOver", 100, 0, 98),
  ].join("\n");

  it("sums all campaigns, and counts what was neither reverted nor discarded", () => {
    expect(readCalls(output)).to.deep.equal([
      { handler: "takeOver", calls: 300, useful: 3 },
      { handler: "settle", calls: 100, useful: 69 },
    ]);
  });

  it("names who is of less use than two calls in a hundred, of 300 or more", () => {
    expect(idle(readCalls(output)).map(({ handler }) => handler)).to.deep.equal(["takeOver"]);
    expect(idle([{ handler: "just", calls: 300, useful: 6 }])).to.deep.equal([]);
    expect(idle([{ handler: "few", calls: 299, useful: 0 }])).to.deep.equal([]);
    expect(idle([{ handler: "never", calls: 300, useful: 0 }])).to.have.length(1);
  });

  it("shows the least useful first, and the sum", () => {
    const lines = tableOf(readCalls(output))
      .split("\n")
      .filter((line) => /\d/.test(line));
    expect(
      lines.map((line) =>
        line
          .replace(/[^\w. %]/g, "")
          .trim()
          .split(/ +/),
      ),
    ).to.deep.equal([
      ["takeOver", "300", "3", "1.0", "%"],
      ["settle", "100", "69", "69.0", "%"],
      ["2", "handlers", "400", "72", "18.0", "%"],
    ]);
  });
});
