/**
 * WebAssembly that quantises activations for `productKernels.ts`: to 16 bits with one scale for a row, or to 8 bits with
 * a scale for each block.
 *
 * 16 bits leave an error 250 times below that of the weights beside them, so products in 8 bits are as exact as with
 * float32 activations. A value that is no number makes the scale, and so the outputs, no numbers.
 */
import {
  advance,
  type Code,
  float,
  get,
  int,
  Locals,
  place,
  repeat,
  set,
  vector,
  type WasmFunction,
} from "./assembler.ts";

const LARGEST_16 = 32767;
const LARGEST_8 = 127;

/** All in bytes; the row's length is a multiple of 16 floats, filled with zeros. */
export type QuantiseRow16 = (row: number, rowEnd: number, out: number, scale: number) => void;

/** `notes` takes for each block its scale and -8 times its sum. */
export type QuantiseRow8 = (row: number, rowEnd: number, out: number, notes: number, blockBytes: number) => void;

export function activationFunctions(): WasmFunction[] {
  return [quantiseRow16(), quantiseRow8()];
}

function quantiseRow16(): WasmFunction {
  const [row, rowEnd, out, scale] = [0, 1, 2, 3] as const;
  const locals = new Locals(4);
  const [at] = locals.addresses(1) as [number];
  const [largest] = locals.floats(1) as [number];
  const [most, inverse] = locals.vectors(2) as [number, number];
  const body = [
    ...findLargest(row, rowEnd, at, most, largest),
    ...storeScale(scale, largest, LARGEST_16),
    ...takeInverse(inverse, largest, LARGEST_16),
    ...[...get(row), ...set(at)],
    ...repeat(at, rowEnd, [
      ...get(out),
      ...[...rounded(at, 0, inverse), ...rounded(at, 16, inverse), ...vector.i16FromI32],
      ...vector.store(0),
      ...advance(out, int.constant(16)),
      ...advance(at, int.constant(32)),
    ]),
  ];
  return { name: "quantiseRow16", parameters: 4, locals, body };
}

function quantiseRow8(): WasmFunction {
  const [row, rowEnd, out, notes, blockBytes] = [0, 1, 2, 3, 4] as const;
  const locals = new Locals(5);
  const [at, blockEnd] = locals.addresses(2) as [number, number];
  const [largest] = locals.floats(1) as [number];
  const [most, inverse, sum, ...four] = locals.vectors(7) as [number, number, number, ...number[]];
  const levels = four as [number, number, number, number];
  const quantise = [
    ...levels.flatMap((level, i) => [
      ...[...rounded(row, 16 * i, inverse), ...set(level)],
      ...[...get(sum), ...get(level), ...vector.i32Add, ...set(sum)],
    ]),
    ...get(out),
    ...[...get(levels[0]), ...get(levels[1]), ...vector.i16FromI32],
    ...[...get(levels[2]), ...get(levels[3]), ...vector.i16FromI32],
    ...vector.i8FromI16,
    ...vector.store(0),
    ...advance(out, int.constant(16)),
    ...advance(row, int.constant(64)),
  ];
  const lanes = [0, 1, 2, 3].map((lane) => [...get(sum), ...vector.i32Lane(lane)]);
  const body = repeat(row, rowEnd, [
    ...place(blockEnd, row, get(blockBytes)),
    ...findLargest(row, blockEnd, at, most, largest),
    ...storeScale(notes, largest, LARGEST_8),
    ...takeInverse(inverse, largest, LARGEST_8),
    ...[...vector.zero, ...set(sum)],
    ...repeat(row, blockEnd, quantise),
    ...get(notes),
    ...(lanes[0] as Code),
    ...lanes.slice(1).flatMap((lane) => [...lane, ...int.add]),
    ...[...int.constant(-8), ...int.multiply, ...int.store(4)],
    ...advance(notes, int.constant(8)),
  ]);
  return { name: "quantiseRow8", parameters: 5, locals, body };
}

/** The largest magnitude of the floats from `from` to `to`. */
function findLargest(from: number, to: number, at: number, most: number, largest: number): Code {
  const lanes = [0, 1, 2, 3].map((lane) => [...get(most), ...vector.f32Lane(lane)]);
  return [
    ...[...vector.zero, ...set(most)],
    ...[...get(from), ...set(at)],
    ...repeat(at, to, [
      ...[0, 16, 32, 48].flatMap((offset) => [
        ...get(most),
        ...[...get(at), ...vector.load(offset), ...vector.f32Abs],
        ...vector.f32Max,
        ...set(most),
      ]),
      ...advance(at, int.constant(64)),
    ]),
    ...(lanes[0] as Code),
    ...lanes.slice(1).flatMap((lane) => [...lane, ...float.max]),
    ...set(largest),
  ];
}

function storeScale(address: number, largest: number, levels: number): Code {
  return [...get(address), ...get(largest), ...float.constant(levels), ...float.divide, ...float.store(0)];
}

/** levels / largest; 0 where everything is 0 (or no number, which the scale then says). */
function takeInverse(inverse: number, largest: number, levels: number): Code {
  return [
    ...[...float.constant(levels), ...get(largest), ...float.divide],
    ...float.constant(0),
    ...[...get(largest), ...float.constant(2 ** -100), ...float.greater],
    ...float.select,
    ...[...vector.f32Splat, ...set(inverse)],
  ];
}

/** Four floats times `inverse` as integers. */
function rounded(address: number, byteOffset: number, inverse: number): Code {
  return [
    ...[...get(address), ...vector.load(byteOffset)],
    ...[...get(inverse), ...vector.f32Multiply, ...vector.f32Nearest],
    ...vector.i32FromF32,
  ];
}
