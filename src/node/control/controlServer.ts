/**
 * Commands from the same machine: `ai-block status` and `ai-block stop`. One connection carries one request and one
 * reply, each a line of JSON: { token, command } and { ok, … }. Only the loopback interface listens, and only who knows
 * the token from the data folder is answered.
 *
 * Invariant: whatever a connection does, it ends that connection and nothing else.
 */
import { timingSafeEqual } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";

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
  /** With what is done for each. */
  readonly #sockets = new Map<Socket, Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(server: Server, onSocket: (socket: Socket) => Promise<void>) {
    this.#server = server;
    server.on("connection", (socket) => {
      const serving = onSocket(socket).finally(() => this.#sockets.delete(socket));
      this.#sockets.set(socket, serving);
    });
  }

  /** @param token 64 hex digits */
  static async listen(token: string, handlers: ControlHandlers, log: Logger): Promise<ControlServer> {
    const server = createServer({ allowHalfOpen: true });
    server.maxConnections = MAX_CONNECTIONS;
    const control = new ControlServer(server, (socket) => serve(socket, token, handlers, log));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
    // A connection that cannot be accepted, for example because there are too many open files.
    server.on("error", (err) => log.warn({ err }, "a command could not be taken"));
    return control;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
      for (const socket of this.#sockets.keys()) socket.destroy();
      await Promise.all([closed, ...this.#sockets.values()]);
    })();
    return this.#closing;
  }
}

/** Resolves when the connection is over; never rejects. */
async function serve(socket: Socket, token: string, handlers: ControlHandlers, log: Logger): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  // Reading fails when the other side resets the connection, says nothing for too long, or the server closes.
  const request = await readRequest(socket).catch(() => undefined);
  if (request === undefined) socket.destroy();
  else {
    const reply = await replyTo(request, token, handlers).catch((error: unknown) => {
      log.error({ err: error }, `a command failed: ${errorMessage(error)}`);
      return lineOf({ ok: false, code: "failed" });
    });
    socket.write(reply);
    // Whatever else the other side sends is not read.
    socket.destroySoon();
  }
  await closed;
}

/** A line, or what there is of it when the other side ends; `undefined` when it is too long. */
async function readRequest(socket: Socket): Promise<string | undefined> {
  let text = "";
  socket.setEncoding("utf8");
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    text += piece;
    if (text.length > MAX_REQUEST_BYTES) return undefined;
    if (text.includes("\n")) break;
  }
  return text;
}

async function replyTo(text: string, token: string, handlers: ControlHandlers): Promise<string> {
  return lineOf(await answer(text, token, handlers));
}

function lineOf(reply: object): string {
  return `${JSON.stringify(reply)}\n`;
}

async function answer(text: string, token: string, handlers: ControlHandlers): Promise<object> {
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
