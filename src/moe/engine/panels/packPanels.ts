/**
 * Quantised matrices in the order in which `productKernels.ts` reads them: panels of 8 rows (outputs of the product),
 * whose columns lie side by side, so that one vector holds weights of several outputs and sums need no last fold.
 *
 *   8 bits, signed:   [panel][pair of columns][half of the panel][output 0..3][column 0..1]
 *   4 bits, level 0..15: [panel][four columns][output 0..3][column 0..3], outputs 4..7 in the upper halves of the bytes
 *   scales:           [panel][block][output 0..7]
 *
 * Outputs that fill the last panel have the scale 0.
 */
import type { QuantisedBits, QuantisedMatrix } from "../quantise.ts";

/** Outputs of a panel. */
export const PANEL = 8;

const LARGEST_BLOCK = 128;

export interface PanelShape {
  readonly bits: QuantisedBits;
  readonly blockSize: number;
  readonly outputs: number;
  readonly inputs: number;
}

export interface PanelMatrix extends PanelShape {
  readonly panels: true;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** The largest block of which a row holds a whole number. With 4 bits blocks have at least 32 weights: see `product4`. */
export function panelBlockSize(inputs: number, bits: QuantisedBits): number {
  const least = bits === 8 ? 16 : 32;
  for (let size = LARGEST_BLOCK; size > least; size /= 2) if (inputs % size === 0) return size;
  return least;
}

/** Columns with those that fill the last block. */
export function paddedInputs({ inputs, blockSize }: PanelShape): number {
  return Math.ceil(inputs / blockSize) * blockSize;
}

/** Bytes of `data` and of `scales`. */
export function panelBytes(shape: PanelShape): { readonly data: number; readonly scales: number } {
  const outputs = Math.ceil(shape.outputs / PANEL) * PANEL;
  const inputs = paddedInputs(shape);
  return { data: (outputs * inputs * shape.bits) / 8, scales: (4 * outputs * inputs) / shape.blockSize };
}

export function packPanels(matrix: QuantisedMatrix): PanelMatrix {
  const { bits, blockSize, outputs, inputs } = matrix;
  const width = paddedInputs(matrix);
  const bytes = panelBytes(matrix);
  const data = new Uint8Array(bytes.data);
  const scales = new Float32Array(bytes.scales / 4);
  const blocks = width / blockSize;
  for (let row = 0; row < outputs; row++) {
    const panel = Math.floor(row / PANEL);
    const output = row % PANEL;
    for (let block = 0; block < blocks; block++) {
      scales[(panel * blocks + block) * PANEL + output] = matrix.scales[row * blocks + block] as number;
    }
    if (bits === 8) pack8(matrix.data, row * width, width, data, panel * PANEL * width + output * 2);
    else pack4(matrix.data, (row * width) / 2, width, data, (panel * PANEL * width) / 2, output);
  }
  return { panels: true, bits, blockSize, outputs, inputs, data, scales };
}

function pack8(from: Uint8Array, at: number, width: number, to: Uint8Array, start: number): void {
  for (let column = 0, out = start; column < width; column += 2, out += 16) {
    // From levels around 128 to signed bytes.
    to[out] = (from[at + column] as number) ^ 128;
    to[out + 1] = (from[at + column + 1] as number) ^ 128;
  }
}

function pack4(from: Uint8Array, at: number, width: number, to: Uint8Array, start: number, output: number): void {
  const shift = output < 4 ? 0 : 4;
  for (let pair = 0; pair < width / 2; pair++) {
    const byte = from[at + pair] as number;
    const out = start + (pair >> 1) * 16 + (output & 3) * 4 + (pair & 1) * 2;
    to[out] = (to[out] as number) | ((byte & 15) << shift);
    to[out + 1] = (to[out + 1] as number) | ((byte >> 4) << shift);
  }
}
