/**
 * Writes small WebAssembly modules: functions over one shared 64-bit memory, with loops over vectors of four floats.
 *
 * Why: JavaScript takes 4 to 15 ns for an element of a sum or an AdamW update, because it computes in doubles one by
 * one; the same loop in vector instructions takes below 1 to 2 ns. No tool chain is needed for a handful of loops.
 * Binary format: https://webassembly.github.io/spec/core/binary/index.html
 */

/** A value type. `v128` holds four floats or two doubles. */
export const TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export type ValueType = (typeof TYPE)[keyof typeof TYPE];

/** Instructions as bytes; they are concatenated. */
export type Code = readonly number[];

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
  /** Local variables after the parameters. */
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

const SIMD = 0xfd;
const NO_RESULT = 0x40;

const simd = (opcode: number): Code => [SIMD, ...unsigned(opcode)];
/** Unaligned is as good as aligned here; the address is the operand plus a constant. */
const access = (opcode: number, byteOffset: number): Code => [...simd(opcode), 0, ...unsigned(byteOffset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const i64 = {
  constant: (value: number): Code => [0x42, ...signed(value)],
  add: [0x7c],
  multiply: [0x7e],
  lessThan: [0x54],
  fromUnsigned32: [0xad],
} as const;
export const loadI32 = (byteOffset = 0): Code => [0x28, 0, ...unsigned(byteOffset)];
export const f64 = { add: [0xa0] } as const;
export const vector = {
  load: (byteOffset = 0): Code => access(0x00, byteOffset),
  store: (byteOffset = 0): Code => access(0x0b, byteOffset),
  splat: simd(0x13),
  add: simd(0xe4),
  subtract: simd(0xe5),
  multiply: simd(0xe6),
  divide: simd(0xe7),
  squareRoot: simd(0xe3),
  /** Bytes 8 to 15 to the front. */
  upperHalf: [...simd(0x0d), ...Array.from({ length: 16 }, (_, i) => (i + 8) % 16)],
} as const;
/** Pairs of doubles. */
export const pair = {
  zero: [...simd(0x0c), ...Array<number>(16).fill(0)],
  fromLowerFloats: simd(0x5f),
  add: simd(0xf0),
  multiply: simd(0xf2),
  lane: (lane: 0 | 1): Code => [...simd(0x21), lane],
} as const;

/** Repeats `body` while `pointer` is below `end`, adding `step` each time. Does nothing if it is not to begin with. */
export function forEach(pointer: number, end: number, step: Code, body: Code): Code {
  const below = [...get(pointer), ...get(end), ...i64.lessThan];
  const next = [...get(pointer), ...step, ...i64.add, ...set(pointer)];
  const loop = [0x03, NO_RESULT, ...body, ...next, ...below, 0x0d, 0, 0x0b];
  return [...below, 0x04, NO_RESULT, ...loop, 0x0b];
}

/** A module that imports `env.memory` (shared, 64-bit, at most `maxPages`) and exports the functions. */
export function assemble(functions: readonly WasmFunction[], maxPages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [
    0x60,
    ...list(parameters.map((type) => [type])),
    ...list(result === undefined ? [] : [[result]]),
  ]);
  const memory = [...text("env"), ...text("memory"), 0x02, 0x07, ...unsigned(0), ...unsigned(maxPages)];
  const exports = functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]);
  const bodies = functions.map(({ locals, body }) => {
    const code = [...list(locals.map((type) => [1, type])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [memory]),
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
