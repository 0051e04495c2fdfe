/**
 * One request at a time on a connection. HTTP/1.1 lets a client send the next ones before it has the answer (pipelining),
 * and Node begins all that came in one piece of data before it looks at anybody else: 500 clients with 100 requests each
 * kept the node from everybody for a minute. Such a client gets the first answer, then the connection closes; it has to
 * ask again for the others (RFC 9112, 9.3.2), and nothing of them was done.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A client with more of them is cut off before its first answer: they are kept until then. */
const MAX_EARLY = 16;

export function oneRequestAtATime(listener: RequestListener): RequestListener {
  /** Requests that came too early, of connections with an answer under way. */
  const early = new WeakMap<Socket, number>();
  return (req: IncomingMessage, res: ServerResponse): void => {
    const { socket } = req;
    const count = early.get(socket);
    if (count === undefined) {
      early.set(socket, 0);
      res.once("close", () => {
        if (early.get(socket) !== 0) socket.destroySoon();
        else early.delete(socket);
      });
      listener(req, res);
    } else {
      early.set(socket, count + 1);
      if (count + 1 > MAX_EARLY) socket.destroy();
    }
  };
}
