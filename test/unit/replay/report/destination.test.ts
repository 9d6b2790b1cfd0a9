import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { reportFile } from "../../../../scripts/replay/report/destination";
import { PlimsollInputError } from "../../../../sdk";

describe("a report's destination", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "report-"));
  });

  afterEach(() => rm(root, { recursive: true }));

  async function refusal(directory: string): Promise<string> {
    try {
      await reportFile(directory);
    } catch (error) {
      expect(error).to.be.instanceOf(PlimsollInputError);
      return (error as Error).message;
    }
    throw new Error("It was accepted.");
  }

  it("is made where it does not exist, and left empty", async () => {
    const directory = path.join(root, "new", "reports");
    expect(await reportFile(directory)).to.equal(path.join(directory, "report.html"));
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it("keeps the report before until there is another", async () => {
    await writeFile(path.join(root, "report.html"), "yesterday's");
    expect(await readFile(await reportFile(root), "utf8")).to.equal("yesterday's");
  });

  it("is refused where it is a file, below one, or has a directory in the report's place", async () => {
    const file = path.join(root, "notes.txt");
    await writeFile(file, "");
    const sentence = (directory: string, reason: string): string =>
      `--report ${directory} is no directory a report can be written to: ${reason}.`;
    expect(await refusal(file)).to.equal(sentence(file, "it is a file"));
    const below = path.join(file, "reports");
    expect(await refusal(below)).to.equal(sentence(below, "a part of its path is a file"));
    await mkdir(path.join(root, "report.html"));
    expect(await refusal(root)).to.equal(sentence(root, "its report.html is a directory"));
  });

  it("is refused where nobody may write", async () => {
    // The superuser may write wherever the kernel lets anybody.
    const closed = process.getuid?.() === 0 ? "/sys" : root;
    if (closed === root) await chmod(root, 0o555);
    expect(await refusal(closed)).to.match(/: (permission is denied|its file system is read-only)\.$/);
    if (closed === root) await chmod(root, 0o755);
  });

  it("is refused where it is empty", async () => {
    expect(await refusal("")).to.equal("--report is empty: name a directory for report.html.");
  });
});
