/**
 * Keeps what ts-node makes of each file, so that it is made once a change and not once a process: a task would spend
 * half of its start on it.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { REGISTER_INSTANCE, type Service, VERSION } from "ts-node";

type Compile = Service["compile"];

interface SourceMapSupport {
  install(options: { retrieveFile(file: string): string | null }): void;
}

const FOLDER = path.join(__dirname, "..", "..", "cache", "transpiled");

/** Lets this process's ts-node keep its work in `folder`, unless it is one that checks types, or there is none. */
function keepTranspiled(folder: string): void {
  const service = process[REGISTER_INSTANCE];
  if (!service?.options.transpileOnly) return;
  const settings = [VERSION, service.ts.version, service.config.options];
  const read = new Map<string, string>();
  service.compile = kept(service.compile.bind(service), folder, JSON.stringify(settings), read);
  // Traces find the lines of a file whose code ts-node has not seen.
  const ofTsNode = createRequire(require.resolve("ts-node"));
  const support = ofTsNode("@cspotcode/source-map-support") as SourceMapSupport;
  support.install({ retrieveFile: (file) => read.get(file) ?? null });
}

/**
 * A compiler that asks `compile` for what `folder` does not hold, made from the same code by the same `settings`.
 * What it did not have to ask for it notes in `read`, by file.
 */
export function kept(compile: Compile, folder: string, settings: string, read: Map<string, string>): Compile {
  mkdirSync(folder, { recursive: true });
  return (code, file, lineOffset) => {
    const key = hash(settings, file, code);
    // The last line is the key: a file that is not whole does not have it.
    const end = `\n//${key}`;
    const keeper = path.join(folder, `${hash(file)}.js`);
    const found = contents(keeper);
    if (found?.endsWith(end)) {
      const output = found.slice(0, -end.length);
      read.set(file, output);
      return output;
    }
    const output = compile(code, file, lineOffset);
    const draft = `${keeper}.${process.pid}`;
    writeFileSync(draft, output + end);
    renameSync(draft, keeper);
    return output;
  };
}

function contents(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function hash(...parts: string[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(`${part.length}:${part}`);
  return sum.digest("hex").slice(0, 32);
}

keepTranspiled(FOLDER);
