/** Orders of rows that llama.cpp wants and Hugging Face checkpoints do not have. Values are row-major. */
import { MXFP4_GROUP } from "../../formats/mxfp4.ts";

/**
 * Rotation of neighbouring pairs instead of halves: within each head of `headDim` rows, row i goes to 2i and row
 * i + headDim/2 to 2i + 1. For the architectures whose converter does so ("llama", "granitemoe").
 */
export function pairRows(headDim: number): (values: Float32Array, width: number) => Float32Array {
  return (values, width) => {
    const out = new Float32Array(values.length);
    for (let row = 0; row < values.length / width; row++) {
      const inHead = row % headDim;
      const to = row - inHead + (inHead < headDim / 2 ? 2 * inHead : 2 * inHead - headDim + 1);
      out.set(values.subarray(row * width, (row + 1) * width), to * width);
    }
    return out;
  };
}

/** Of each head of [plainDim + valueDim, rank] the key rows, transposed: [rank, plainDim]. */
export function latentKeys(plainDim: number, valueDim: number): (values: Float32Array, rank: number) => Float32Array {
  return (values, rank) => {
    const heads = values.length / rank / (plainDim + valueDim);
    const out = new Float32Array(heads * rank * plainDim);
    for (let head = 0; head < heads; head++) {
      const from = head * (plainDim + valueDim) * rank;
      const to = head * plainDim * rank;
      for (let i = 0; i < plainDim; i++) {
        for (let r = 0; r < rank; r++) out[to + r * plainDim + i] = values[from + i * rank + r]!;
      }
    }
    return out;
  };
}

/** Of each head of [plainDim + valueDim, rank] the value rows: [valueDim, rank]. */
export function latentValues(plainDim: number, valueDim: number): (values: Float32Array, rank: number) => Float32Array {
  return (values, rank) => {
    const heads = values.length / rank / (plainDim + valueDim);
    const out = new Float32Array(heads * valueDim * rank);
    for (let head = 0; head < heads; head++) {
      const from = (head * (plainDim + valueDim) + plainDim) * rank;
      out.set(values.subarray(from, from + valueDim * rank), head * valueDim * rank);
    }
    return out;
  };
}

/**
 * MXFP4 from gpt-oss's two tensors to ggml's blocks, without touching a value: rows `first`, `first + step`, … of
 * blocks [rows, groups, 16] and scales [rows, groups] to 17 bytes a group (scale, then element i beside element i + 16).
 */
export function packMxfp4(
  blocks: Uint8Array,
  scales: Uint8Array,
  rows: number,
  { first, step }: { readonly first: number; readonly step: number },
): Uint8Array {
  const groups = scales.length / rows;
  const half = MXFP4_GROUP / 2;
  const out = new Uint8Array(Math.ceil((rows - first) / step) * groups * 17);
  let to = 0;
  for (let row = first; row < rows; row += step) {
    for (let group = row * groups; group < (row + 1) * groups; group++) {
      out[to++] = scales[group]!;
      for (let i = 0; i < half; i++) out[to++] = nibble(blocks, group, i) | (nibble(blocks, group, i + half) << 4);
    }
  }
  return out;
}

/** Element `i` of a group: two to a byte, the even one in the low half. */
function nibble(blocks: Uint8Array, group: number, i: number): number {
  return (blocks[group * 16 + (i >> 1)]! >> ((i & 1) * 4)) & 15;
}
