/**
 * Rows of the embedding, in float32 as they are looked up. A small table is read whole; of a large one only the rows
 * that occur, a few thousand of which are kept.
 */
import { BoundedMap } from "../../core/boundedMap.ts";
import { tensorBytes } from "../formats/dtype.ts";
import { toFloat32 } from "../formats/float32.ts";
import { modelError } from "../model/errors.ts";
import { requireSlot, type SlotSource } from "../slotSource.ts";
import type { TensorInfo } from "../tensor.ts";

/** Tables up to this size are read at once: a row on demand costs a trip to the caller's thread and back. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const KEPT_ROWS = 4096;

export class EmbeddingTable {
  readonly #source: SlotSource;
  readonly #tensor: TensorInfo;
  readonly #rowBytes: number;
  readonly #rows = new BoundedMap<number, Float32Array>(KEPT_ROWS);
  #whole: Uint8Array | undefined;

  /** Use `load`. */
  constructor(source: SlotSource, tensor: TensorInfo) {
    this.#source = source;
    this.#tensor = tensor;
    this.#rowBytes = tensorBytes(tensor.dtype, [source.spec.hiddenSize]);
  }

  static async load(source: SlotSource, signal?: AbortSignal): Promise<EmbeddingTable> {
    const tensor = requireSlot(source, "embedding").parts[0]?.tensors[0];
    if (tensor === undefined) throw modelError("slot_missing", "slot embedding: it has no tensor");
    const table = new EmbeddingTable(source, tensor);
    if (source.readRange === undefined || tensor.byteLength <= WHOLE_BYTES) {
      table.#whole = await source.read("embedding", tensor.name, signal === undefined ? {} : { signal });
    }
    return table;
  }

  /** Writes the rows of `ids` to the start of `out`, [ids.length][hiddenSize], times the model's multiplier. */
  async lookUp(ids: readonly number[], out: Float32Array, signal?: AbortSignal): Promise<void> {
    const { hiddenSize, multipliers } = this.#source.spec;
    const missing = new Map<number, Promise<Float32Array>>();
    for (const id of ids) if (!this.#rows.has(id) && !missing.has(id)) missing.set(id, this.#read(id, signal));
    const fresh = new Map<number, Float32Array>();
    for (const [id, row] of missing) fresh.set(id, await row);
    for (const [i, id] of ids.entries()) {
      const row = fresh.get(id) ?? (this.#rows.get(id) as Float32Array);
      for (let j = 0; j < hiddenSize; j++) out[i * hiddenSize + j] = (row[j] as number) * multipliers.embedding;
    }
    for (const [id, row] of fresh) this.#rows.set(id, row);
  }

  async #read(id: number, signal: AbortSignal | undefined): Promise<Float32Array> {
    const at = id * this.#rowBytes;
    const bytes =
      this.#whole?.slice(at, at + this.#rowBytes) ??
      (await this.#source.readRange?.(
        "embedding",
        this.#tensor.name,
        at,
        this.#rowBytes,
        signal === undefined ? {} : { signal },
      ));
    return toFloat32(bytes as Uint8Array, this.#tensor.dtype);
  }
}
