/**
 * Commands from the same machine: `ai-block status` and `ai-block stop`. One connection carries one request and one
 * reply, each a line of JSON: { token, command } and { ok, … }. Only the loopback interface listens, and only who knows
 * the token from the data folder is answered.
 */
import { timingSafeEqual } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export interface ControlHandlers {
  /** What `status` shows: plain data. */
  status(): Promise<unknown>;
  /** Asks the node to shut down; returns at once. */
  stop(): void;
}

const MAX_REQUEST_BYTES = 1024;
const TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 16;

export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param token 64 hex digits */
  static async listen(token: string, handlers: ControlHandlers): Promise<ControlServer> {
    const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket, token, handlers));
    server.maxConnections = MAX_CONNECTIONS;
    const control = new ControlServer(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
    return control;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** May be called twice. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}

async function serve(socket: Socket, token: string, handlers: ControlHandlers): Promise<void> {
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  let text = "";
  socket.setEncoding("utf8");
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    text += piece;
    if (text.length > MAX_REQUEST_BYTES) {
      socket.destroy();
      return;
    }
    if (text.includes("\n")) break;
  }
  const reply = await answer(text, token, handlers);
  socket.end(`${JSON.stringify(reply)}\n`);
}

async function answer(text: string, token: string, handlers: ControlHandlers): Promise<unknown> {
  const request = parse(text);
  if (request === undefined || !isEqual(request.token, token)) return { ok: false, code: "bad_token" };
  if (request.command === "status") return { ok: true, status: await handlers.status() };
  if (request.command === "stop") {
    handlers.stop();
    return { ok: true };
  }
  return { ok: false, code: "unknown_command" };
}

function parse(text: string): { token: string; command: string } | undefined {
  try {
    const { token, command } = JSON.parse(text) as Record<string, unknown>;
    return typeof token === "string" && typeof command === "string" ? { token, command } : undefined;
  } catch {
    return undefined;
  }
}

function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given, "utf8");
  const b = Buffer.from(expected, "utf8");
  return a.length === b.length && timingSafeEqual(a, b);
}
