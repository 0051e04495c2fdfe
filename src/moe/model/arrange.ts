/**
 * From stored tensors to a part in float32: dequantised, in the order that the graphs want. Every value is checked:
 * a part with NaN or infinity is refused.
 */
import { toFloat32 } from "../formats/float32.ts";
import { mxfp4ToFloats } from "../formats/mxfp4.ts";
import { modelError } from "./errors.ts";
import type { StoredPart } from "./slotTable.ts";
import type { ModelSpec } from "./spec.ts";

type Floats = Float32Array<ArrayBuffer>;

/**
 * The values of a part, row-major in the shape of `stored.part`.
 * @param bytes of each of `stored.tensors`, in order; F32 tensors may be returned as views of them
 * Throws `tensor_not_finite`, naming the tensor.
 */
export function arrangePart(spec: ModelSpec, stored: StoredPart, bytes: readonly Uint8Array[]): Floats {
  const { arrangement, tensors, part } = stored;
  if (arrangement === "mxfp4" || arrangement === "mxfp4-interleaved") {
    const values = mxfp4ToFloats(bytes[0] as Uint8Array, bytes[1] as Uint8Array);
    checkFinite(values, tensors[1]?.name ?? part.name);
    return arrangement === "mxfp4" ? values : gateThenUp(values, part.shape[0] as number);
  }
  const values = tensors.map((tensor, i) => {
    const floats = toFloat32(bytes[i] as Uint8Array, tensor.dtype);
    checkFinite(floats, tensor.name);
    return floats;
  });
  const first = values[0] as Floats;
  const [outputs = 1, inputs = 1] = part.shape;
  switch (arrangement) {
    case "rows":
      return values.length === 1 ? first : concatenate(values);
    case "transposed":
      return transpose(first, inputs, outputs);
    case "interleaved":
      return gateThenUp(first, outputs);
    case "transposed-interleaved":
      return gateThenUp(transpose(first, inputs, outputs), outputs);
    case "paired-query":
    case "paired-key":
      return unpairRows(first, headDim(spec), part.shape.length === 1 ? 1 : inputs);
    case "latent-halves":
      return joinLatentHalves(spec, first, values[1] as Floats);
  }
}

/** A float is NaN or infinite when all bits of its exponent are set: one integer test for each, no conversion. */
function checkFinite(values: Floats, name: string): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    if (((bits[i] as number) & 0x7f800000) !== 0x7f800000) continue;
    throw modelError("tensor_not_finite", `${name}: expected finite values, got ${values[i]} at element ${i}`, {
      tensor: name,
      element: i,
    });
  }
}

function concatenate(values: readonly Floats[]): Floats {
  const out = new Float32Array(values.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of values) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** [rows, columns] to [columns, rows]. */
function transpose(values: Floats, rows: number, columns: number): Floats {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return out;
}

/** Rows gate 0, up 0, gate 1, … to all of gate, then all of up. */
function gateThenUp(values: Floats, rows: number): Floats {
  const width = values.length / rows;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const to = (row >> 1) + (row % 2 === 0 ? 0 : rows / 2);
    out.set(values.subarray(row * width, (row + 1) * width), to * width);
  }
  return out;
}

/** Within each head: stored rows 2i and 2i + 1 to rows i and i + headDim/2. */
function unpairRows(values: Floats, rowsPerHead: number, width: number): Floats {
  const out = new Float32Array(values.length);
  const rows = values.length / width;
  for (let row = 0; row < rows; row++) {
    const inHead = row % rowsPerHead;
    const to = row - inHead + (inHead >> 1) + (inHead % 2 === 0 ? 0 : rowsPerHead / 2);
    out.set(values.subarray(row * width, (row + 1) * width), to * width);
  }
  return out;
}

/** Keys [heads, rank, plainDim] and values [heads, valueDim, rank] to [heads * (plainDim + valueDim), rank]. */
function joinLatentHalves(spec: ModelSpec, keys: Floats, values: Floats): Floats {
  const { attention } = spec;
  if (attention.kind !== "latent") throw new TypeError("latent halves belong to latent attention");
  const { heads, keyValueRank, plainDim, valueDim } = attention;
  const out = new Float32Array(keys.length + values.length);
  const keySize = plainDim * keyValueRank;
  const valueSize = valueDim * keyValueRank;
  for (let head = 0; head < heads; head++) {
    const at = head * (keySize + valueSize);
    out.set(transpose(keys.subarray(head * keySize, (head + 1) * keySize), keyValueRank, plainDim), at);
    out.set(values.subarray(head * valueSize, (head + 1) * valueSize), at + keySize);
  }
  return out;
}

function headDim(spec: ModelSpec): number {
  return spec.attention.kind === "heads" ? spec.attention.headDim : 1;
}
