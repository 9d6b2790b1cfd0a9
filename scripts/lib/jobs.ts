/** Node programs that run beside each other and are read one after the other. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Job {
  /** Arguments to Node: the script, and its own. */
  program: string[];
  /** Added to this process's environment. */
  env: NodeJS.ProcessEnv;
  /** Some of those before it: it starts once they have ended well, and otherwise not at all. */
  after?: readonly Job[];
}

/** What a program has printed while nobody listened. */
type Printed = [stream: NodeJS.WriteStream, text: string];

/**
 * Starts all jobs at once in `folder`, but those that wait for another, and resolves to their exit codes, 1 for one that
 * did not start. What the first prints is shown as it comes, what another does once those before it have ended.
 */
export async function runBeside(jobs: readonly Job[], folder: string): Promise<number[]> {
  const running = new Map<Job, Running>();
  for (const job of jobs) {
    const before = (job.after ?? []).map((one) => running.get(one)?.code ?? Promise.resolve(1));
    running.set(job, start(job, folder, before));
  }
  const codes: number[] = [];
  for (const one of running.values()) {
    one.show();
    codes.push(await one.code);
  }
  return codes;
}

interface Running {
  code: Promise<number>;
  /** Shows what it has printed, and from now on what it prints. */
  show: () => void;
}

function start({ program, env }: Job, folder: string, before: Promise<number>[]): Running {
  const kept: Printed[] = [];
  let shown = false;
  const print = (...[stream, text]: Printed): void => {
    if (shown) stream.write(text);
    else kept.push([stream, text]);
  };
  const launch = (): Promise<number> => {
    const child = spawn(process.execPath, program, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      print(process.stdout, text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      print(process.stderr, text);
    });
    return codeOf(child, print);
  };
  const show = (): void => {
    shown = true;
    for (const [stream, text] of kept.splice(0)) stream.write(text);
  };
  const code = Promise.all(before).then((codes) => (codes.every((one) => one === 0) ? launch() : 1));
  return { code, show };
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
