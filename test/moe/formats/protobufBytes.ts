/** Encodes protobuf messages by field numbers. */

export function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

export const number = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)]);

export const bytes = (field: number, ...content: readonly (Uint8Array | string)[]): Buffer => {
  const body = Buffer.concat(content.map((part) => Buffer.from(part as Uint8Array)));
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
};

export const fixed32 = (field: number, value = 0): Buffer =>
  Buffer.concat([varint((field << 3) | 5), Buffer.from(Uint32Array.of(value).buffer)]);
export const fixed64 = (field: number, value = 0n): Buffer =>
  Buffer.concat([varint((field << 3) | 1), Buffer.from(BigUint64Array.of(value).buffer)]);
