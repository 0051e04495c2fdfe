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
    this.#together();
    res.status(200).flushHeaders();
    this.#timer = setInterval(() => {
      if (!res.destroyed && res.socket?.writableNeedDrain !== true && !res.writableEnded) res.write(": keep-alive\n\n");
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
      // What follows at once, the end for example, goes out with it.
      this.#together();
      return this.write(text) ?? Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * As `sendText`, for what is sent with every token: a promise only when there is no room for more. Throws `client_gone`.
   */
  write(text: string): Promise<void> | undefined {
    const { socket, chunkedEncoding } = this.#res;
    const length = Buffer.byteLength(text);
    if (length > LIMITS.streamPieceBytes) return this.#writePieces(Buffer.from(text));
    if (length === 0 || socket === null || !chunkedEncoding) return this.#writePiece(Buffer.from(text));
    this.#requireClient();
    // The chunk of HTTP/1.1 as one piece: `res.write` would hand four to the socket, at twice the time.
    const chunk = `${length.toString(16)}\r\n${text}\r\n`;
    // A text of as many bytes as characters is ASCII and needs no buffer of its own.
    const room = socket.write(length === text.length ? chunk : Buffer.from(chunk), "latin1");
    return room ? undefined : this.#drained();
  }

  /** Keeps nothing but the bytes while it waits: their text would be as much again. */
  async #writePieces(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; from += LIMITS.streamPieceBytes) {
      await this.#writePiece(bytes.subarray(from, from + LIMITS.streamPieceBytes));
    }
  }

  #writePiece(piece: Buffer): Promise<void> | undefined {
    this.#requireClient();
    return this.#res.write(piece) ? undefined : this.#drained();
  }

  /** Nothing may be sent afterwards. */
  end(): void {
    clearInterval(this.#timer);
    if (!this.#res.destroyed) this.#res.end();
  }

  #requireClient(): void {
    if (this.#res.destroyed) throw apiError("client_gone", "the client went away");
  }

  /** Until the code that runs now is done, writes are collected. */
  #together(): void {
    const { socket } = this.#res;
    socket?.cork();
    process.nextTick(() => socket?.uncork());
  }

  #drained(): Promise<void> {
    const res = this.#res;
    const written = res.socket ?? res;
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        written.off("drain", onDrain);
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
      written.on("drain", onDrain);
      res.on("close", onClose);
    });
  }
}
