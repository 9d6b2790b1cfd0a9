/** Node programs that run beside each other and are read one after the other. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Job {
  /** Arguments to Node: the script, and its own. */
  program: string[];
  /** Added to this process's environment. */
  env: NodeJS.ProcessEnv;
}

/** What a program has printed while nobody listened. */
type Printed = [stream: NodeJS.WriteStream, text: string];

/**
 * Starts all jobs at once in `folder` and resolves to their exit codes, 1 for one that could not start. What the first
 * prints is shown as it comes, what another does once those before it have ended.
 */
export async function runBeside(jobs: readonly Job[], folder: string): Promise<number[]> {
  const running = jobs.map((job) => start(job, folder));
  const codes: number[] = [];
  for (const one of running) {
    one.show();
    codes.push(await one.code);
  }
  return codes;
}

function start({ program, env }: Job, folder: string): { code: Promise<number>; show: () => void } {
  const child = spawn(process.execPath, program, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kept: Printed[] = [];
  let shown = false;
  const print = (...[stream, text]: Printed): void => {
    if (shown) stream.write(text);
    else kept.push([stream, text]);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    print(process.stdout, text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    print(process.stderr, text);
  });
  const show = (): void => {
    shown = true;
    for (const [stream, text] of kept.splice(0)) stream.write(text);
  };
  return { code: codeOf(child, print), show };
}

function codeOf(child: ChildProcess, print: (...printed: Printed) => void): Promise<number> {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      print(process.stderr, `${error.message}\n`);
      resolve(1);
    });
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}
