import { accessSync, constants } from "node:fs";
import path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

type Program = "anvil" | "forge";

/**
 * Path of a Foundry program that npm installed. The platform package's binary is called directly: npm's launcher exits
 * with 0 when tests fail. Throws where the platform has none.
 */
export function foundryBinary(program: Program): string {
  const { platform, arch } = process;
  const name = `@foundry-rs/${program}-${platform}-${arch === "x64" ? "amd64" : arch}`;
  try {
    return require.resolve(`${name}/bin/${fileOf(program)}`, { paths: [ROOT] });
  } catch {
    throw new Error(
      `Foundry's ${program} is not installed for ${platform}-${arch}: run npm ci without --omit=optional, ` +
        `on linux-x64, or for forge also darwin-arm64 or win32-x64.`,
    );
  }
}

/** Path of Foundry's node, which npm has for Linux alone: elsewhere whichever is on the PATH. Undefined without any. */
export function findAnvil(): string | undefined {
  try {
    return foundryBinary("anvil");
  } catch {
    const folders = (process.env.PATH ?? "").split(path.delimiter);
    return folders.map((folder) => path.join(folder, fileOf("anvil"))).find(isExecutable);
  }
}

function fileOf(program: Program): string {
  return process.platform === "win32" ? `${program}.exe` : program;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
