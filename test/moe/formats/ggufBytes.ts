/** Builds GGUF files, right and wrong. */

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
};
export const string = (text: string | Buffer, length?: number | bigint): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(length ?? bytes.length), bytes]);
};

/** A key with its value: type number and bytes. */
export const key = (name: string | Buffer, type: number, value: Buffer): Buffer =>
  Buffer.concat([string(name), u32(type), value]);
export const array = (items: number, count: number | bigint, value: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([u32(items), u64(count), value]);

export interface TensorFields {
  readonly name?: string | Buffer;
  readonly dimensions?: number;
  readonly sizes?: readonly (number | bigint)[];
  readonly type?: number;
  readonly offset?: number | bigint;
}

export function tensor({
  name = "w",
  sizes = [4],
  dimensions = sizes.length,
  type = 0,
  offset = 0,
}: TensorFields = {}): Buffer {
  return Buffer.concat([string(name), u32(dimensions), ...sizes.map(u64), u32(type), u64(offset)]);
}

export interface GgufFields {
  readonly magic?: string | Buffer;
  readonly version?: number;
  readonly tensors?: readonly Buffer[];
  readonly tensorCount?: number | bigint;
  readonly keys?: readonly Buffer[];
  readonly keyCount?: number | bigint;
  readonly alignment?: number;
  readonly data?: number;
}

export function gguf(fields: GgufFields = {}): Uint8Array {
  const { magic = "GGUF", version = 3, tensors = [tensor()], keys = [], alignment = 32, data = 16 } = fields;
  const header = Buffer.concat([
    Buffer.from(magic),
    u32(version),
    u64(fields.tensorCount ?? tensors.length),
    u64(fields.keyCount ?? keys.length),
    ...keys,
    ...tensors,
  ]);
  const padding = Buffer.alloc((alignment - (header.length % alignment)) % alignment);
  return new Uint8Array(Buffer.concat([header, padding, Buffer.alloc(data, 3)]));
}
