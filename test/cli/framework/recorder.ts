/** A stream that keeps what is written, without colours whatever the environment says. */
import { Writable } from "node:stream";

export interface Recorder {
  readonly stream: NodeJS.WriteStream;
  text(): string;
}

/** `columns` makes it a terminal. */
export function recorder(columns?: number): Recorder {
  delete process.env.FORCE_COLOR;
  let text = "";
  const stream = new Writable({
    decodeStrings: false,
    write: (piece: string, _encoding, done) => {
      text += piece;
      done();
    },
  });
  const kind = { isTTY: columns !== undefined, columns, getColorDepth: () => 1 };
  return { stream: Object.assign(stream, kind) as unknown as NodeJS.WriteStream, text: () => text };
}
