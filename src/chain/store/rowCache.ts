/**
 * Rows that were read lately, and rows that were found absent: validation asks for the same ones again and again, and
 * a look-up in LevelDB costs ten times as much. Whoever writes must say so before anybody reads what was written.
 *
 * Two generations instead of a list by last use, since most look-ups then change nothing: when the young one is full it
 * becomes the old one, which is dropped; what is found in the old one moves to the young one.
 */
import type { Change } from "./database.ts";
import type { KeyText } from "./keyText.ts";

const MAX_ROWS = 4096;
/** Longer values are not kept: with their keys, all together take a few MiB at most. */
const MAX_VALUE_BYTES = 256;

/** `null`: there is no such row. */
type Generation = Map<KeyText, Uint8Array | null>;

export class RowCache {
  #young: Generation = new Map();
  #old: Generation = new Map();

  /** The row at the key, which `read` gives when it is not remembered. */
  get(text: KeyText, read: () => Uint8Array | undefined): Uint8Array | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young ?? undefined;
    const old = this.#old.get(text);
    const value = old === undefined ? read() : (old ?? undefined);
    if (value === undefined || value.length <= MAX_VALUE_BYTES) this.#remember(text, value ?? null);
    return value;
  }

  /** Takes over what has been written. */
  onWritten(changes: Iterable<[KeyText, Change]>): void {
    for (const [text, [, value]] of changes) {
      this.#old.delete(text);
      if (!this.#young.has(text)) continue;
      if (value === null || value.length <= MAX_VALUE_BYTES) this.#young.set(text, value);
      else this.#young.delete(text);
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #remember(text: KeyText, value: Uint8Array | null): void {
    if (this.#young.size >= MAX_ROWS) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, value);
  }
}
