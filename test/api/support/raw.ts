/** HTTP as bytes on a socket, for what `fetch` would not send. */
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends `bytes` and resolves with what came until the server closed, or `ms` passed. */
export function sendRaw(port: number, bytes: string | Uint8Array, ms = 90_000): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let all = "";
    const timer = setTimeout(() => socket.destroy(), ms);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      all += text;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      if (all === "") reject(new Error("no answer"));
      else resolve(parseAnswer(all));
    });
    // The server may close while we still send.
    socket.on("error", () => undefined);
    socket.write(bytes);
  });
}

export function parseAnswer(all: string): RawAnswer {
  const end = all.indexOf("\r\n\r\n");
  return { status: Number(all.slice(9, 12)), head: all.slice(0, end), body: all.slice(end + 4) };
}

/** A request as text; `Connection: close`, so that the answer has an end. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const all: Record<string, string> = { Host: "localhost", Connection: "close", ...headers };
  if (body !== "" && all["Content-Length"] === undefined) all["Content-Length"] = String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** Resolves with the ms until the socket is closed. */
export function closedAfter(socket: Socket): Promise<number> {
  const from = performance.now();
  return new Promise((resolve) => {
    if (socket.destroyed) resolve(0);
    else socket.on("close", () => resolve(performance.now() - from));
  });
}
