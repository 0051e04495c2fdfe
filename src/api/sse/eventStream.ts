/**
 * A stream of server-sent events whose reader may be slow or gone. Every write waits for room, so the generation behind
 * it is pulled no faster than the client reads; a client that reads nothing is cut off. Comments keep the connection
 * awake. Invariant: no more than `socketBufferBytes` and one piece are ever queued for one client.
 */
import type { Response } from "express";
import { apiError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // Proxies of nginx's kind would hold the events back.
  "x-accel-buffering": "no",
};

export class EventStream {
  readonly #res: Response;
  readonly #timer: NodeJS.Timeout;

  /** Sends the headers; the status is 200 from here on. */
  constructor(res: Response) {
    this.#res = res;
    for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
    // What is sent at once goes out with the headers.
    const { socket } = res;
    socket?.cork();
    res.status(200).flushHeaders();
    process.nextTick(() => socket?.uncork());
    this.#timer = setInterval(() => {
      if (!res.destroyed && !res.writableNeedDrain && !res.writableEnded) res.write(": keep-alive\n\n");
    }, LIMITS.keepAliveCommentMs);
    this.#timer.unref();
    res.on("close", () => clearInterval(this.#timer));
  }

  /** `data: <json>`, after `event: <name>` when there is a name. Throws `client_gone`, `client_too_slow`. */
  send(value: unknown, event?: string): Promise<void> {
    return this.sendText(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`);
  }

  /** Sends whole events. Resolves when there is room for more. */
  sendText(text: string): Promise<void> {
    try {
      return this.write(text) ?? Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * As `sendText`, for what is sent with every token: a promise only when there is no room for more. Throws `client_gone`.
   */
  write(text: string): Promise<void> | undefined {
    const bytes = Buffer.from(text);
    if (bytes.length > LIMITS.streamPieceBytes) return this.#writePieces(bytes);
    return this.#writePiece(bytes);
  }

  /** Keeps nothing but the bytes while it waits: their text would be as much again. */
  async #writePieces(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; from += LIMITS.streamPieceBytes) {
      await this.#writePiece(bytes.subarray(from, from + LIMITS.streamPieceBytes));
    }
  }

  #writePiece(piece: Buffer): Promise<void> | undefined {
    if (this.#res.destroyed) throw apiError("client_gone", "the client went away");
    return this.#res.write(piece) ? undefined : this.#drained();
  }

  /** Nothing may be sent afterwards. */
  end(): void {
    clearInterval(this.#timer);
    if (!this.#res.destroyed) this.#res.end();
  }

  #drained(): Promise<void> {
    const res = this.#res;
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        res.off("drain", onDrain);
        res.off("close", onClose);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onDrain = (): void => finish();
      const onClose = (): void => finish(apiError("client_gone", "the client went away"));
      const timer = setTimeout(() => {
        finish(apiError("client_too_slow", `the client read nothing for ${LIMITS.drainTimeoutMs} ms`));
        res.destroy();
      }, LIMITS.drainTimeoutMs);
      res.on("drain", onDrain);
      res.on("close", onClose);
    });
  }
}
