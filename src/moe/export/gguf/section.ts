/**
 * A run of rows of one part of the model, read from the checkpoint and brought into the order of a GGUF tensor.
 *
 * Rows are read in pieces of a few megabytes where the checkpoint stores them as they are; parts that it stores in
 * another arrangement are small enough (one expert, one projection) to be taken whole.
 */
import { elementCount } from "../../formats/dtype.ts";
import { formatError } from "../../formats/errors.ts";
import { toFloat32 } from "../../formats/float32.ts";
import { arrangePart } from "../../model/arrange.ts";
import type { SlotTable, StoredPart } from "../../model/slotTable.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { ReadOptions, TensorInfo, TensorSource } from "../../tensor.ts";

const PIECE_BYTES = 8 * 1024 * 1024;

export interface Section {
  readonly stored: StoredPart;
  /** Rows of the part, `[from, to)`; a vector counts as one row per element. */
  readonly from: number;
  readonly to: number;
  /** Rows that belong together in `reorder`, such as those of one head. Default 1. */
  readonly groupRows?: number;
  /** Reorders whole groups of rows of `width` values each; may drop some. */
  readonly reorder?: (values: Float32Array, width: number) => Float32Array;
}

/** What sections are read from. */
export interface SectionSource {
  readonly spec: ModelSpec;
  readonly source: TensorSource;
  readonly table: SlotTable;
}

/** All of a part. */
export function wholePart(stored: StoredPart): Section {
  return { stored, from: 0, to: stored.part.shape[0] ?? 1 };
}

/** Values of the section in order, in pieces of whole groups. Throws `tensor_data_invalid` for NaN and infinity. */
export async function* readSection(from: SectionSource, section: Section, options: ReadOptions) {
  const { stored, reorder } = section;
  const rows = stored.arrangement === "rows" ? readRows(from, section, options) : readWhole(from, section, options);
  for await (const values of rows) {
    checkFinite(values, stored.tensors[0]?.name ?? stored.part.name);
    yield reorder === undefined ? values : reorder(values, rowWidth(stored));
  }
}

async function* readWhole({ spec, source, table }: SectionSource, { stored, from, to }: Section, options: ReadOptions) {
  const bytes: Uint8Array[] = [];
  for (const tensor of stored.tensors) {
    bytes.push(await readStored(source, table, tensor, 0, tensor.byteLength, options));
  }
  const width = rowWidth(stored);
  yield arrangePart(spec, stored, bytes).subarray(from * width, to * width);
}

/** The tensors of a part follow each other along its rows; each is read in pieces. */
async function* readRows({ source, table }: SectionSource, section: Section, options: ReadOptions) {
  const { stored, from, to, groupRows = 1 } = section;
  let first = 0;
  for (const tensor of stored.tensors) {
    const rows = elementCount(tensor.shape) / rowWidth(stored);
    const rowBytes = tensor.byteLength / rows;
    const step = Math.max(1, Math.floor(PIECE_BYTES / rowBytes / groupRows)) * groupRows;
    const end = Math.min(to, first + rows);
    for (let row = Math.max(from, first); row < end; row += step) {
      const count = Math.min(step, end - row);
      const bytes = await readStored(source, table, tensor, (row - first) * rowBytes, count * rowBytes, options);
      yield toFloat32(bytes, tensor.dtype);
    }
    first += rows;
  }
}

function rowWidth({ part }: StoredPart): number {
  return elementCount(part.shape.slice(1));
}

/** All bits of the exponent are set in NaN and infinity, and in nothing else. */
function checkFinite(values: Float32Array, name: string): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const at = bits.findIndex((value) => (value & 0x7f800000) === 0x7f800000);
  if (at < 0) return;
  throw formatError("tensor_data_invalid", `tensor ${name}: expected finite values, got ${values[at]}`, { name });
}

/** Bytes of a payload tensor, which may be a slice of a tensor of the checkpoint. */
export async function readStored(
  source: TensorSource,
  table: SlotTable,
  tensor: TensorInfo,
  byteOffset: number,
  byteLength: number,
  options: ReadOptions,
): Promise<Uint8Array> {
  const range = table.ranges.get(tensor.name)!;
  return source.readRange(range.name, range.byteOffset + byteOffset, byteLength, options);
}
