/**
 * MXFP4 (OCP microscaling): 32 four-bit floats (E2M1) share one scale, a power of two stored as exponent + 127.
 *
 * In a gpt-oss safetensors checkpoint a matrix is two `U8` tensors: `…_blocks` [rows…, groups, 16] and `…_scales`
 * [rows…, groups]. Byte i of a group holds element 2i in its low and element 2i + 1 in its high nibble.
 * ggml's layout (`ggml/decode.ts`) is different: scale byte first, element i low and element i + 16 high.
 */
import { formatError } from "./errors.ts";

/** E2M1 by its four bits: sign, two bits of exponent, one of fraction. */
export const E2M1_VALUES: Float32Array = Float32Array.of(
  0,
  0.5,
  1,
  1.5,
  2,
  3,
  4,
  6,
  -0,
  -0.5,
  -1,
  -1.5,
  -2,
  -3,
  -4,
  -6,
);

export const MXFP4_GROUP = 32;

/**
 * float32 of `blocks` (16 bytes a group) and `scales` (1 byte a group): 32 values a group, in order.
 * A scale byte of 255 means not a number. Throws `tensor_size_mismatch` when the lengths do not fit.
 */
export function mxfp4ToFloats(blocks: Uint8Array, scales: Uint8Array): Float32Array<ArrayBuffer> {
  if (blocks.length !== scales.length * 16) {
    throw formatError(
      "tensor_size_mismatch",
      `MXFP4 blocks: expected 16 bytes for each of the ${scales.length} scales, got ${blocks.length}`,
    );
  }
  const out = new Float32Array(scales.length * MXFP4_GROUP);
  for (let group = 0; group < scales.length; group++) {
    const scale = mxfp4Scale(scales[group]!);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[group * 16 + i]!;
      out[group * 32 + 2 * i] = E2M1_VALUES[byte & 15]! * scale;
      out[group * 32 + 2 * i + 1] = E2M1_VALUES[byte >> 4]! * scale;
    }
  }
  return out;
}

/** 2^(byte - 127), an exact float32 or float32 subnormal; 255 is not a number (E8M0). */
export function mxfp4Scale(byte: number): number {
  return byte === 255 ? Number.NaN : 2 ** (byte - 127);
}
