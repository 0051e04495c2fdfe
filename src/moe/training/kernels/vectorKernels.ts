/**
 * Loops over floats in a shared memory. Addresses are byte offsets into it; lengths are multiples of four elements.
 */
import {
  assemble,
  type Code,
  f64,
  forEach,
  get,
  i64,
  loadI32,
  pair,
  set,
  TYPE,
  vector,
  type WasmFunction,
} from "./assembler.ts";
import { instantiate, MAX_PAGES, type WasmMemory } from "./webAssembly.ts";

export interface VectorKernels {
  /** target += factor * source, up to but not including address `end` of the target. */
  addScaled(target: bigint, end: bigint, source: bigint, factor: number): void;
  /** The sum of squares, in double precision. */
  sumOfSquares(start: bigint, end: bigint): number;
  /**
   * Adds factor * row i of `source` to row `rows[i]` of `target`, for the int32 values from `rows` to `rowsEnd`;
   * `rowBytes` is a multiple of 16.
   */
  scatterAddRows(target: bigint, source: bigint, rows: bigint, rowsEnd: bigint, rowBytes: bigint, factor: number): void;
  /**
   * m = beta1 m + c1 g; v = beta2 v + c2 g^2; w = keep w - stepSize m / (rootScale sqrt(v) + epsilon), with
   * g = gradientScale * gradient
   */
  adamw(
    weights: bigint,
    end: bigint,
    gradients: bigint,
    first: bigint,
    second: bigint,
    ...factors: readonly [
      gradientScale: number,
      beta1: number,
      c1: number,
      beta2: number,
      c2: number,
      keep: number,
      stepSize: number,
      rootScale: number,
      epsilon: number,
    ]
  ): void;
}

const { i64: long, f32, f64: double, v128 } = TYPE;
const SIXTEEN = i64.constant(16);
const splat = (from: number, to: number): Code => [...get(from), ...vector.splat, ...set(to)];
const advance = (pointer: number, bytes: Code = SIXTEEN): Code => [
  ...get(pointer),
  ...bytes,
  ...i64.add,
  ...set(pointer),
];

const addScaled: WasmFunction = {
  name: "addScaled",
  parameters: [long, long, long, f32],
  locals: [v128],
  body: [
    ...splat(3, 4),
    ...forEach(0, 1, SIXTEEN, [
      ...[...get(0), ...get(0), ...vector.load(), ...get(2), ...vector.load(), ...get(4), ...vector.multiply],
      ...[...vector.add, ...vector.store()],
      ...advance(2),
    ]),
  ],
};

const SUM = 2;
const VALUES = 3;
const squared = [...pair.multiply, ...pair.add, ...set(SUM)];

const sumOfSquares: WasmFunction = {
  name: "sumOfSquares",
  parameters: [long, long],
  result: double,
  locals: [v128, v128, v128],
  body: [
    ...[...pair.zero, ...set(SUM)],
    ...forEach(0, 1, SIXTEEN, [
      ...[...get(0), ...vector.load(), ...set(VALUES)],
      ...[...get(VALUES), ...pair.fromLowerFloats, ...set(4), ...get(SUM), ...get(4), ...get(4), ...squared],
      ...[...get(VALUES), ...get(VALUES), ...vector.upperHalf, ...pair.fromLowerFloats, ...set(4)],
      ...[...get(SUM), ...get(4), ...get(4), ...squared],
    ]),
    ...[...get(SUM), ...pair.lane(0), ...get(SUM), ...pair.lane(1), ...f64.add],
  ],
};

const scatterAddRows: WasmFunction = {
  name: "scatterAddRows",
  parameters: [long, long, long, long, long, f32],
  // 6: factors, 7: address in the target, 8: end of the row in the target
  locals: [v128, long, long],
  body: [
    ...splat(5, 6),
    ...forEach(2, 3, i64.constant(4), [
      ...[...get(0), ...get(2), ...loadI32(), ...i64.fromUnsigned32, ...get(4), ...i64.multiply, ...i64.add, ...set(7)],
      ...[...get(7), ...get(4), ...i64.add, ...set(8)],
      ...forEach(7, 8, SIXTEEN, [
        ...[...get(7), ...get(7), ...vector.load(), ...get(1), ...vector.load(), ...get(6), ...vector.multiply],
        ...[...vector.add, ...vector.store()],
        ...advance(1),
      ]),
    ]),
  ],
};

const [WEIGHTS, END, GRADIENTS, FIRST, SECOND] = [0, 1, 2, 3, 4];
/** Parameters 5 to 13 are the factors; their vectors are locals 14 to 22, in the same order. */
const FACTORS = 9;
const factor = (index: number): Code => get(14 + index);
const [G, M, V] = [23, 24, 25];

const adamw: WasmFunction = {
  name: "adamw",
  parameters: [long, long, long, long, long, ...Array<typeof f32>(FACTORS).fill(f32)],
  locals: Array<typeof v128>(FACTORS + 3).fill(v128),
  body: [
    ...Array.from({ length: FACTORS }, (_, i) => splat(5 + i, 14 + i)).flat(),
    ...forEach(WEIGHTS, END, SIXTEEN, [
      ...[...get(GRADIENTS), ...vector.load(), ...factor(0), ...vector.multiply, ...set(G)],
      ...[...get(FIRST), ...vector.load(), ...factor(1), ...vector.multiply],
      ...[...get(G), ...factor(2), ...vector.multiply, ...vector.add, ...set(M)],
      ...[...get(SECOND), ...vector.load(), ...factor(3), ...vector.multiply],
      ...[...get(G), ...get(G), ...vector.multiply, ...factor(4), ...vector.multiply, ...vector.add, ...set(V)],
      ...[...get(FIRST), ...get(M), ...vector.store(), ...get(SECOND), ...get(V), ...vector.store()],
      ...[...get(WEIGHTS), ...get(WEIGHTS), ...vector.load(), ...factor(5), ...vector.multiply],
      ...[...get(M), ...factor(6), ...vector.multiply],
      ...[...get(V), ...vector.squareRoot, ...factor(7), ...vector.multiply, ...factor(8), ...vector.add],
      ...[...vector.divide, ...vector.subtract, ...vector.store()],
      ...[...advance(GRADIENTS), ...advance(FIRST), ...advance(SECOND)],
    ]),
  ],
};

export function vectorKernels(memory: WasmMemory): VectorKernels {
  const functions = [addScaled, sumOfSquares, scatterAddRows, adamw];
  return instantiate(assemble(functions, MAX_PAGES), memory) as VectorKernels;
}
