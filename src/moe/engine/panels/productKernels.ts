/**
 * WebAssembly for products of a few rows of quantised activations with panels of quantised weights (`packPanels.ts`).
 *
 * 8 bits: weights are widened to 16 bits as they are loaded and multiplied with 16-bit activations. Sums of a block are
 * exact: at most 64 pairs in an i32.
 * 4 bits: two panel halves share their bytes; levels 0..15 are multiplied with 8-bit activations. Eight such sums stay
 * below 2^15 (8 * 2 * 15 * 127 = 30480), then they move on to i32. The levels' middle, 8, is taken off once a block.
 */
import { advance, type Code, get, int, Locals, place, repeat, set, vector, type WasmFunction } from "./assembler.ts";

/** Rows and panels that one pass multiplies; the sums of more would not stay in registers. */
export interface Tile {
  readonly rows: number;
  readonly panels: number;
}

export const MAX_TILE_ROWS = 4;

/**
 * The most panels side by side, by rows. Weights of few rows come from far memory, and processors read ahead only to the
 * end of a page: with several places to read from, one can wait while others go on.
 */
export function tilePanels(rows: number): number {
  return rows === 1 ? 4 : rows === 2 ? 2 : 1;
}

/** Bytes of weights that one pass of the innermost loop takes from each panel, of activations likewise. */
const STEP_BYTES = 128;
const ACTIVATION_STEP_BYTES = 32;
const STEPS = 8;
const HALVES = [0, 1] as const;
/** Scales of a block or outputs of a panel; scale and -8 times the sum of a block of activations. In bytes. */
const PANEL_FLOATS = 32;
const BLOCK_NOTES_BYTES = 8;

/** Parameters of both kinds of product, in this order. Addresses and counts of bytes. */
const [WEIGHTS, WEIGHTS_END, SCALES, ACTIVATIONS, ACTIVATION_STRIDE, NOTES, NOTE_STRIDE, OUT, OUT_STRIDE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;
const [PANEL_BYTES, BLOCK_BYTES, PANEL_SCALE_BYTES] = [9, 10, 11] as const;
const PARAMETERS = 12;

export type ProductFunction = (
  weights: number,
  weightsEnd: number,
  scales: number,
  /** i16 or i8, [rows][inputs] */
  activations: number,
  activationStride: number,
  /** 8 bits: a float32 scale for each row. 4 bits: for each row and block a scale and -8 times the sum, an i32. */
  notes: number,
  noteStride: number,
  /** float32, [rows][outputs] */
  out: number,
  outStride: number,
  /** Of weights in a panel, and in a block of it; of scales in a panel. */
  panelBytes: number,
  blockBytes: number,
  panelScaleBytes: number,
) => void;

export function productName(bits: 4 | 8, { rows, panels }: Tile): string {
  return `product${bits} ${rows}x${panels}`;
}

/** For both kinds of weights and all numbers of rows: one with `tilePanels` panels, one for those that remain. */
export function productFunctions(): WasmFunction[] {
  const rows = Array.from({ length: MAX_TILE_ROWS }, (_, i) => i + 1);
  const tiles = rows.flatMap((count) =>
    [...new Set([tilePanels(count), 1])].map((panels) => ({ rows: count, panels })),
  );
  return tiles.flatMap((tile) => [product(8, tile), product(4, tile)]);
}

/** Local variables of a function. */
interface Registers {
  readonly panelEnd: number;
  readonly blockEnd: number;
  /** By panel. */
  readonly weights: readonly number[];
  readonly scales: readonly number[];
  /** By row. */
  readonly activations: readonly number[];
  readonly notes: readonly number[];
  readonly out: readonly number[];
  /** By panel, row and half of the panel: see `sumOf`. */
  readonly sums: readonly number[];
  readonly shortSums: readonly number[];
  readonly halves: readonly [number, number];
  readonly activation: number;
}

function product(bits: 4 | 8, tile: Tile): WasmFunction {
  const locals = new Locals(PARAMETERS);
  const { rows, panels } = tile;
  const [panelEnd, blockEnd] = locals.addresses(2) as [number, number];
  const addresses = {
    weights: [WEIGHTS, ...locals.addresses(panels - 1)],
    scales: [SCALES, ...locals.addresses(panels - 1)],
    activations: locals.addresses(rows),
    notes: locals.addresses(rows),
    out: locals.addresses(rows),
  };
  const sums = locals.vectors(2 * rows * panels);
  const shortSums = bits === 4 ? locals.vectors(sums.length) : [];
  const [low, high, activation] = locals.vectors(3) as [number, number, number];
  const registers: Registers = { panelEnd, blockEnd, ...addresses, sums, shortSums, halves: [low, high], activation };
  const body =
    bits === 8
      ? panelLoop(registers, block8(registers), scaleRows(registers))
      : panelLoop(registers, block4(registers), []);
  return { name: productName(bits, tile), parameters: PARAMETERS, locals, body };
}

function block8(r: Registers): Code {
  const step = Array.from({ length: STEPS }, (_, i) =>
    r.weights.flatMap((weights, panel) => [
      ...HALVES.flatMap((half) => [...get(weights), ...vector.loadInt8(16 * i + 8 * half), ...set(r.halves[half])]),
      ...r.activations.flatMap((address, row) => [
        ...[...get(address), ...vector.loadSplat(4 * i), ...set(r.activation)],
        ...HALVES.flatMap((half) => {
          const sum = sumOf(r, r.sums, panel, row, half);
          const product = [...get(r.halves[half]), ...get(r.activation), ...vector.dotInt16];
          return [...get(sum), ...product, ...vector.i32Add, ...set(sum)];
        }),
      ]),
    ]),
  ).flat();
  return [
    ...r.sums.flatMap((sum) => [...vector.zero, ...set(sum)]),
    ...blockLoop(r, step),
    ...addToOutputs(r, () => []),
    ...r.scales.flatMap((scales) => advance(scales, int.constant(PANEL_FLOATS))),
  ];
}

function block4(r: Registers): Code {
  const [low, high] = r.halves;
  const nibble = [...vector.bytes(15), ...vector.and];
  const products = Array.from({ length: STEPS }, (_, i) =>
    r.weights.flatMap((weights, panel) => [
      ...[...get(weights), ...vector.load(16 * i), ...set(high)],
      ...[...get(high), ...nibble, ...set(low)],
      ...[...get(high), ...int.constant(4), ...vector.i16ShiftRight, ...nibble, ...set(high)],
      ...r.activations.flatMap((address, row) => [
        ...[...get(address), ...vector.loadSplat(4 * i), ...set(r.activation)],
        ...HALVES.flatMap((half) => {
          const sum = sumOf(r, r.shortSums, panel, row, half);
          const product = [...get(r.activation), ...get(r.halves[half]), ...vector.dotInt8];
          return i === 0 ? [...product, ...set(sum)] : [...get(sum), ...product, ...vector.i16Add, ...set(sum)];
        }),
      ]),
    ]),
  ).flat();
  const moveOn = r.sums.flatMap((sum, i) => {
    const short = [...get(r.shortSums[i] as number), ...vector.i32FromPairs];
    return [...get(sum), ...short, ...vector.i32Add, ...set(sum)];
  });
  const middles = r.weights.flatMap((_, panel) =>
    r.notes.flatMap((notes, row) =>
      HALVES.flatMap((half) => [...get(notes), ...vector.loadSplat(4), ...set(sumOf(r, r.sums, panel, row, half))]),
    ),
  );
  return [
    ...middles,
    ...blockLoop(r, [...products, ...moveOn]),
    ...addToOutputs(r, (row) => [...get(r.notes[row] as number), ...vector.loadSplat(0), ...vector.f32Multiply]),
    ...r.notes.flatMap((notes) => advance(notes, int.constant(BLOCK_NOTES_BYTES))),
    ...r.scales.flatMap((scales) => advance(scales, int.constant(PANEL_FLOATS))),
  ];
}

function sumOf({ activations }: Registers, sums: readonly number[], panel: number, row: number, half: 0 | 1): number {
  return sums[2 * (panel * activations.length + row) + half] as number;
}

function blockLoop({ blockEnd, weights, activations }: Registers, step: Code): Code {
  return [
    ...place(blockEnd, WEIGHTS, get(BLOCK_BYTES)),
    ...repeat(WEIGHTS, blockEnd, [
      ...step,
      ...weights.flatMap((address) => advance(address, int.constant(STEP_BYTES))),
      ...activations.flatMap((address) => advance(address, int.constant(ACTIVATION_STEP_BYTES))),
    ]),
  ];
}

/** Adds the sums of a block, times its scales and `factor`, to what lies in `out`. */
function addToOutputs(r: Registers, factor: (row: number) => Code): Code {
  return forOutputs(r, (address, byteOffset, row, panel, half) => [
    ...get(address),
    ...[...get(address), ...vector.load(byteOffset)],
    ...[...get(sumOf(r, r.sums, panel, row, half)), ...vector.f32FromI32],
    ...[...get(r.scales[panel] as number), ...vector.load(16 * half), ...vector.f32Multiply],
    ...factor(row),
    ...vector.f32Add,
    ...vector.store(byteOffset),
  ]);
}

/** Multiplies outputs by the scale of their row's activations. */
function scaleRows(r: Registers): Code {
  return forOutputs(r, (address, byteOffset, row) => [
    ...get(address),
    ...[...get(address), ...vector.load(byteOffset)],
    ...[...get(r.notes[row] as number), ...vector.loadSplat(0), ...vector.f32Multiply],
    ...vector.store(byteOffset),
  ]);
}

function forOutputs(
  { out, weights }: Registers,
  code: (address: number, byteOffset: number, row: number, panel: number, half: 0 | 1) => Code,
): Code {
  return out.flatMap((address, row) =>
    weights.flatMap((_, panel) => HALVES.flatMap((half) => code(address, 32 * panel + 16 * half, row, panel, half))),
  );
}

/** For each group of panels: outputs set to 0, then `block` for each block, then `after`. */
function panelLoop(r: Registers, block: Code, after: Code): Code {
  const { weights, scales, out, panelEnd } = r;
  const others = weights.length - 1;
  const skip = (address: number, bytes: number): Code =>
    others === 0 ? [] : advance(address, [...int.constant(others), ...get(bytes), ...int.multiply]);
  return [
    ...strided(out, OUT, OUT_STRIDE),
    ...repeat(WEIGHTS, WEIGHTS_END, [
      ...strided(weights, WEIGHTS, PANEL_BYTES),
      ...strided(scales, SCALES, PANEL_SCALE_BYTES),
      ...strided(r.activations, ACTIVATIONS, ACTIVATION_STRIDE),
      ...strided(r.notes, NOTES, NOTE_STRIDE),
      ...forOutputs(r, (address, byteOffset) => [...get(address), ...vector.zero, ...vector.store(byteOffset)]),
      ...place(panelEnd, WEIGHTS, get(PANEL_BYTES)),
      ...repeat(WEIGHTS, panelEnd, block),
      ...after,
      ...skip(WEIGHTS, PANEL_BYTES),
      ...skip(SCALES, PANEL_SCALE_BYTES),
      ...out.flatMap((address) => advance(address, int.constant(PANEL_FLOATS * weights.length))),
    ]),
  ];
}

/** The first begins at `first`, each further one `stride` later. */
function strided(locals: readonly number[], first: number, stride: number): Code {
  return locals.flatMap((local, i) => {
    if (local === first) return [];
    return i === 0 ? [...get(first), ...set(local)] : place(local, locals[i - 1] as number, get(stride));
  });
}
