/** JSON-RPC over a socket of this machine: a line for each request and for each answer, which come in any order. */
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

interface Answer {
  id: number;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

interface Waiting {
  method: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** What a node answered instead of a result; `data` is what a call reverted with. */
export class NodeError extends Error {
  constructor(
    message: string,
    readonly code: number,
    readonly data: unknown,
  ) {
    super(message);
  }
}

/** How often, at most, and after how many milliseconds a node that does not listen yet is tried again. */
const [TRIES, BETWEEN] = [200, 25] as const;

export class RpcSocket {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  /** Of a line that has not ended. */
  private readonly parts: string[] = [];

  private constructor(private readonly socket: net.Socket) {
    socket.setEncoding("utf8").on("data", (chunk) => {
      this.take(String(chunk));
    });
    socket.on("close", () => {
      for (const { method, reject } of this.waiting.values())
        reject(new Error(`The node ended before it answered ${method}.`));
      this.waiting.clear();
    });
  }

  static async connect(file: string): Promise<RpcSocket> {
    for (let tried = 1; ; tried++) {
      const socket = net.connect(file);
      const error = await new Promise<Error | undefined>((resolve) => {
        socket.once("connect", resolve).once("error", resolve);
      });
      if (!error) return new RpcSocket(socket);
      if (tried === TRIES) throw error;
      await pause(BETWEEN);
    }
  }

  /** Throws NodeError where the node refuses, and an error where it has ended. */
  request(method: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) throw new Error(`The node ended before it was asked ${method}.`);
      const id = this.asked++;
      this.waiting.set(id, { method, resolve, reject });
      this.socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params: params ?? [] })}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: string): void {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      this.settle([...this.parts.splice(0), chunk.slice(from, end)].join(""));
      from = end + 1;
    }
    this.parts.push(chunk.slice(from));
  }

  private settle(line: string): void {
    const { id, result, error } = JSON.parse(line) as Answer;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(new NodeError(`${waiting.method}: ${error.message}`, error.code, error.data));
    else waiting?.resolve(result);
  }
}
