/**
 * Requests with a wrong key at an even pace, from a thread of their own: a tool that sends each second's share at once and
 * then waits would measure its own bursts.
 */
import { once } from "node:events";
import { setPriority } from "node:os";
import { setTimeout } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openSockets } from "./rawClient.ts";

export interface KeyFlood {
  readonly url: string;
  /** Never the right one. */
  readonly key: string;
  readonly perSecond: number;
  readonly forMs: number;
}

export interface KeyFloodResult {
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Answers of all statuses for each second that it took until the last one. */
  readonly perSecond: number;
}

const CONNECTIONS = 20;
/** The least important thread of the machine: an attacker has a machine of his own. On Linux this is a thread's own value. */
const NICE = 19;
/** For the last answers. */
const PATIENCE_MS = 10_000;

export async function floodWithKeys(flood: KeyFlood): Promise<KeyFloodResult> {
  const worker = new Worker(new URL(import.meta.url), { workerData: flood });
  try {
    const [result] = (await once(worker, "message")) as [KeyFloodResult];
    return result;
  } finally {
    await worker.terminate();
  }
}

/** Written and read as bytes: a client of Node's would take as much of the two cores as the server under test. */
async function send({ url, key, perSecond, forMs }: KeyFlood): Promise<KeyFloodResult> {
  const { port, pathname, host } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n\r\n`;
  const statuses: Record<number, number> = {};
  const all = await openSockets(Number(port), CONNECTIONS);
  const idle = [...all];
  let answers = 0;
  for (const socket of all) {
    socket.setEncoding("latin1").on("data", (text: unknown) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text as string)?.[1];
      // The rest of an answer in two pieces.
      if (status === undefined) return;
      statuses[Number(status)] = (statuses[Number(status)] ?? 0) + 1;
      answers++;
      idle.push(socket);
    });
  }
  const start = performance.now();
  let sent = 0;
  for (let elapsedMs = 0; elapsedMs < forMs || answers < sent; elapsedMs = performance.now() - start) {
    if (elapsedMs > forMs + PATIENCE_MS) throw new Error(`${sent} requests were sent, ${answers} answered`);
    const due = Math.min(forMs, elapsedMs) * (perSecond / 1000);
    while (sent < due && idle.length > 0) {
      idle.shift()?.write(request);
      sent++;
    }
    await setTimeout(1);
  }
  const seconds = (performance.now() - start) / 1000;
  for (const socket of all) socket.destroy();
  return { statuses, perSecond: Math.round(answers / seconds) };
}

if (!isMainThread && parentPort !== null) {
  setPriority(NICE);
  parentPort.postMessage(await send(workerData as KeyFlood));
}
