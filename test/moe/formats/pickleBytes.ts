/** Assembles pickles opcode by opcode. */

const byte = (value: number): Buffer => Buffer.of(value);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

export const op = {
  proto: (version = 2): Buffer => Buffer.of(0x80, version),
  stop: byte(0x2e),
  mark: byte(0x28),
  pop: byte(0x30),
  none: byte(0x4e),
  yes: byte(0x88),
  no: byte(0x89),
  emptyTuple: byte(0x29),
  tuple: byte(0x74),
  tuple1: byte(0x85),
  tuple2: byte(0x86),
  tuple3: byte(0x87),
  emptyDict: byte(0x7d),
  emptyList: byte(0x5d),
  setItem: byte(0x73),
  setItems: byte(0x75),
  append: byte(0x61),
  appends: byte(0x65),
  reduce: byte(0x52),
  build: byte(0x62),
  persid: byte(0x51),
  memoize: byte(0x94),
  stackGlobal: byte(0x93),
  newObject: byte(0x81),
  global: (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`),
  text: (text: string): Buffer => Buffer.concat([byte(0x58), u32(Buffer.byteLength(text)), Buffer.from(text)]),
  int: (value: number): Buffer => {
    const bytes = Buffer.alloc(5, 0x4a);
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  long: (value: bigint): Buffer => {
    const bytes = Buffer.alloc(10, 0x8a);
    bytes[1] = 8;
    bytes.writeBigInt64LE(value, 2);
    return bytes;
  },
  put: (index: number): Buffer => Buffer.concat([byte(0x72), u32(index)]),
  get: (index: number): Buffer => Buffer.concat([byte(0x6a), u32(index)]),
} as const;

export const join = (...parts: readonly (Buffer | readonly Buffer[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.flat()));

export interface PickledTensor {
  readonly storage?: string;
  readonly key?: string;
  readonly length?: number;
  readonly offset?: number | bigint;
  readonly size?: readonly (number | bigint)[];
  readonly stride?: readonly (number | bigint)[];
}

const number = (value: number | bigint): Buffer => (typeof value === "bigint" ? op.long(value) : op.int(value));

/** The opcodes that push one tensor. Default: four float32 in storage 0. */
export function tensorOps(tensor: PickledTensor = {}): Buffer {
  const { storage = "FloatStorage", key = "0", length = 4, offset = 0, size = [4], stride = [1] } = tensor;
  return Buffer.concat([
    op.global("torch._utils", "_rebuild_tensor_v2"),
    op.mark,
    ...[
      op.mark,
      op.text("storage"),
      op.global("torch", storage),
      op.text(key),
      op.text("cpu"),
      op.int(length),
      op.tuple,
      op.persid,
    ],
    number(offset),
    ...[op.mark, ...size.map(number), op.tuple],
    ...[op.mark, ...stride.map(number), op.tuple],
    op.no,
    ...[op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce],
    op.tuple,
    op.reduce,
  ]);
}

/** A whole pickle: a dictionary with these values. */
export function dictPickle(values: Readonly<Record<string, Buffer>>): Uint8Array {
  const items = Object.entries(values).flatMap(([key, value]) => [op.text(key), value]);
  return join(op.proto(), op.emptyDict, op.mark, items, op.setItems, op.stop);
}
