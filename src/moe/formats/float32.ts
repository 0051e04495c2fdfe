/**
 * Tensor bytes to and from float32.
 *
 * `toFloat32` is exact for every floating type of at most 32 bits and for all quantised types (their value is defined
 * by float32 arithmetic); F64 and 64-bit integers are rounded. `fromFloat32` rounds to nearest, ties to even.
 */
import type { Dtype, ReadOptions, TensorSource } from "../tensor.ts";
import { blockSize } from "./dtype.ts";
import { formatError } from "./errors.ts";
import { bfloatsToFloats, floatsToBfloats, floatsToHalves, halvesToFloats } from "./float16.ts";
import {
  type BlockDecoder,
  decodeMxfp4,
  decodeQ4_0,
  decodeQ4_1,
  decodeQ5_0,
  decodeQ5_1,
  decodeQ8_0,
} from "./ggml/decode.ts";
import { decodeIQ4_NL, decodeIQ4_XS } from "./ggml/decodeIq4.ts";
import { decodeQ2_K, decodeQ3_K, decodeQ4_K, decodeQ5_K, decodeQ6_K } from "./ggml/decodeK.ts";
import { encodeQ4_0, encodeQ8_0 } from "./ggml/encode.ts";
import { requireTensor } from "./placedTensors.ts";

type Floats = Float32Array<ArrayBuffer>;
type Converter = (bytes: Uint8Array) => Floats;

const CONVERTERS: { readonly [D in Dtype]: Converter } = {
  F32: (bytes) => view<Floats>(Float32Array, bytes),
  F64: (bytes) => Float32Array.from(view(Float64Array, bytes)),
  F16: (bytes) => halvesToFloats(view(Uint16Array, bytes)),
  BF16: (bytes) => bfloatsToFloats(view(Uint16Array, bytes)),
  F8_E4M3: byTable(e4m3Value),
  F8_E5M2: byTable(e5m2Value),
  I64: (bytes) => Float32Array.from(view(BigInt64Array, bytes), Number),
  U64: (bytes) => Float32Array.from(view(BigUint64Array, bytes), Number),
  I32: (bytes) => Float32Array.from(view(Int32Array, bytes)),
  U32: (bytes) => Float32Array.from(view(Uint32Array, bytes)),
  I16: (bytes) => Float32Array.from(view(Int16Array, bytes)),
  U16: (bytes) => Float32Array.from(view(Uint16Array, bytes)),
  I8: (bytes) => Float32Array.from(view(Int8Array, bytes)),
  U8: (bytes) => Float32Array.from(bytes),
  BOOL: (bytes) => Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1)),
  MXFP4: blocks("MXFP4", decodeMxfp4),
  Q8_0: blocks("Q8_0", decodeQ8_0),
  Q4_0: blocks("Q4_0", decodeQ4_0),
  Q4_1: blocks("Q4_1", decodeQ4_1),
  Q5_0: blocks("Q5_0", decodeQ5_0),
  Q5_1: blocks("Q5_1", decodeQ5_1),
  Q2_K: blocks("Q2_K", decodeQ2_K),
  Q3_K: blocks("Q3_K", decodeQ3_K),
  Q4_K: blocks("Q4_K", decodeQ4_K),
  Q5_K: blocks("Q5_K", decodeQ5_K),
  Q6_K: blocks("Q6_K", decodeQ6_K),
  IQ4_NL: blocks("IQ4_NL", decodeIQ4_NL),
  IQ4_XS: blocks("IQ4_XS", decodeIQ4_XS),
};

/**
 * The values of `bytes`. For aligned F32 the result is a view of the same memory, otherwise it is fresh.
 * Throws `tensor_size_mismatch` when the bytes are not whole elements or blocks.
 */
export function toFloat32(bytes: Uint8Array, dtype: Dtype): Floats {
  const size = blockSize(dtype).bytes;
  if (bytes.length % size !== 0) {
    throw formatError("tensor_size_mismatch", `bytes: ${dtype} needs a multiple of ${size}, got ${bytes.length}`);
  }
  return CONVERTERS[dtype](bytes);
}

/** Reads one tensor of `source` as float32. */
export async function readFloat32(source: TensorSource, name: string, options: ReadOptions = {}): Promise<Floats> {
  const { dtype } = requireTensor(source.tensors, name);
  return toFloat32(await source.read(name, options), dtype);
}

export type FloatTarget = "F32" | "F16" | "BF16" | "Q8_0" | "Q4_0";

/** The bytes of `values` in another type; for F32 a view of the same memory. Q8_0 and Q4_0 need a multiple of 32. */
export function fromFloat32(values: Float32Array, dtype: FloatTarget): Uint8Array {
  if (dtype === "Q8_0") return encodeQ8_0(values);
  if (dtype === "Q4_0") return encodeQ4_0(values);
  const out = dtype === "F16" ? floatsToHalves(values) : dtype === "BF16" ? floatsToBfloats(values) : values;
  return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
}

interface TypedArrayClass<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

/** `bytes` as a typed array: a view where the memory is aligned for it, a copy where not (or where it is shared). */
function view<T>(arrayClass: TypedArrayClass<T>, bytes: Uint8Array): T {
  const { buffer, byteOffset, byteLength } = bytes;
  const size = arrayClass.BYTES_PER_ELEMENT;
  if (buffer instanceof ArrayBuffer && byteOffset % size === 0) {
    return new arrayClass(buffer, byteOffset, byteLength / size);
  }
  return new arrayClass(new Uint8Array(bytes).buffer, 0, byteLength / size);
}

function blocks(dtype: Dtype, decode: BlockDecoder): Converter {
  const { elements, bytes: blockBytes } = blockSize(dtype);
  return (bytes) => {
    const count = bytes.length / blockBytes;
    const out = new Float32Array(count * elements);
    decode(bytes, count, out);
    return out;
  };
}

/** A converter for one-byte types through a table of 256 values, built at first use. */
function byTable(value: (byte: number) => number): Converter {
  let table: Float32Array | undefined;
  return (bytes) => {
    table ??= Float32Array.from({ length: 256 }, (_, byte) => value(byte));
    const out = new Float32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i]!]!;
    return out;
  };
}

/** E4M3 without infinities: exponent bias 7, all ones is not a number, the largest value is 448. */
function e4m3Value(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 15;
  const fraction = byte & 7;
  if ((byte & 0x7f) === 0x7f) return Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (1 + fraction / 8) * 2 ** (exponent - 7));
}

/** E5M2: the upper byte of a half. */
function e5m2Value(byte: number): number {
  return halvesToFloats(Uint16Array.of(byte << 8))[0]!;
}
