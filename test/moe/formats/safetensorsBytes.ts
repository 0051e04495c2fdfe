/** Safetensors files made by hand, right and wrong. */

/** A file with this header text (any bytes) and this many bytes of data. */
export function rawSafetensors(header: string | Uint8Array, dataBytes = 0, declaredLength?: bigint): Uint8Array {
  const text = typeof header === "string" ? Buffer.from(header) : Buffer.from(header);
  const bytes = Buffer.alloc(8 + text.length + dataBytes, 7);
  bytes.writeBigUInt64LE(declaredLength ?? BigInt(text.length), 0);
  text.copy(bytes, 8);
  return new Uint8Array(bytes);
}

/** A header entry as text, so that numbers can be anything. */
export function entry(dtype: string, shape: string, offsets: string): string {
  return `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
}

/** Two float32 vectors of two elements, 16 bytes of data. */
export const VALID_HEADER = `{"a":${entry('"F32"', "[2]", "[0,8]")},"b":${entry('"F32"', "[2]", "[8,16]")}}`;
