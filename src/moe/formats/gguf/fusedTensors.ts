/**
 * llama.cpp's converter can write the three input projections of attention as one tensor, `blk.{i}.attn_qkv.weight` (and
 * `.bias`): the rows of the queries, then those of the keys, then those of the values. Rows are whole blocks of their
 * type, so each projection is a range of bytes: such a tensor is given under the three usual names instead.
 */
import type { PlacedTensor } from "../placedTensors.ts";
import type { GgufMetadata } from "./values.ts";

/** Other architectures use the name for other arrangements. */
const ARCHITECTURES: ReadonlySet<string> = new Set([
  "llama",
  "olmoe",
  "qwen2moe",
  "qwen3moe",
  "gpt-oss",
  "granitemoe",
  "phimoe",
]);

const FUSED = /^(blk\.[0-9]+\.attn_)qkv(\.weight|\.bias)$/;

/** `tensors` with the fused projections taken apart. One whose rows do not fit the head counts is left as it is. */
export function splitFused(
  tensors: ReadonlyMap<string, PlacedTensor>,
  metadata: GgufMetadata,
): ReadonlyMap<string, PlacedTensor> {
  const rows = projectionRows(metadata);
  if (rows === undefined) return tensors;
  const split = [...tensors.values()].flatMap((tensor) => splitOne(tensor, rows));
  const byName = new Map(split.map((tensor) => [tensor.name, tensor]));
  // A file that holds a projection both ways is left to be refused for the tensor that nobody takes.
  return byName.size === split.length ? byName : tensors;
}

function splitOne(tensor: PlacedTensor, rows: readonly number[]): PlacedTensor[] {
  const [, prefix, suffix] = FUSED.exec(tensor.name) ?? [];
  const [total = 0, ...width] = tensor.shape;
  if (prefix === undefined || total !== rows.reduce((sum, count) => sum + count, 0)) return [tensor];
  const rowBytes = tensor.byteLength / total;
  let fileOffset = tensor.fileOffset;
  return rows.map((count, i) => {
    const byteLength = count * rowBytes;
    const part = { ...tensor, name: `${prefix}${"qkv"[i]}${suffix}`, shape: [count, ...width], byteLength, fileOffset };
    fileOffset += byteLength;
    return part;
  });
}

/** Rows of queries, keys and values. */
function projectionRows(metadata: GgufMetadata): readonly [number, number, number] | undefined {
  const architecture = metadata.string("general.architecture") ?? "";
  if (!ARCHITECTURES.has(architecture)) return undefined;
  const number = (key: string): number | undefined => {
    const value = metadata.entries.get(`${architecture}.${key}`)?.value;
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  const heads = number("attention.head_count");
  const hidden = number("embedding_length");
  if (heads === undefined || hidden === undefined) return undefined;
  const keyValueHeads = number("attention.head_count_kv") ?? heads;
  const headDim = number("attention.key_length") ?? Math.floor(hidden / heads);
  return [heads * headDim, keyValueHeads * headDim, keyValueHeads * headDim];
}
