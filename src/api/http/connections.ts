/**
 * Keeps a place free for new clients. When the server is full, the connection that has waited longest for the rest of
 * its request, or for its next one, is closed; those with an answer under way stay. So clients that open thousands of
 * connections and send a byte now and then push out each other.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** `maxConnections`: most connections at a time, one of them for whoever comes next. */
export function keepRoom(server: Server, maxConnections: number): void {
  const open = new Set<Socket>();
  /** Oldest first. */
  const waiting = new Set<Socket>();
  server.maxConnections = maxConnections;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    waiting.add(socket);
    socket.once("close", () => forget(socket));
    if (open.size < maxConnections) return;
    const [longest = socket] = waiting;
    forget(longest);
    longest.destroy();
  });
  server.on("request", (req: IncomingMessage, res: ServerResponse) => {
    const { socket, headers } = req;
    const received = (): void => {
      waiting.delete(socket);
    };
    const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
    if (hasBody) req.once("end", received);
    else received();
    res.once("close", () => {
      if (open.has(socket)) waiting.add(socket);
    });
  });
  const forget = (socket: Socket): void => {
    open.delete(socket);
    waiting.delete(socket);
  };
}
