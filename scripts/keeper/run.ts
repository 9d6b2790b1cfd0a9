/** The keeper as a program: one node, one sender, one look after another until it is told to stop. */
import { setTimeout as sleep } from "node:timers/promises";

import { FetchRequest, JsonRpcProvider, type Provider, type Signer, Wallet } from "ethers";
import type { Logger } from "pino";

import {
  type AccountId,
  Mode,
  PlimsollInputError,
  explainError,
  formatAccountId,
  formatLots,
  makeAccountId,
  orderDomain,
  roundWad,
  instrumentName,
} from "../../sdk";
import { IClearinghouse__factory } from "../../typechain-types";
import { Keeper, type KeeperContracts } from "./Keeper";
import { AccountBook } from "./book";
import { RpcChain } from "./chain";
import type { KeeperConfig } from "./config";
import { BookFollower } from "./follower";
import { receiptOf } from "./receipts";
import type { KeeperAction } from "./sending";
import { ExpirySettler } from "./settling";

/** All that the program works with. */
type Contracts = KeeperContracts & { expirySettlement: string };

/** What a running keeper has at hand. */
interface Post {
  provider: Provider;
  follower: BookFollower;
  keeper: Keeper;
  settler: ExpirySettler;
  book: AccountBook;
  /** The keeper's own. */
  account: AccountId;
  log: Logger;
}

const NODE_TIMEOUT_MS = 10_000;
const PATIENCE = { timeoutMs: 120_000, pollMs: 500 };

/**
 * Runs until `stop` is signalled, and then returns after the look it is at.
 * Throws PlimsollInputError where it cannot begin: no node, no ledger, or no account of its own.
 */
export async function runKeeper(config: KeeperConfig, log: Logger, stop: AbortSignal): Promise<void> {
  const provider = await connect(config.rpcUrl);
  try {
    const signer = await senderOf(provider, config);
    const address = await signer.getAddress();
    const account = makeAccountId(address, config.accountIndex);
    const contracts = await findContracts(provider, config.clearinghouse);
    const book = new AccountBook(config.clearinghouse);
    const follower = new BookFollower(provider, book, config.clearinghouse, config.fromBlock, config.logRange);
    await follower.follow();
    requireOpen(book, account);
    const { minGain, unwindCost } = config;
    const chain = new RpcChain(provider, signer, address, config.maxGasPrice);
    const keeper = new Keeper(chain, book, contracts, { account, minGain, unwindCost }, log);
    const settler = new ExpirySettler(chain, book, contracts.expirySettlement, log);
    log.info({ account: formatAccountId(account), clearinghouse: config.clearinghouse }, "keeping watch");
    const post = { provider, follower, keeper, settler, book, account, log };
    // Beside each other: no liquidation waits for a search of rounds.
    const loops = config.settles ? [watch, settleExpiries] : [watch];
    await Promise.all(loops.map((loop) => loop(post, config.pollSeconds, stop)));
    log.info({}, "stopped");
  } finally {
    provider.destroy();
  }
}

async function watch(post: Post, pollSeconds: number, stop: AbortSignal): Promise<void> {
  const { provider, follower, keeper, log } = post;
  let reported = "";
  await repeat("accounts", log, pollSeconds, stop, async () => {
    if (await follower.follow()) log.warn({}, "the chain took blocks back: every account is rebuilt");
    await confirm(provider, await keeper.tick(), log);
    reported = reportHoldings(post, reported);
  });
}

function settleExpiries({ provider, settler, log }: Post, pollSeconds: number, stop: AbortSignal): Promise<void> {
  return repeat("expiries", log, pollSeconds, stop, async () => confirm(provider, await settler.settle(stop), log));
}

/** Looks, and looks again, until it is told to stop. */
async function repeat(
  watched: string,
  log: Logger,
  pollSeconds: number,
  stop: AbortSignal,
  look: () => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await look();
    } catch (error) {
      // Whatever ails the node, it is asked again.
      log.error({ watched }, explainError(error));
    }
    await sleep(pollSeconds * 1000, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Waits for what was sent: until it is mined the next look would only send it again. */
async function confirm(provider: Provider, actions: readonly KeeperAction[], log: Logger): Promise<void> {
  for (const { kind, subject, hash } of actions) {
    const receipt = await receiptOf(provider, hash, PATIENCE);
    const fields = { ...subject, hash, gasUsed: receipt?.gasUsed.toString() };
    if (receipt === null) log.warn(fields, `${kind} is not mined after ${PATIENCE.timeoutMs / 1000} seconds`);
    else if (receipt.status === 1) log.info(fields, `${kind} mined`);
    else log.warn(fields, `${kind} failed: somebody was faster, or the price moved`);
  }
}

/** Tells what the keeper holds whenever that has changed; nobody here sells it. */
function reportHoldings({ book, account: id, log }: Post, reported: string): string {
  const { positions, account } = book.get(id) ?? { positions: [], account: undefined };
  const held = Object.fromEntries(
    positions.map(({ instrument, lots }) => [instrumentName(instrument), formatLots(lots)]),
  );
  const text = JSON.stringify(held);
  if (text !== reported) log.info({ positions: held, cash: roundWad(account?.cash ?? 0n) }, "holdings");
  return text;
}

/** The node. Throws PlimsollInputError where none answers. */
export async function connect(url: string): Promise<JsonRpcProvider> {
  const request = new FetchRequest(url);
  request.timeout = NODE_TIMEOUT_MS;
  const probe = new JsonRpcProvider(request);
  try {
    const network = await probe._detectNetwork();
    // Nothing remembered: a nonce that was read a moment ago is another transaction's by now. Nothing batched: no read of
    // the watch shares the fate of a search for rounds.
    return new JsonRpcProvider(request, network, { staticNetwork: network, cacheTimeout: -1, batchMaxCount: 1 });
  } catch {
    throw new PlimsollInputError(`No node answers at ${url}: start one, or set KEEPER_RPC_URL to one that runs.`);
  } finally {
    probe.destroy();
  }
}

async function senderOf(provider: JsonRpcProvider, { sender }: KeeperConfig): Promise<Signer> {
  if ("privateKey" in sender) return new Wallet(sender.privateKey, provider);
  try {
    return await provider.getSigner(sender.nodeAccount);
  } catch {
    throw new PlimsollInputError(`The node has no account ${sender.nodeAccount} of its own: set KEEPER_PRIVATE_KEY.`);
  }
}

async function findContracts(provider: JsonRpcProvider, clearinghouse: string): Promise<Contracts> {
  const { chainId } = await provider.getNetwork();
  if ((await provider.getCode(clearinghouse)) === "0x") {
    throw new PlimsollInputError(`There is no clearinghouse at ${clearinghouse} on chain ${chainId}.`);
  }
  const modules = await IClearinghouse__factory.connect(clearinghouse, provider).modules();
  const { auction, vault, priceOracle, volatilityOracle, expirySettlement } = modules;
  const domain = orderDomain(chainId, clearinghouse);
  return { clearinghouse, auction, vault, priceOracle, volatilityOracle, expirySettlement, domain };
}

function requireOpen(book: AccountBook, account: AccountId): void {
  if (book.get(account) && book.get(account)?.account.mode !== Mode.None) return;
  throw new PlimsollInputError(
    `The keeper's account ${formatAccountId(account)} is not open: open it and pay in what its bids shall cost.`,
  );
}
