/**
 * The batches in LevelDB's log: sequence number u64 | number of changes u32 | for each: 1, key, value, or 0, key; keys
 * and values behind their lengths.
 */
import { VarintReader } from "./varint.ts";

const HEAD_BYTES = 12;
const PUT = 1;

/** The rows that a batch puts. A batch whose checksum was right is not damaged; one that is odd all the same ends early. */
export function* putsOf(batch: Uint8Array): Generator<{ key: Uint8Array; value: Uint8Array }> {
  const reader = new VarintReader(batch, HEAD_BYTES);
  try {
    while (!reader.isAtEnd) {
      const kind = reader.byte();
      const key = reader.text();
      if (kind === PUT) yield { key, value: reader.text() };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
