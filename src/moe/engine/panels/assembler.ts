/**
 * Writes small WebAssembly modules: functions of addresses over one 32-bit memory, with vectors of 16 bytes.
 *
 * Training has a like tool for 64-bit memory (`training/kernels/assembler.ts`). Here addresses have 32 bits, because V8
 * checks 64-bit ones at each access: products took 1.6 times as long.
 * Binary format: https://webassembly.github.io/spec/core/binary/index.html, vectors:
 * https://github.com/WebAssembly/simd/blob/main/proposals/simd/BinarySIMD.md, `dotInt8` of
 * https://github.com/WebAssembly/relaxed-simd
 */

/** Instructions as bytes; they are concatenated. */
export type Code = readonly number[];

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const NO_RESULT = 0x40;

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Alignment is a hint and makes no difference; the address is the operand plus a constant. */
const access = (opcode: number, byteOffset: number): Code => [...simd(opcode), 0, ...unsigned(byteOffset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];

export const int = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a],
  multiply: [0x6c],
  load: (byteOffset: number): Code => [0x28, 0, ...unsigned(byteOffset)],
  store: (byteOffset: number): Code => [0x36, 0, ...unsigned(byteOffset)],
} as const;

export const float = {
  constant: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  divide: [0x95],
  max: [0x97],
  greater: [0x5e],
  select: [0x1b],
  store: (byteOffset: number): Code => [0x38, 0, ...unsigned(byteOffset)],
} as const;

/** Names say what a vector is taken for: `f32` four floats, `i32` four, `i16` eight, `i8` sixteen integers. */
export const vector = {
  zero: [...simd(0x0c), ...Array<number>(16).fill(0)],
  bytes: (value: number): Code => [...simd(0x0c), ...Array<number>(16).fill(value)],
  load: (byteOffset: number): Code => access(0x00, byteOffset),
  store: (byteOffset: number): Code => access(0x0b, byteOffset),
  /** 8 bytes as eight i16, with sign. */
  loadInt8: (byteOffset: number): Code => access(0x01, byteOffset),
  /** 4 bytes, four times. */
  loadSplat: (byteOffset: number): Code => access(0x09, byteOffset),
  and: simd(0x4e),
  f32Splat: simd(0x13),
  f32Lane: (lane: number): Code => [...simd(0x1f), lane],
  i32Lane: (lane: number): Code => [...simd(0x1b), lane],
  f32Abs: simd(0xe0),
  f32Add: simd(0xe4),
  f32Multiply: simd(0xe6),
  f32Max: simd(0xe9),
  f32Nearest: simd(0x6a),
  f32FromI32: simd(0xfa),
  /** NaN becomes 0, what is too large the nearest integer there is. */
  i32FromF32: simd(0xf8),
  i32Add: simd(0xae),
  i16Add: simd(0x8e),
  i16ShiftRight: simd(0x8d),
  /** Two vectors of i32 to one of i16, of i16 to one of i8; what is too large becomes the largest. */
  i16FromI32: simd(0x85),
  i8FromI16: simd(0x65),
  /** The lower four i16 as i32. */
  i32FromLowI16: simd(0xa7),
  /** Bytes of two vectors, the second one's from 16 on. */
  shuffle: (bytes: readonly number[]): Code => [...simd(0x0d), ...bytes],
  /** Sums of neighbours: i16 to i32. */
  i32FromPairs: simd(0x7e),
  /** Products of i16, neighbours added to an i32. */
  dotInt16: simd(0xba),
  /** Products of i8 with bytes below 128, neighbours added to an i16. The order of the operands matters. */
  dotInt8: simd(0x112),
} as const;

/** Adds `step` to a local. */
export const advance = (local: number, step: Code): Code => [...get(local), ...step, ...int.add, ...set(local)];

/** `target` = `base` + `offset`. */
export const place = (target: number, base: number, offset: Code): Code => [
  ...get(base),
  ...offset,
  ...int.add,
  ...set(target),
];

/** Repeats `body`, which moves `pointer` on, while it is below `end`; at least once. */
export const repeat = (pointer: number, end: number, body: Code): Code => [
  ...[0x03, NO_RESULT],
  ...body,
  ...[...get(pointer), ...get(end), 0x49, 0x0d, 0],
  0x0b,
];

/** Hands out numbers of local variables: after the parameters first addresses, then floats, then vectors. */
export class Locals {
  readonly #counts: [addresses: number, floats: number, vectors: number] = [0, 0, 0];
  #next: number;

  constructor(parameters: number) {
    this.#next = parameters;
  }

  addresses(count: number): number[] {
    return this.#take(0, count);
  }

  floats(count: number): number[] {
    return this.#take(1, count);
  }

  vectors(count: number): number[] {
    return this.#take(2, count);
  }

  get code(): Code {
    return list(this.#counts.map((count, kind) => [...unsigned(count), [I32, F32, V128][kind] as number]));
  }

  #take(kind: 0 | 1 | 2, count: number): number[] {
    if (this.#counts.some((taken, other) => other > kind && taken > 0)) throw new TypeError("locals out of order");
    this.#counts[kind] += count;
    return Array.from({ length: count }, () => this.#next++);
  }
}

/** A function of addresses and byte counts, without a result. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly locals: Locals;
  readonly body: Code;
}

/** A module that imports `env.memory` and exports the functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...list(Array<Code>(parameters).fill([I32])), 0]);
  const exports = functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]);
  const bodies = functions.map(({ locals, body }) => {
    const code = [...locals.code, ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [[...text("env"), ...text("memory"), 0x02, 0x00, 0]]),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(7, exports),
    ...section(10, bodies),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): Code {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}
