/**
 * Changes that belong together: read through a layer of what is not stored yet, then written in one atomic batch.
 */
import type { Change, RowReader } from "./database.ts";
import { type KeyText, textOfKey } from "./keyText.ts";

export class Transaction implements RowReader {
  readonly #base: RowReader;
  readonly #changes = new Map<KeyText, Change>();
  /** What `atomically` has to put back if it fails, oldest first. */
  #undo: [KeyText, Change | undefined][] | undefined;

  constructor(base: RowReader) {
    this.#base = base;
  }

  get size(): number {
    return this.#changes.size;
  }

  get(key: Uint8Array, text: KeyText = textOfKey(key)): Uint8Array | undefined {
    const change = this.#changes.get(text);
    return change === undefined ? this.#base.get(key, text) : (change[1] ?? undefined);
  }

  /** The change made here to the row at `key`: its value, `null` for deleted, `undefined` for none. */
  changed(key: Uint8Array, text: KeyText = textOfKey(key)): Uint8Array | null | undefined {
    return this.#changes.get(text)?.[1];
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#change(key, value);
  }

  delete(key: Uint8Array): void {
    this.#change(key, null);
  }

  /** Does `work`, which changes this transaction; when it throws, nothing of its changes is left. Not to be nested. */
  async atomically(work: () => Promise<void>): Promise<void> {
    const undo: [KeyText, Change | undefined][] = [];
    this.#undo = undo;
    try {
      await work();
    } catch (error) {
      for (const [text, before] of undo.reverse()) {
        if (before === undefined) this.#changes.delete(text);
        else this.#changes.set(text, before);
      }
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }

  /** Takes over all changes of `other`, a transaction on top of this one. */
  absorb(other: Transaction): void {
    for (const [keyText, change] of other.#changes) this.#changes.set(keyText, change);
  }

  changes(): Iterable<Change> {
    return this.#changes.values();
  }

  /** The same by the texts of their keys. */
  changesByText(): Iterable<[KeyText, Change]> {
    return this.#changes;
  }

  /** The keys put here that begin with `prefix`, in no particular order. */
  *putsWithPrefix(prefix: Uint8Array): Generator<Uint8Array> {
    const text = textOfKey(prefix);
    for (const [keyText, [key, value]] of this.#changes) {
      if (value !== null && keyText.startsWith(text)) yield key;
    }
  }

  #change(key: Uint8Array, value: Uint8Array | null): void {
    const text = textOfKey(key);
    this.#undo?.push([text, this.#changes.get(text)]);
    this.#changes.set(text, [key, value]);
  }
}
