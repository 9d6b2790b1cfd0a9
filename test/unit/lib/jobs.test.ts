import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { type Job, runBeside } from "../../../scripts/lib/jobs";

describe("jobs beside each other", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "plimsoll-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const job = (code: string, ...after: Job[]): Job => ({ program: ["-e", code], env: {}, after });
  const WRITE = `require("node:fs").writeFileSync("written", "")`;

  it("each say how they ended", async () => {
    expect(await runBeside([job(""), job("process.exit(3)"), job("")], folder)).to.deep.equal([0, 3, 0]);
  });

  it("begin after the one they wait for", async () => {
    const first = job(`setTimeout(() => ${WRITE}, 200)`);
    const second = job(`process.exit(require("node:fs").existsSync("written") ? 0 : 4)`, first);
    expect(await runBeside([first, second], folder)).to.deep.equal([0, 0]);
  });

  it("begin after the last of those they wait for", async () => {
    const late = job(`setTimeout(() => ${WRITE}, 300)`);
    const second = job(`process.exit(require("node:fs").existsSync("written") ? 0 : 4)`, job(""), late);
    expect(await runBeside([...(second.after ?? []), second], folder)).to.deep.equal([0, 0, 0]);
  });

  it("do not begin after one that failed, and have failed as well", async () => {
    const first = job("process.exit(2)");
    expect(await runBeside([first, job(WRITE, first)], folder)).to.deep.equal([2, 1]);
    expect(existsSync(path.join(folder, "written"))).to.equal(false);
  });
});
