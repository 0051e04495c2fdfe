/**
 * The bytes of a file, for those who read it to its end. A stream is opened at once, and an error that it has before
 * somebody reads ends the process; this one is opened when the first piece is asked for.
 */
import { createReadStream } from "node:fs";

const PIECE_BYTES = 2 ** 20;

/**
 * Pieces of up to 1 MiB. The file is closed after the last one, or when the reader stops. Throws the system's errors
 * (`ENOENT`, `EMFILE`, …) to the reader.
 */
export async function* filePieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>;
}
