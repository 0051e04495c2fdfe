/**
 * Closes streams whose client takes nothing any more. A write of theirs waits only when the kernel's buffers are full
 * (sse/eventStream.ts), which takes megabytes, so minutes of a model's work. Where the kernel tells how much of a stream
 * the other machine has not acknowledged, those that stand still are found as soon as that machine's own buffer is full.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connectionKey, readSendQueues } from "./sendQueues.ts";

/** In a stall time. */
const LOOKS = 4;

interface Reader {
  readonly socket: Socket;
  readonly res: ServerResponse;
  /** Most bytes that the client was seen to have taken, and when. */
  takenBytes: number;
  sinceMs: number;
}

/** After `stallMs` in which a client took nothing of what the kernel has for it, and a quarter more at most. */
export function closeUnreadStreams(server: Server, stallMs: number): void {
  const readers = new Map<Socket, Reader>();
  server.on("request", ({ socket }: IncomingMessage, res: ServerResponse) => {
    if (readers.has(socket)) return;
    readers.set(socket, { socket, res, takenBytes: 0, sinceMs: performance.now() });
    res.once("close", () => readers.delete(socket));
  });
  let looking = false;
  const timer = setInterval(() => {
    if (looking || !server.listening) return;
    looking = true;
    void look(server.address() as AddressInfo, readers, stallMs).finally(() => {
      looking = false;
    });
  }, stallMs / LOOKS);
  timer.unref();
  server.once("close", () => clearInterval(timer));
}

async function look({ port }: AddressInfo, readers: ReadonlyMap<Socket, Reader>, stallMs: number): Promise<void> {
  // What Node has handed to the kernel: counted first, so that the difference below is never too much.
  const streams = [...readers.values()]
    .filter(({ res }) => res.headersSent && !res.writableEnded)
    .map((reader) => ({ reader, handedBytes: reader.socket.bytesWritten - reader.socket.writableLength }));
  if (streams.length === 0) return;
  const queues = await readSendQueues(port);
  if (queues === undefined) return;
  const now = performance.now();
  for (const { reader, handedBytes } of streams) {
    const queuedBytes = queues.get(connectionKey(reader.socket)) ?? 0;
    const takenBytes = handedBytes - queuedBytes;
    if (queuedBytes === 0 || takenBytes > reader.takenBytes) Object.assign(reader, { takenBytes, sinceMs: now });
    else if (now - reader.sinceMs >= stallMs) reader.socket.destroy();
  }
}
