import { mkdtemp, readFile, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { kept } from "../../../scripts/lib/transpiled";

describe("kept", () => {
  let folder: string;
  let asked: string[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plimsoll-"));
    asked = [];
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** A compiler as another process would have it. */
  function compiler(settings = "settings", read = new Map<string, string>()) {
    const compile = (code: string, file: string) => {
      asked.push(file);
      return `${code.toUpperCase()}\n//# sourceMappingURL=`;
    };
    return kept(compile, folder, settings, read);
  }

  it("compiles a file once for all processes, and notes what it did not compile for traces", async () => {
    const read = new Map<string, string>();
    const first = compiler("settings", read)("a", "/a.ts");
    expect(read).to.have.property("size", 0);
    expect(compiler("settings", read)("a", "/a.ts")).to.equal(first);
    expect(asked).to.deep.equal(["/a.ts"]);
    expect([...read]).to.deep.equal([["/a.ts", first]]);
    expect(await readdir(folder)).to.have.length(1);
  });

  it("compiles again what has changed, in place of what was", async () => {
    compiler()("a", "/a.ts");
    expect(compiler()("b", "/a.ts")).to.match(/^B\n/);
    expect(compiler("others")("b", "/a.ts")).to.match(/^B\n/);
    expect(asked).to.have.length(3);
    expect(await readdir(folder)).to.have.length(1);
  });

  it("keeps files apart that hold the same", () => {
    compiler()("a", "/a.ts");
    compiler()("a", "/b.ts");
    expect(asked).to.deep.equal(["/a.ts", "/b.ts"]);
  });

  it("does not take what was written in part", async () => {
    compiler()("a", "/a.ts");
    const [name] = await readdir(folder);
    const keeper = path.join(folder, name!);
    await truncate(keeper, (await readFile(keeper)).length - 1);
    expect(compiler()("a", "/a.ts")).to.match(/^A\n/);
    expect(asked).to.have.length(2);
  });
});

describe("the tests' own code", () => {
  it("is traced to its lines, compiled or kept", async () => {
    const [, here] = new Error("found here").stack!.split("\n");
    const before = (await readFile(__filename, "utf8")).split('Error("found here")')[0]!;
    expect(here).to.contain(`transpiled.test.ts:${before.split("\n").length}:`);
  });
});
