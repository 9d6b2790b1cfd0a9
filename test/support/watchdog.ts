/**
 * Runs the program its arguments name and ends it when whoever started this is gone, however they went: their end of
 * stdin closes with them.
 */
import { spawn } from "node:child_process";

function watch([program = "", ...args]: string[]): void {
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  process.stdin.resume().on("close", () => child.kill("SIGKILL"));
  child.on("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.on("exit", (code) => process.exit(code ?? 0));
}

// Whatever lies among the tests is loaded with them.
if (require.main === module) watch(process.argv.slice(2));
