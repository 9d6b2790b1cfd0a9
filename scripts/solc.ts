/** The two commands Forge asks of a compiler, answered by the solc package that the lock file pins. */
import { readFileSync } from "node:fs";

import solc from "solc";

const options = process.argv.slice(2);
if (options.includes("--version")) {
  // Forge reads the platform as part of the version line and knows no Emscripten build.
  const version = solc.version().replace("Emscripten.clang", "Linux.g++");
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
} else if (options.includes("--standard-json")) {
  // Forge sends the text of every source, so its path options have nothing left to say.
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("solc: name one of --version and --standard-json.");
  process.exitCode = 1;
}
