/**
 * Random weights by the gigabyte, without a gigabyte of memory.
 *
 * One pool of normally distributed values is made from a fixed seed and written in each encoding once. A tensor is
 * the run of the pool that starts at a place given by its name, wrapping around at the end. So the same tensor has
 * the same values in every encoding, two tensors differ, and a 7-billion-parameter checkpoint is only copying.
 * Every value is exact in bf16 and in f16. Rows are multiples of 32 values, the block of Q4_0 and Q8_0.
 */

/** How the values are written. `q8_0` and `q4_0` are ggml's blocks of 32 values: an f16 scale, then the integers. */
export type Encoding = "f32" | "f16" | "bf16" | "q8_0" | "q4_0";

export const BLOCK_VALUES = 32;
const POOL_VALUES = 1 << 23;
const STANDARD_DEVIATION = 0.02;

/** Bytes of a block of 32 values. */
export const BLOCK_BYTES: Readonly<Record<Encoding, number>> = { f32: 128, f16: 64, bf16: 64, q8_0: 34, q4_0: 18 };

let pool: Float32Array | undefined;
const encoded = new Map<Encoding, Buffer>();

/** The bytes of a tensor in pieces of at most one pool length. `values` is a multiple of 32. */
export function* weightBytes(name: string, values: number, encoding: Encoding): Generator<Buffer> {
  const bytes = encodedPool(encoding);
  const blockBytes = BLOCK_BYTES[encoding];
  let block = startBlock(name);
  for (let left = values / BLOCK_VALUES; left > 0; ) {
    const count = Math.min(left, POOL_VALUES / BLOCK_VALUES - block);
    yield bytes.subarray(block * blockBytes, (block + count) * blockBytes);
    left -= count;
    block = 0;
  }
}

/** FNV-1a over the name: a place in the pool. */
function startBlock(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % (POOL_VALUES / BLOCK_VALUES);
}

function encodedPool(encoding: Encoding): Buffer {
  let bytes = encoded.get(encoding);
  if (bytes === undefined) {
    pool ??= makePool();
    bytes = encode(pool, encoding);
    encoded.set(encoding, bytes);
  }
  return bytes;
}

/** Normal values by Box and Muller from a xorshift generator, rounded to 8 significant bits, tiny ones to zero. */
function makePool(): Float32Array {
  const values = new Float32Array(POOL_VALUES);
  const bits = new Uint32Array(values.buffer);
  let state = 0x9e3779b9;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 4294967296;
  };
  for (let at = 0; at < POOL_VALUES; at += 2) {
    const radius = STANDARD_DEVIATION * Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    values[at] = radius * Math.cos(angle);
    values[at + 1] = radius * Math.sin(angle);
  }
  for (let at = 0; at < POOL_VALUES; at++) {
    bits[at] = Math.abs(values[at]!) < 2 ** -14 ? 0 : (bits[at]! + 0x8000) & 0xffff0000;
  }
  return values;
}

function encode(values: Float32Array, encoding: Encoding): Buffer {
  const out = Buffer.alloc((values.length / BLOCK_VALUES) * BLOCK_BYTES[encoding]);
  if (encoding === "f32") return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (encoding === "q8_0" || encoding === "q4_0") {
    for (let block = 0; block < values.length / BLOCK_VALUES; block++) {
      const part = values.subarray(block * BLOCK_VALUES, (block + 1) * BLOCK_VALUES);
      const at = block * BLOCK_BYTES[encoding];
      if (encoding === "q8_0") quantiseQ8(part, out, at);
      else quantiseQ4(part, out, at);
    }
    return out;
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const half = new Uint16Array(out.buffer, out.byteOffset, values.length);
  for (let at = 0; at < half.length; at++) half[at] = encoding === "bf16" ? bits[at]! >>> 16 : exactF16(bits[at]!);
  return out;
}

/** f16 bits of a value that f16 holds exactly (normal, or zero). */
function exactF16(bits: number): number {
  if ((bits & 0x7fffffff) === 0) return 0;
  return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

/** f16 bits of a small positive scale, rounded to nearest. */
function scaleF16(value: number): number {
  const float = new Float32Array([value]);
  const bits = new Uint32Array(float.buffer)[0]! + 0x1000;
  return exactF16(bits & 0xffffe000);
}

function quantiseQ8(values: Float32Array, out: Buffer, at: number): void {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const scale = largest / 127;
  out.writeUInt16LE(scaleF16(scale), at);
  for (let index = 0; index < BLOCK_VALUES; index++) {
    out.writeInt8(scale === 0 ? 0 : Math.round(values[index]! / scale), at + 2 + index);
  }
}

/** Value `i` stands in the low half of byte `i`, value `i + 16` in its high half; both offset by 8. */
function quantiseQ4(values: Float32Array, out: Buffer, at: number): void {
  let extreme = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  const scale = extreme / -8;
  const sign = scale < 0 ? 0x8000 : 0;
  out.writeUInt16LE(scaleF16(Math.abs(scale)) | sign, at);
  const nibble = (index: number) => (scale === 0 ? 8 : Math.min(15, Math.floor(values[index]! / scale + 8.5)));
  for (let index = 0; index < 16; index++) out[at + 2 + index] = nibble(index) | (nibble(index + 16) << 4);
}
