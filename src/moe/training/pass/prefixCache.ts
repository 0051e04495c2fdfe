/** Remembered prefixes of sequences, bounded in bytes: the least recently used goes first. */
import { createHash } from "node:crypto";
import { BoundedMap } from "../../../core/boundedMap.ts";

/** What a sequence is before the trained expert adds its part. */
export interface Prefix {
  /** Residual stream after the expert's layer without its part, [length][hiddenSize]; empty without positions. */
  readonly base: Float32Array;
  /** Positions that go to the expert. */
  readonly positions: Int32Array;
  /** The expert's input at these positions, [positions][hiddenSize], and the factor of its output. */
  readonly x: Float32Array;
  readonly factors: Float32Array;
  /** Sum of the losses of a sequence without such positions: nothing that is trained changes it. */
  readonly constantLoss: number;
}

const MAX_PREFIXES = 65_536;
/** Of an entry, besides its arrays. */
const OVERHEAD_BYTES = 512;

export class PrefixCache {
  readonly #maxBytes: number;
  readonly #prefixes = new BoundedMap<string, Prefix>(MAX_PREFIXES, (_, prefix) => {
    this.#bytes -= bytesOf(prefix);
  });
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): Prefix | undefined {
    return this.#prefixes.get(key);
  }

  /** Remembers the prefix unless it alone is larger than the cache. */
  set(key: string, prefix: Prefix): void {
    const bytes = bytesOf(prefix);
    if (bytes > this.#maxBytes) return;
    for (const [oldest, other] of this.#prefixes.entries()) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#prefixes.delete(oldest);
      this.#bytes -= bytesOf(other);
    }
    this.#prefixes.set(key, prefix);
    this.#bytes += bytes;
  }
}

/** A name for a sequence and its targets. */
export function sequenceKey(tokens: readonly number[], targets: readonly boolean[] | undefined): string {
  const hash = createHash("sha256").update(Int32Array.from(tokens));
  if (targets !== undefined) hash.update(Uint8Array.from(targets, Number));
  return hash.digest("base64");
}

function bytesOf({ base, positions, x, factors }: Prefix): number {
  return OVERHEAD_BYTES + 4 * (base.length + positions.length + x.length + factors.length);
}
