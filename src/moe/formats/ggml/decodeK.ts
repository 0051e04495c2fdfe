/**
 * ggml's "K" blocks of 256 elements to float32: sub-blocks of 16 or 32 elements with small integer scales of their own.
 *
 *   Q2_K  sc:u4m4[16] q:u2[256] d:f16 m:f16               x = d sc q - m min
 *   Q3_K  h:u1[256] q:u2[256] sc:u6[16] (12 bytes) d:f16  x = d (sc - 32) (q - (h ? 0 : 4))
 *   Q4_K  d:f16 m:f16 sc,min:u6[8] (12 bytes) q:u4[256]   x = d sc q - m min
 *   Q5_K  as Q4_K with h:u1[256] before q                 x = d sc (q + 16 h) - m min
 *   Q6_K  ql:u4[256] qh:u2[256] sc:i8[16] d:f16           x = d sc (q - 32)
 *
 * Within a group of 128 elements the bit pairs of one byte belong to elements 32 apart.
 */
import { halfToFloatTable } from "../float16.ts";
import type { BlockDecoder } from "./decode.ts";

export const decodeQ2_K: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 84) {
    const d = half[bytes[p + 80]! | (bytes[p + 81]! << 8)]!;
    const min = half[bytes[p + 82]! | (bytes[p + 83]! << 8)]!;
    for (let sub = 0; sub < 16; sub++) {
      const scales = bytes[p + sub]!;
      const dl = d * (scales & 15);
      const ml = min * (scales >> 4);
      const shift = (sub >> 1) & 3;
      const q = p + 16 + (sub >> 3) * 32 + (sub & 1) * 16;
      for (let i = 0; i < 16; i++) out[o++] = dl * ((bytes[q + i]! >> (2 * shift)) & 3) - ml;
    }
  }
};

export const decodeQ3_K: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 110) {
    const d = half[bytes[p + 108]! | (bytes[p + 109]! << 8)]!;
    const s = p + 96;
    for (let sub = 0; sub < 16; sub++) {
      // Scale `sub`: low four bits from bytes 0-7 (low nibble for 0-7, high for 8-15), two more from bytes 8-11.
      const low = sub < 8 ? bytes[s + sub]! & 15 : bytes[s + sub - 8]! >> 4;
      const high = (bytes[s + 8 + (sub & 3)]! >> (2 * (sub >> 2))) & 3;
      const dl = d * ((low | (high << 4)) - 32);
      const shift = (sub >> 1) & 3;
      const mask = 1 << ((sub >> 3) * 4 + shift);
      const h = p + (sub & 1) * 16;
      const q = p + 32 + (sub >> 3) * 32 + (sub & 1) * 16;
      for (let i = 0; i < 16; i++) {
        out[o++] = dl * (((bytes[q + i]! >> (2 * shift)) & 3) - (bytes[h + i]! & mask ? 0 : 4));
      }
    }
  }
};

/** Scale and minimum of sub-block `sub` (0 to 7), six bits each, packed in the 12 bytes at `s`: scale | minimum << 8. */
function scaleAndMin(bytes: Uint8Array, s: number, sub: number): number {
  if (sub < 4) return (bytes[s + sub]! & 63) | ((bytes[s + sub + 4]! & 63) << 8);
  const packed = bytes[s + sub + 4]!;
  const scale = (packed & 15) | ((bytes[s + sub - 4]! >> 6) << 4);
  const min = (packed >> 4) | ((bytes[s + sub]! >> 6) << 4);
  return scale | (min << 8);
}

export const decodeQ4_K: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 144) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    const min = half[bytes[p + 2]! | (bytes[p + 3]! << 8)]!;
    for (let sub = 0; sub < 8; sub++) {
      const packed = scaleAndMin(bytes, p + 4, sub);
      const dl = d * (packed & 255);
      const ml = min * (packed >> 8);
      const q = p + 16 + (sub >> 1) * 32;
      const shift = (sub & 1) * 4;
      for (let i = 0; i < 32; i++) out[o++] = dl * ((bytes[q + i]! >> shift) & 15) - ml;
    }
  }
};

export const decodeQ5_K: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 176) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    const min = half[bytes[p + 2]! | (bytes[p + 3]! << 8)]!;
    for (let sub = 0; sub < 8; sub++) {
      const packed = scaleAndMin(bytes, p + 4, sub);
      const dl = d * (packed & 255);
      const ml = min * (packed >> 8);
      const q = p + 48 + (sub >> 1) * 32;
      const shift = (sub & 1) * 4;
      for (let i = 0; i < 32; i++) {
        const high = ((bytes[p + 16 + i]! >> sub) & 1) << 4;
        out[o++] = dl * (((bytes[q + i]! >> shift) & 15) | high) - ml;
      }
    }
  }
};

export const decodeQ6_K: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 210) {
    const d = half[bytes[p + 208]! | (bytes[p + 209]! << 8)]!;
    for (let sub = 0; sub < 16; sub++) {
      const dl = d * signed[p + 192 + sub]!;
      const group = sub >> 3;
      const quarter = (sub >> 1) & 3;
      const ql = p + group * 64 + (quarter & 1) * 32 + (sub & 1) * 16;
      const qh = p + 128 + group * 32 + (sub & 1) * 16;
      const shift = (quarter >> 1) * 4;
      for (let i = 0; i < 16; i++) {
        const q = ((bytes[ql + i]! >> shift) & 15) | (((bytes[qh + i]! >> (2 * quarter)) & 3) << 4);
        out[o++] = dl * (q - 32);
      }
    }
  }
};
