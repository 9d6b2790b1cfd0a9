/**
 * Keeps the documentation true. `check` exits 1 where a generated block is out of date, a link leads nowhere, or a
 * command names a script, task or option that does not exist; `update` writes the generated blocks.
 *
 * A block stands between `<!-- block: name -->` and `<!-- end -->`.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import hre from "hardhat";
import { HARDHAT_PARAM_DEFINITIONS } from "hardhat/internal/core/params/hardhat-params";

import { timelocks } from "../config/networks";
import { Role, functionRoles } from "../config/roles";
import { auctionBlocks } from "./docs/auction";
import { readBook } from "./docs/book";
import { curve } from "./docs/curve";
import { gasBlocks } from "./docs/gas";
import { keeperSettings } from "./docs/keeper";
import { marginBlocks } from "./docs/margin";
import { replayBlocks } from "./docs/replays";
import { table } from "./docs/table";

const ROOT = path.join(__dirname, "..");
const BLOCK = /<!-- block: (.+?) -->\n[\s\S]*?<!-- end -->/g;

/** What a block's name stands for. */
const writers: readonly [RegExp, (subject: string) => string | Promise<string>][] = [
  [/^gas (\w+)$/, gasBlock],
  [/^keeper settings$/, keeperSettings],
  [/^roles$/, rolesTable],
  [/^bounds$/, boundsTable],
  [/^margin (\w+)$/, marginBlock],
  [/^(replay \w+)$/, replayBlock],
  [/^file (.+)$/, (file) => `\`\`\`ts\n${read(file).trimEnd()}\n\`\`\``],
];

/** Figures that are drawn from code. */
const figures: readonly [file: string, draw: () => string][] = [["docs/auction-price.svg", curve]];

async function main(): Promise<void> {
  const verb = process.argv[2];
  if (verb !== "check" && verb !== "update") throw new Error(`"${verb ?? ""}" is no verb: say check or update.`);
  const complaints: string[] = [];
  for (const [file, draw] of figures) {
    const text = existsSync(path.join(ROOT, file)) ? read(file) : "";
    complaints.push(...bring(file, text, draw(), verb));
  }
  for (const file of pages()) {
    const text = read(file);
    const names = [...new Set([...text.matchAll(BLOCK)].map(([, name = ""]) => name))];
    const blocks = new Map(await Promise.all(names.map(async (name) => [name, await write(name)] as const)));
    const fresh = text.replace(
      BLOCK,
      (_, name: string) => `<!-- block: ${name} -->\n\n${blocks.get(name) ?? ""}\n\n<!-- end -->`,
    );
    complaints.push(...bring(file, text, fresh, verb));
    complaints.push(...deadLinks(file, fresh), ...unknownCommands(file, fresh));
  }
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
  else console.log(`${pages().length} pages are up to date.`);
}

/** Writes what is out of date, or complains of it. */
function bring(file: string, text: string, fresh: string, verb: "check" | "update"): string[] {
  if (fresh === text) return [];
  if (verb === "check") return [`${file} is out of date: npm run docs:update writes it.`];
  writeFileSync(path.join(ROOT, file), fresh);
  return [];
}

function pages(): string[] {
  const docs = readdirSync(path.join(ROOT, "docs")).map((name) => path.join("docs", name));
  return [...readdirSync(ROOT), ...docs].filter((name) => name.endsWith(".md")).sort();
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

async function write(name: string): Promise<string> {
  for (const [pattern, writer] of writers) {
    const match = pattern.exec(name);
    if (match) return writer(match[1] ?? "");
  }
  throw new Error(
    `No block is called "${name}": the names are "gas NAME", "keeper settings", "roles", "bounds", "margin NAME", "replay NAME" and "file PATH".`,
  );
}

async function marginBlock(name: string): Promise<string> {
  const writer = marginBlocks[name] ?? auctionBlocks[name];
  if (!writer) throw new Error(`There is no figure "${name}" in scripts/docs.`);
  return writer(await readBook());
}

function replayBlock(name: string): string {
  const writer = replayBlocks[name];
  if (!writer) throw new Error(`There is no table "${name}" in scripts/docs/replays.ts.`);
  return writer();
}

function gasBlock(name: string): string {
  const writer = gasBlocks[name];
  if (!writer) throw new Error(`There is no table "${name}" in scripts/docs/gas.ts.`);
  return writer();
}

/** What a role is called in config/networks.ts, which knows how long its holder waits. */
const delayOf: Record<keyof typeof Role, number> = {
  Admin: timelocks.admin,
  RiskAdmin: timelocks.riskAdmin,
  Lister: timelocks.lister,
  Guardian: timelocks.guardian,
  ModuleAdmin: timelocks.moduleAdmin,
};

/** Every restricted function, whose it is, and how long a live network's access manager has it wait. */
function rolesTable(): string {
  const nameOf = (role: Role): keyof typeof Role =>
    (Object.keys(Role) as (keyof typeof Role)[]).find((name) => Role[name] === role) ?? "Admin";
  const rows = Object.entries(functionRoles).flatMap(([contract, functions]) =>
    Object.entries(functions as Record<string, Role>).map(([name, role]) => {
      const days = delayOf[nameOf(role)] / 86_400;
      return [`\`${contract}.${name}\``, nameOf(role), days === 0 ? "at once" : `${days} days`];
    }),
  );
  return table([["function"], ["role"], ["scheduled ahead", "right"]], rows);
}

/** The bounds of market parameters, as the contract has them. */
function boundsTable(): string {
  const source = read("contracts/clearing/Governance.sol");
  const rows = [...source.matchAll(/_within\("(\w+)", p\.\w+, ([\d_]+), ([\d_]+)\)/g)].map(
    ([, name = "", lower = "", upper = ""]) => [`\`${name}\``, grouped(lower), grouped(upper)],
  );
  if (rows.length === 0) throw new Error("contracts/clearing/Governance.sol states its bounds in another way.");
  return table([["parameter"], ["least", "right"], ["most", "right"]], rows);
}

function grouped(digits: string): string {
  return Number(digits.replaceAll("_", "")).toLocaleString("en");
}

function deadLinks(file: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
  return targets
    .filter((target) => !existsSync(path.join(ROOT, path.dirname(file), target)))
    .map((target) => `${file} links to ${target}, which does not exist.`);
}

function unknownCommands(file: string, text: string): string[] {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? "");
  return [
    ...named(/npm run ([\w:]+)/g)
      .filter((name) => !(name in scripts))
      .map((name) => `${file} says npm run ${name}, and package.json has no such script.`),
    ...named(/npx hardhat ([\w:-]+)/g)
      .filter((name) => !isTask(name))
      .map((name) => `${file} says npx hardhat ${name}, and there is no such task.`),
    ...[...text.matchAll(/npx hardhat ([\w:-]+)([^`\n#]*)/g)].flatMap(([, name = "", options = ""]) =>
      unknownOptions(name, options).map(
        (option) => `${file} says npx hardhat ${name} ${option}, which takes none such.`,
      ),
    ),
  ];
}

/** The options of a command line that its task does not take. */
function unknownOptions(name: string, line: string): string[] {
  const taken = hre.tasks[name]?.paramDefinitions;
  if (!taken) return [];
  const known = [...Object.keys(taken), ...Object.keys(HARDHAT_PARAM_DEFINITIONS)].map(
    (option) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  );
  return (line.match(/--[\w-]+/g) ?? []).filter((option) => !known.includes(option));
}

function isTask(name: string): boolean {
  const [scope = "", task] = name.split(":");
  return name in hre.tasks || (task !== undefined && task in (hre.scopes[scope]?.tasks ?? {}));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
