/** A client of a stream that remembers how it ended. */
import { connect, type Socket } from "node:net";

export interface Ending {
  /** `done`: the last event came. `error`: an error came, as an event or as the answer. `cut`: neither. */
  readonly kind: "done" | "error" | "cut";
  /** Of an answer that was finished. */
  readonly tokens: number;
}

export interface StreamClient {
  readonly socket: Socket;
  readonly ended: Promise<Ending>;
}

/** Sends `request`; with `reads: false` nothing of the answer is ever read. */
export function openStream(port: number, request: string, { reads = true } = {}): StreamClient {
  const socket = connect(port, "127.0.0.1");
  const ended = Promise.withResolvers<Ending>();
  let text = "";
  socket.on("error", () => undefined);
  socket.on("connect", () => socket.write(request));
  if (reads) {
    socket.on("data", (bytes: Buffer) => {
      text += String(bytes);
    });
  }
  socket.on("close", () => ended.resolve(endingOf(text)));
  return { socket, ended: ended.promise };
}

function endingOf(text: string): Ending {
  const done = /event: done\ndata: (.+)\n\n/.exec(text)?.[1];
  if (done !== undefined) {
    const { usage } = JSON.parse(done) as { usage: { completion_tokens: number } };
    return { kind: "done", tokens: usage.completion_tokens };
  }
  const isError = text.includes("event: error\n") || /^HTTP\/1\.1 [45]\d\d /.test(text);
  return { kind: isError ? "error" : "cut", tokens: 0 };
}
