/**
 * Tensors of payloads, read by their place in the file. A few files stay open between reads; every byte is checked
 * against its chunk's hash before it leaves here, and the file's header against what the manifest says of the slot.
 */
import type { PayloadReader } from "../../chain/payload/payloadReader.ts";
import type { PayloadStore } from "../../chain/payload/payloadStore.ts";
import { toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { checkTensorRange, type PlacedTensor } from "../../moe/formats/placedTensors.ts";
import { readSafetensorsHeader } from "../../moe/formats/safetensors/header.ts";
import type { TensorInfo } from "../../moe/tensor.ts";
import { payloadForm } from "./payloadForm.ts";

const MAX_OPEN = 32;

export interface PayloadSlot {
  readonly slot: string;
  /** Payload root: 32 bytes. */
  readonly root: Uint8Array;
  /** What the manifest says: by name. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

interface Opened {
  readonly reader: PayloadReader;
  readonly placed: ReadonlyMap<string, PlacedTensor>;
}

interface Entry {
  readonly opened: Promise<Opened>;
  users: number;
}

export class PayloadTensors {
  readonly #payloads: PayloadStore;
  /** By root in hex, the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #closing = false;

  constructor(payloads: PayloadStore) {
    this.#payloads = payloads;
  }

  /**
   * Bytes of one tensor, or of a range of it, in a buffer that the caller owns. Throws `payload_missing`,
   * `payload_corrupt`, `payload_mismatch`, `tensor_missing`, `read_out_of_range`.
   */
  read(slot: PayloadSlot, tensor: string, byteOffset = 0, byteLength?: number): Promise<Uint8Array> {
    return this.#use(slot, async ({ reader, placed }) => {
      const found = placed.get(tensor);
      if (found === undefined) {
        throw new AiBlockError("tensor_missing", `slot ${slot.slot}: it has no tensor ${tensor}`, { tensor });
      }
      const length = byteLength ?? found.byteLength;
      checkTensorRange(found, byteOffset, length);
      const bytes = await reader.read(found.fileOffset + byteOffset, length);
      return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    });
  }

  /** Opens the payload and checks its header. Throws as `read` does. */
  check(slot: PayloadSlot): Promise<void> {
    return this.#use(slot, async () => {});
  }

  /** Waits for reads in flight. May be called twice. */
  async close(): Promise<void> {
    this.#closing = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.allSettled(entries.filter(({ users }) => users === 0).map(closeEntry));
  }

  async #use<T>(slot: PayloadSlot, work: (opened: Opened) => Promise<T>): Promise<T> {
    const key = toHex(slot.root);
    const entry = this.#entries.get(key) ?? { opened: this.#open(slot), users: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      return await work(await entry.opened);
    } catch (error) {
      // What is damaged or missing now may be repaired later: look again the next time.
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    } finally {
      entry.users -= 1;
      if (entry.users === 0 && (this.#closing || this.#entries.get(key) !== entry)) await closeEntry(entry);
      await this.#closeOldest();
    }
  }

  async #open({ slot, root, tensors }: PayloadSlot): Promise<Opened> {
    const reader = await this.#payloads.open(root);
    try {
      const source = {
        name: `payload of ${slot}`,
        byteLength: reader.bytes,
        read: async (offset: number, length: number) => new Uint8Array(await reader.read(offset, length)),
        close: () => reader.close(),
      };
      const { tensors: placed } = await readSafetensorsHeader(source);
      checkAgainst(slot, placed, tensors);
      return { reader, placed };
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  async #closeOldest(): Promise<void> {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= MAX_OPEN) return;
      if (entry.users > 0) continue;
      this.#entries.delete(key);
      await closeEntry(entry);
    }
  }
}

async function closeEntry({ opened }: Entry): Promise<void> {
  await opened.then(
    ({ reader }) => reader.close(),
    () => undefined,
  );
}

/** Exactly the manifest's tensors. Throws `payload_mismatch`. */
function checkAgainst(
  slot: string,
  placed: ReadonlyMap<string, PlacedTensor>,
  expected: ReadonlyMap<string, TensorInfo>,
): void {
  const isAsExpected = (tensor: TensorInfo): boolean => {
    const { name, dtype, shape } = payloadForm(tensor);
    const found = placed.get(name);
    return found?.dtype === dtype && found.shape.join() === shape.join();
  };
  const wrong = [...expected.values()].find((tensor) => !isAsExpected(tensor));
  if (wrong === undefined && placed.size === expected.size) return;
  const what = wrong === undefined ? `${expected.size} tensors, got ${placed.size}` : `tensor ${describe(wrong)}`;
  throw new AiBlockError("payload_mismatch", `slot ${slot}: its payload differs from the manifest: expected ${what}`);
}

function describe({ name, dtype, shape }: TensorInfo): string {
  return `${name} as ${dtype} [${shape.join(", ")}]`;
}
