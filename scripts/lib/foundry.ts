import path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

/**
 * Path of an installed Foundry program. The platform package's binary is called directly: npm's launcher exits with 0
 * when tests fail.
 */
export function foundryBinary(program: "anvil" | "forge"): string {
  const { platform, arch } = process;
  const name = `@foundry-rs/${program}-${platform}-${arch === "x64" ? "amd64" : arch}`;
  const file = platform === "win32" ? `${program}.exe` : program;
  try {
    return require.resolve(`${name}/bin/${file}`, { paths: [ROOT] });
  } catch {
    throw new Error(
      `Foundry's ${program} is not installed for ${platform}-${arch}: run npm ci without --omit=optional, ` +
        `on linux-x64, darwin-arm64 or win32-x64.`,
    );
  }
}
