/** Starts the attacked server in a process of its own, and asks it how it is. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { BareJob } from "../../../bench/http/bareChats.ts";
import { interrupted } from "../interruption.ts";
import type { ScriptName, ServerOptions, ServerRequest, ServerStats } from "./protocol.ts";

/** After it was told to end; then it is killed. */
const END_MS = 10_000;

export interface RemoteServer {
  readonly port: number;
  readonly url: string;
  ask(what: Exclude<ServerRequest["ask"], "script" | "bare">): Promise<ServerStats>;
  script(name: ScriptName): Promise<void>;
  /** Has the server's own model chat without HTTP. */
  bare(job: BareJob): Promise<{ readonly tokens: number; readonly seconds: number }>;
  /** Sends a signal and resolves with the exit code when the process has ended. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Runs `use` with a server, which is ended afterwards whatever happens, with time to remove its folders. Throws when the
 * server ended by itself, or was ended by an interruption.
 */
export async function withRemoteServer<T>(
  options: ServerOptions,
  use: (server: RemoteServer) => Promise<T>,
): Promise<T> {
  interrupted.throwIfAborted();
  const child = fork(join(import.meta.dirname, "main.ts"), [JSON.stringify(options)], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const terminate = (): void => {
    child.kill("SIGTERM");
  };
  interrupted.addEventListener("abort", terminate);
  const waiting = new Map<number, (result: unknown) => void>();
  child.on("message", ({ id, result }: { id: number; result: unknown }) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const gone = exited.then(([code]) => Promise.reject(new Error(`the server's process ended with ${code}`)));
  gone.catch(() => undefined);
  const answerTo = <R>(id: number): Promise<R> =>
    Promise.race([new Promise<R>((resolve) => waiting.set(id, resolve as (result: unknown) => void)), gone]);
  let ids = 0;
  const ask = <R>(request: Omit<ServerRequest, "id">): Promise<R> => {
    const id = ++ids;
    // Fails when the process is gone; then so does what follows.
    child.send({ id, ...request }, () => undefined);
    return answerTo<R>(id);
  };
  try {
    const { port } = await answerTo<{ port: number }>(0);
    return await use({
      port,
      url: `http://127.0.0.1:${port}`,
      ask: (what) => ask<ServerStats>({ ask: what }),
      script: async (script) => {
        await ask({ ask: "script", script });
      },
      bare: (job) => ask({ ask: "bare", bare: job }),
      end: async (signal = "SIGTERM") => {
        child.kill(signal);
        return (await exited)[0];
      },
    });
  } finally {
    interrupted.removeEventListener("abort", terminate);
    terminate();
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await exited;
    clearTimeout(timer);
  }
}
