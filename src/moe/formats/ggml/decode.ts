/**
 * ggml's quantised blocks to float32. Each function decodes `blocks` consecutive blocks from `bytes` into `out`.
 *
 *   Q8_0  d:f16 q:i8[32]                       x = d q
 *   Q4_0  d:f16 q:u4[32]                       x = d (q - 8)       element i low nibble of byte i, i + 16 high
 *   Q4_1  d:f16 m:f16 q:u4[32]                 x = d q + m
 *   Q5_0  d:f16 h:u32 q:u4[32]                 x = d (q + 16 h_i - 16)
 *   Q5_1  d:f16 m:f16 h:u32 q:u4[32]           x = d (q + 16 h_i) + m
 *   MXFP4 e:u8 q:u4[32]                        x = E2M1(q) 2^(e - 127)
 *
 * The 256-element types are in `decodeK.ts`.
 */
import { halfToFloatTable } from "../float16.ts";
import { E2M1_VALUES, mxfp4Scale } from "../mxfp4.ts";

export type BlockDecoder = (bytes: Uint8Array, blocks: number, out: Float32Array) => void;

export const decodeQ8_0: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 34, o += 32) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    for (let i = 0; i < 32; i++) out[o + i] = d * signed[p + 2 + i]!;
  }
};

export const decodeQ4_0: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 18, o += 32) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const q = bytes[p + 2 + i]!;
      out[o + i] = d * ((q & 15) - 8);
      out[o + 16 + i] = d * ((q >> 4) - 8);
    }
  }
};

export const decodeQ4_1: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 20, o += 32) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    const m = half[bytes[p + 2]! | (bytes[p + 3]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const q = bytes[p + 4 + i]!;
      out[o + i] = d * (q & 15) + m;
      out[o + 16 + i] = d * (q >> 4) + m;
    }
  }
};

export const decodeQ5_0: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 22, o += 32) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    const high = bytes[p + 2]! | (bytes[p + 3]! << 8) | (bytes[p + 4]! << 16) | (bytes[p + 5]! << 24);
    for (let i = 0; i < 16; i++) {
      const q = bytes[p + 6 + i]!;
      out[o + i] = d * (((q & 15) | (((high >>> i) & 1) << 4)) - 16);
      out[o + 16 + i] = d * (((q >> 4) | (((high >>> (i + 16)) & 1) << 4)) - 16);
    }
  }
};

export const decodeQ5_1: BlockDecoder = (bytes, blocks, out) => {
  const half = halfToFloatTable();
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 24, o += 32) {
    const d = half[bytes[p]! | (bytes[p + 1]! << 8)]!;
    const m = half[bytes[p + 2]! | (bytes[p + 3]! << 8)]!;
    const high = bytes[p + 4]! | (bytes[p + 5]! << 8) | (bytes[p + 6]! << 16) | (bytes[p + 7]! << 24);
    for (let i = 0; i < 16; i++) {
      const q = bytes[p + 8 + i]!;
      out[o + i] = d * ((q & 15) | (((high >>> i) & 1) << 4)) + m;
      out[o + 16 + i] = d * ((q >> 4) | (((high >>> (i + 16)) & 1) << 4)) + m;
    }
  }
};

export const decodeMxfp4: BlockDecoder = (bytes, blocks, out) => {
  for (let block = 0, p = 0, o = 0; block < blocks; block++, p += 17, o += 32) {
    const scale = mxfp4Scale(bytes[p]!);
    for (let i = 0; i < 16; i++) {
      const q = bytes[p + 1 + i]!;
      out[o + i] = scale * E2M1_VALUES[q & 15]!;
      out[o + 16 + i] = scale * E2M1_VALUES[q >> 4]!;
    }
  }
};
