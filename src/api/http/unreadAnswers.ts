/**
 * Closes connections whose client does not read its whole answer: it lies in memory, and its connection takes a place,
 * until it is read.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** After `stallMs` in which a client took nothing of what waits for it. An answer that is still computed may take longer. */
export function closeUnread(server: Server, stallMs: number): void {
  const answering = new WeakSet<Socket>();
  // Node's own timer of a socket begins anew with every byte that comes or goes, and serves keep-alive as well.
  server.timeout = stallMs;
  server.on("request", ({ socket }: IncomingMessage, res: ServerResponse) => {
    answering.add(socket);
    res.once("close", () => answering.delete(socket));
  });
  server.on("timeout", (socket: Socket) => {
    const nothingToRead = answering.has(socket) && socket.writableLength === 0;
    if (nothingToRead) socket.setTimeout(stallMs);
    else socket.destroy();
  });
}
