/**
 * WebAssembly that turns panels of 8-bit weights into a float32 matrix, [outputs][inputs].
 *
 * For many rows onnxruntime's product of floats, with vectors four times as wide, is faster than ours of integers, by
 * more than this costs.
 */
import { advance, type Code, get, int, Locals, place, repeat, set, vector, type WasmFunction } from "./assembler.ts";

const OUTPUTS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Four columns of a panel. */
const STEP_BYTES = 32;

/** @param rowBytes of the matrix; the panel's rows are whole */
export type Dequantise8 = (
  weights: number,
  weightsEnd: number,
  scales: number,
  out: number,
  rowBytes: number,
  panelBytes: number,
  blockBytes: number,
) => void;

export function dequantiseFunctions(): WasmFunction[] {
  const [weights, weightsEnd, scales, out, rowBytes, panelBytes, blockBytes] = [0, 1, 2, 3, 4, 5, 6] as const;
  const locals = new Locals(7);
  const [panelEnd, blockEnd, ...rows] = locals.addresses(2 + OUTPUTS.length) as [number, number, ...number[]];
  const factors = locals.vectors(OUTPUTS.length);
  const [first, second] = locals.vectors(2) as [number, number];
  const store = (output: number, half: Code): Code => [
    ...get(rows[output] as number),
    ...[...get(first), ...get(second), ...half],
    ...vector.f32FromI32,
    ...[...get(factors[output] as number), ...vector.f32Multiply],
    ...vector.store(0),
  ];
  const halfPanel = (half: 0 | 1): Code => [
    // Pairs of columns: two of one output, two of the next.
    ...[...get(weights), ...vector.loadInt8(8 * half), ...set(first)],
    ...[...get(weights), ...vector.loadInt8(16 + 8 * half), ...set(second)],
    ...[0, 1, 2, 3].flatMap((output) => store(4 * half + output, columnsOf(output))),
  ];
  const block = [
    ...OUTPUTS.flatMap((output) => [
      ...get(scales),
      ...vector.loadSplat(4 * output),
      ...set(factors[output] as number),
    ]),
    ...place(blockEnd, weights, get(blockBytes)),
    ...repeat(weights, blockEnd, [
      ...halfPanel(0),
      ...halfPanel(1),
      ...advance(weights, int.constant(STEP_BYTES)),
      ...rows.flatMap((row) => advance(row, int.constant(16))),
    ]),
    ...advance(scales, int.constant(4 * OUTPUTS.length)),
  ];
  const body = repeat(weights, weightsEnd, [
    ...rows.flatMap((row, i) =>
      i === 0 ? [...get(out), ...set(row)] : place(row, rows[i - 1] as number, get(rowBytes)),
    ),
    ...place(out, rows.at(-1) as number, get(rowBytes)),
    ...place(panelEnd, weights, get(panelBytes)),
    ...repeat(weights, panelEnd, block),
  ]);
  return [{ name: "dequantise8", parameters: 7, locals, body }];
}

/** Of two vectors with columns 0, 1 and 2, 3 of four outputs: the four columns of one, as i32. */
function columnsOf(output: number): Code {
  const bytes = [0, 1, 2, 3].map((i) => 4 * output + i);
  const picked = [...bytes, ...bytes.map((byte) => byte + 16)];
  return [...vector.shuffle([...picked, ...picked]), ...vector.i32FromLowI16];
}
