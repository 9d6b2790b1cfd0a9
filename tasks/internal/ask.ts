/** Questions on the terminal. They go to stderr, since stdout is for answers. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** Where a question is asked: the process's own streams, or a test's. */
export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
}

export const terminal: Terminal = { input: process.stdin, output: process.stderr };

/** Whether somebody is there to answer. */
export function canAsk({ input }: Terminal): boolean {
  return input.isTTY === true;
}

/** The answer, or an empty one where the input ends. */
export async function ask({ input, output }: Terminal, question: string): Promise<string> {
  output.write(question);
  return readLine(input, output);
}

/** Like `ask`, without showing what is typed. */
export async function askSecret({ input, output }: Terminal, question: string): Promise<string> {
  output.write(question);
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const answer = await readLine(input, nowhere, true);
  output.write("\n");
  return answer;
}

function readLine(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, raw = false): Promise<string> {
  const reader = createInterface({ input, output, ...(raw ? { terminal: true } : {}) });
  return new Promise((resolve) => {
    reader.once("line", (line) => {
      resolve(line);
      reader.close();
    });
    reader.once("close", () => {
      resolve("");
    });
  });
}
