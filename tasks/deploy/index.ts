import { createRequire } from "node:module";

import { TASK_COMPILE } from "hardhat/builtin-tasks/task-names";
import { task } from "hardhat/config";

import { isLive } from "../../config/variables";
import { command, prepareSending, requireNode, respond, showInUse } from "../internal/command";
import type * as Check from "./check";
import type * as Deploy from "./deploy";
import type * as Status from "./status";

const load = createRequire(__filename);

/** hardhat-deploy's own task, preceded by what a live network asks for and followed by a check and the manifest. */
task("deploy", "Deploys the system, or what of it is missing")
  .addFlag("yes", "Send to a live network without asking")
  .addFlag("json", "Print the manifest as JSON and nothing else")
  .setAction(({ yes, json, ...options }: Deploy.Options & { yes: boolean; json: boolean }, hre, runSuper) =>
    respond(hre, json, async () => {
      requireNode(hre);
      await hre.run(TASK_COMPILE, { quiet: true });
      if (isLive(hre.network.name)) await prepareSending(hre, yes);
      const { deploy } = load("./deploy") as typeof Deploy;
      return deploy(hre, { ...options, silent: options.silent || json }, runSuper);
    }),
  );

showInUse("deploy", "--network sepolia");

command(
  "deploy:check",
  "Compares the deployment with what it should be",
  {},
  (hre) => (load("./check") as typeof Check).check(hre),
  { example: "--network sepolia" },
);

command(
  "deploy:status",
  "Shows what is deployed, and which step is missing",
  {},
  (hre) => (load("./status") as typeof Status).status(hre),
  { example: "--network sepolia" },
);
