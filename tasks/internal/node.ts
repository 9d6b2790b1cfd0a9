/** A node that cannot have its port says so before it deploys anything, and overwrites the records of the one that has. */
import { createServer } from "node:net";

import { TASK_NODE } from "hardhat/builtin-tasks/task-names";
import { task } from "hardhat/config";

task(TASK_NODE).setAction(async ({ hostname, port }: { hostname?: string; port: number }, _hre, runSuper) => {
  if (await isFree(port, hostname ?? "127.0.0.1")) {
    await runSuper();
    return;
  }
  process.exitCode = 1;
  console.error(`The port ${port} is taken, perhaps by a node that runs: end it, or choose another with --port.`);
});

function isFree(port: number, hostname: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(port, hostname, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
