/**
 * float32 to ggml's Q8_0 and Q4_0 blocks (32 elements each).
 *
 *   Q8_0  d = max|x| / 127, q = round(x / d), halves away from zero
 *   Q4_0  d = m / -8 for m the value of largest magnitude, q = min(15, floor(x / d + 8.5))
 *
 * The quotients are taken with the float32 d, which is stored as F16: llama.cpp's quantiser does the same, so files agree.
 */
import { formatError } from "../errors.ts";
import { toHalfBits } from "../float16.ts";

const fround = Math.fround;

export function encodeQ8_0(values: Float32Array): Uint8Array<ArrayBuffer> {
  const blocks = wholeBlocks(values);
  const out = new Uint8Array(blocks * 34);
  for (let block = 0, v = 0, p = 0; block < blocks; block++, v += 32, p += 34) {
    let largest = 0;
    for (let i = 0; i < 32; i++) largest = Math.max(largest, Math.abs(values[v + i]!));
    const d = fround(largest / 127);
    const inverse = d === 0 ? 0 : fround(1 / d);
    putHalf(out, p, d);
    for (let i = 0; i < 32; i++) {
      const x = fround(values[v + i]! * inverse);
      out[p + 2 + i] = x < 0 ? -Math.floor(-x + 0.5) : Math.floor(x + 0.5);
    }
  }
  return out;
}

export function encodeQ4_0(values: Float32Array): Uint8Array<ArrayBuffer> {
  const blocks = wholeBlocks(values);
  const out = new Uint8Array(blocks * 18);
  for (let block = 0, v = 0, p = 0; block < blocks; block++, v += 32, p += 18) {
    let extreme = 0;
    for (let i = 0; i < 32; i++) if (Math.abs(values[v + i]!) > Math.abs(extreme)) extreme = values[v + i]!;
    const d = fround(extreme / -8);
    const inverse = d === 0 ? 0 : fround(1 / d);
    putHalf(out, p, d);
    for (let i = 0; i < 16; i++) {
      const low = Math.min(15, Math.floor(fround(fround(values[v + i]! * inverse) + 8.5)));
      const high = Math.min(15, Math.floor(fround(fround(values[v + 16 + i]! * inverse) + 8.5)));
      out[p + 2 + i] = low | (high << 4);
    }
  }
  return out;
}

function putHalf(out: Uint8Array, offset: number, value: number): void {
  const bits = toHalfBits(value);
  out[offset] = bits & 255;
  out[offset + 1] = bits >> 8;
}

function wholeBlocks(values: Float32Array): number {
  if (values.length % 32 === 0) return values.length / 32;
  throw formatError("tensor_shape_invalid", `values: expected a multiple of 32 elements, got ${values.length}`);
}
