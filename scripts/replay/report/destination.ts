/** Where a report goes. */
import { access, mkdir, open, rm } from "node:fs/promises";
import path from "node:path";

import { PlimsollInputError } from "../../../sdk/inputError";

const NAME = "report.html";

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "it is a file",
  ENOTDIR: "a part of its path is a file",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "its file system is read-only",
  EISDIR: `its ${NAME} is a directory`,
};

/**
 * The file a report in `directory` is written to, proved to be writable; the directory is made where there is none.
 * @throws PlimsollInputError where it cannot be written.
 */
export async function reportFile(directory: string): Promise<string> {
  if (directory === "") throw new PlimsollInputError("--report is empty: name a directory for report.html.");
  const file = path.join(directory, NAME);
  try {
    await mkdir(directory, { recursive: true });
    const existed = await exists(file);
    await (await open(file, "a")).close();
    // A replay that fails leaves no empty report behind.
    if (!existed) await rm(file);
    return file;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? `the system answers ${code || String(error)}`;
    throw new PlimsollInputError(`--report ${directory} is no directory a report can be written to: ${reason}.`);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
