/**
 * Keeps a place free for new clients. When the server is full, the connection that has waited longest for its client is
 * closed: for the rest of a request, for the next one, or for an answer to be read. Those with an answer under way stay.
 * So clients that open thousands of connections, and send or read a byte now and then, push out each other.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hasBody } from "./refuseBody.ts";

/** `maxConnections`: most connections at a time, one of them for whoever comes next. */
export function keepRoom(server: Server, maxConnections: number): void {
  const open = new Set<Socket>();
  /** Oldest first. */
  const waiting = new Set<Socket>();
  const answering = new WeakSet<Socket>();
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
    const { socket } = req;
    // One that came before the answer to the last one: nobody works on it (oneRequest.ts).
    if (answering.has(socket)) return;
    answering.add(socket);
    const received = (): void => {
      if (!res.writableEnded) waiting.delete(socket);
    };
    const ready = (): void => {
      waiting.delete(socket);
      if (open.has(socket)) waiting.add(socket);
    };
    if (hasBody(req)) req.once("end", received);
    else received();
    // All of the answer is there: the client has to read it.
    res.once("prefinish", ready);
    res.once("close", () => {
      answering.delete(socket);
      ready();
    });
  });
  const forget = (socket: Socket): void => {
    open.delete(socket);
    waiting.delete(socket);
  };
}
