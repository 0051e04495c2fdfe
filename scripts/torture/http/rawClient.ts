/** HTTP as bytes on sockets, for clients that behave as no library would. */
import { connect, type Socket } from "node:net";

export interface SentAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  /** From the last byte of the head to the first of the answer. */
  readonly ms: number;
  readonly sentBytes: number;
}

const FILLER = Buffer.alloc(65_536, " ");
const CHUNK = Buffer.from(`10000\r\n${" ".repeat(65_536)}\r\n`);

/**
 * Sends `head`, then blanks up to `moreBytes` (in chunks where the head says so), without looking at the answer until it
 * is there or the connection ends.
 */
export function sendAll(port: number, head: string | Uint8Array, moreBytes = 0): Promise<SentAnswer> {
  const filler = Buffer.from(head).includes("Transfer-Encoding") ? CHUNK : FILLER;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let from = 0;
    let sentBytes = 0;
    let answer: SentAnswer | undefined;
    const fill = (): void => {
      while (sentBytes < moreBytes && !socket.destroyed && answer === undefined) {
        sentBytes += filler.length;
        if (!socket.write(filler)) return;
      }
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error("no answer within 30 s"));
    }, 30_000);
    socket.on("connect", () => {
      from = performance.now();
      socket.write(head);
      fill();
    });
    socket.on("drain", fill);
    socket.on("data", (bytes: Buffer) => {
      answer ??= { status: Number(bytes.subarray(9, 12)), ms: performance.now() - from, sentBytes };
      socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer ?? { status: 0, ms: performance.now() - from, sentBytes });
    });
  });
}

/** A connected socket whose errors are nobody's concern. */
export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Few at a time: of those that the kernel's queue has no place for, the server would never hear. */
export async function openSockets(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const next = Math.min(200, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: next }, () => openSocket(port)))));
  }
  return sockets;
}
