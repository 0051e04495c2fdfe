/**
 * The model of a trainer as the tensors of a checkpoint: trained ones from memory, all others from the model it started
 * from, bit for bit. Experts in one stack, which slots hold slice by slice (`NAME[j]`), are one tensor again.
 */
import { elementCount, tensorBytes } from "../../formats/dtype.ts";
import { type FloatTarget, fromFloat32, toFloat32 } from "../../formats/float32.ts";
import { requireTensor } from "../../formats/placedTensors.ts";
import type { SlotSource } from "../../slotSource.ts";
import type { Dtype, ReadOptions, TensorInfo, TensorSource } from "../../tensor.ts";
import { trainingError } from "../errors.ts";

/** Element types that trained weights can be written as. */
const SAVED_DTYPES = ["F32", "F16", "BF16"] as const satisfies readonly FloatTarget[];

export type SavedDtype = (typeof SAVED_DTYPES)[number];

/** The smallest number that is rounded to infinity in float16: its largest one is 65,504. */
const LEAST_INFINITE_HALF = 65_520;

/** One payload tensor and the slot that it belongs to. */
interface Piece {
  readonly slot: string;
  readonly info: TensorInfo;
}

/**
 * @param trained by payload tensor name, float32 in stored order
 * @param dtype of all float tensors; absent: each keeps its own
 * Reading throws `arrangement_unsupported` for trained tensors of other types than `SAVED_DTYPES` unless `dtype` is
 * given, and `value_out_of_range`.
 */
export function modelTensors(
  source: SlotSource,
  trained: ReadonlyMap<string, Float32Array>,
  dtype?: SavedDtype,
): TensorSource {
  const pieces = new Map<string, Piece[]>();
  for (const [slot, { parts }] of source.slots) {
    for (const info of parts.flatMap((part) => part.tensors)) {
      const name = info.name.replace(/\[\d+\]$/, "");
      pieces.set(name, [...(pieces.get(name) ?? []), { slot, info }]);
    }
  }
  const tensors = new Map([...pieces].map(([name, list]) => [name, joined(name, list, dtype)]));
  const read = async (name: string, options?: ReadOptions): Promise<Uint8Array> => {
    const { byteLength } = requireTensor(tensors, name);
    const out = new Uint8Array(byteLength);
    let at = 0;
    for (const piece of pieces.get(name) as Piece[]) {
      const bytes = await pieceBytes(source, piece, trained, dtype, options);
      out.set(bytes, at);
      at += bytes.length;
    }
    return out;
  };
  return {
    tensors,
    read,
    readRange: async (name, byteOffset, byteLength, options) =>
      (await read(name, options)).subarray(byteOffset, byteOffset + byteLength),
    close: async () => {},
  };
}

/** Bytes of one payload tensor. */
export async function pieceBytes(
  source: SlotSource,
  { slot, info }: Piece,
  trained: ReadonlyMap<string, Float32Array>,
  dtype: SavedDtype | undefined,
  options?: ReadOptions,
): Promise<Uint8Array> {
  const target = savedDtype(info, dtype);
  const values = trained.get(info.name);
  if (values !== undefined) {
    checkSavable(info, dtype);
    checkRange(info.name, values, target);
    return fromFloat32(values, target as SavedDtype);
  }
  const bytes = await source.read(slot, info.name, options);
  return target === info.dtype ? bytes : fromFloat32(toFloat32(bytes, info.dtype), target as SavedDtype);
}

/** Throws `arrangement_unsupported` when trained values of this tensor could not be written as `dtype` or its own type. */
export function checkSavable(info: TensorInfo, dtype: SavedDtype | undefined): void {
  const target = savedDtype(info, dtype);
  if (isSaved(target)) return;
  const text = `${info.name}: trained values cannot be written as ${target}; choose one of ${SAVED_DTYPES.join(", ")}`;
  throw trainingError("arrangement_unsupported", text, { tensor: info.name, dtype: target });
}

/** Weights that float16 would turn into infinities. */
function checkRange(name: string, values: Float32Array, target: Dtype): void {
  if (target !== "F16") return;
  const wrong = values.find((value) => Math.abs(value) >= LEAST_INFINITE_HALF);
  if (wrong === undefined) return;
  const text = `${name}: ${wrong} is beyond the range of float16; save as BF16 or F32`;
  throw trainingError("value_out_of_range", text, { tensor: name });
}

function joined(name: string, pieces: readonly Piece[], dtype: SavedDtype | undefined): TensorInfo {
  const { info } = pieces[0] as Piece;
  const stacked = info.name !== name;
  const shape = stacked ? [pieces.length, ...info.shape] : info.shape;
  const target = savedDtype(info, dtype);
  return { name, dtype: target, shape, byteLength: tensorBytes(target, shape) };
}

/** What a tensor is written as; integers and blocks stay as they are. */
function savedDtype(info: TensorInfo, dtype: SavedDtype | undefined): Dtype {
  const float = isSaved(info.dtype) || info.dtype === "F64";
  return dtype !== undefined && float && elementCount(info.shape) > 0 ? dtype : info.dtype;
}

function isSaved(dtype: Dtype): dtype is SavedDtype {
  return (SAVED_DTYPES as readonly Dtype[]).includes(dtype);
}
