/**
 * ggml's four-bit blocks with uneven steps to float32: the four bits choose one of 16 fixed values, denser around zero.
 *
 *   IQ4_NL  d:f16 q:u4[32]                                 x = d V(q)            nibbles as in Q4_0
 *   IQ4_XS  d:f16 high:u16 low:u4[8] q:u4[256]             x = d (sc - 32) V(q)  sc of sub-block i: low_i | high_i << 4,
 *                                                                                high_i the bits 2i and 2i + 1
 */
import { halfToFloatTable } from "../float16.ts";
import type { BlockDecoder } from "./decode.ts";

/** V: what the four bits stand for. */
const STEPS: Int8Array = Int8Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

/** 32 elements from the 16 bytes at `q`: element i in the low half of byte i, element i + 16 in the high half. */
function decodeNibbles(bytes: Uint8Array, q: number, d: number, out: Float32Array, o: number): void {
  for (let i = 0; i < 16; i++) {
    const pair = bytes[q + i]!;
    out[o + i] = d * STEPS[pair & 15]!;
    out[o + 16 + i] = d * STEPS[pair >> 4]!;
  }
}

export const decodeIQ4_NL: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0; block < blocks; block++, p += 18) {
    decodeNibbles(bytes, p + 2, half[bytes[p]! | (bytes[p + 1]! << 8)]!, out, block * 32);
  }
};

export const decodeIQ4_XS: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0; block < blocks; block++, p += 136) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    const high = bytes[p + 2]! | (bytes[p + 3]! << 8);
    for (let sub = 0; sub < 8; sub++) {
      const low = (bytes[p + 4 + (sub >> 1)]! >> ((sub & 1) * 4)) & 15;
      const scale = (low | (((high >> (2 * sub)) & 3) << 4)) - 32;
      decodeNibbles(bytes, p + 8 + sub * 16, d * scale, out, block * 256 + sub * 32);
    }
  }
};
