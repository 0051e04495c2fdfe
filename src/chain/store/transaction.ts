/**
 * Changes that belong together: read through a layer of what is not stored yet, then written in one atomic batch.
 */
import type { Change, RowReader } from "./database.ts";

export class Transaction implements RowReader {
  readonly #base: RowReader;
  readonly #changes = new Map<string, Change>();

  constructor(base: RowReader) {
    this.#base = base;
  }

  get size(): number {
    return this.#changes.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const change = this.#changes.get(textOf(key));
    return change === undefined ? this.#base.get(key) : (change[1] ?? undefined);
  }

  /** The change made here to the row at `key`: its value, `null` for deleted, `undefined` for none. */
  changed(key: Uint8Array): Uint8Array | null | undefined {
    return this.#changes.get(textOf(key))?.[1];
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#changes.set(textOf(key), [key, value]);
  }

  delete(key: Uint8Array): void {
    this.#changes.set(textOf(key), [key, null]);
  }

  /** Takes over all changes of `other`, a transaction on top of this one. */
  absorb(other: Transaction): void {
    for (const [keyText, change] of other.#changes) this.#changes.set(keyText, change);
  }

  changes(): Iterable<Change> {
    return this.#changes.values();
  }

  /** The keys put here that begin with `prefix`, in no particular order. */
  *putsWithPrefix(prefix: Uint8Array): Generator<Uint8Array> {
    const text = textOf(prefix);
    for (const [keyText, [key, value]] of this.#changes) {
      if (value !== null && keyText.startsWith(text)) yield key;
    }
  }
}

/** A map key for bytes: one character a byte. */
function textOf(key: Uint8Array): string {
  return (Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)).toString("latin1");
}
