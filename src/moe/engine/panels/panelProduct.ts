/** Products with one quantised matrix whose panels lie in WebAssembly memory. */
import { PANEL, type PanelShape, paddedInputs, panelBytes } from "./packPanels.ts";
import { type PanelArena, type PanelKernels, type PanelPlace, SCRATCH_BYTES } from "./panelMemory.ts";
import { MAX_TILE_ROWS, type ProductFunction, productName, tilePanels } from "./productKernels.ts";

/** Rows whose activations and outputs are in scratch memory together, if they fit. */
const MAX_ROWS = 64;
/** Weights that all rows are multiplied with before the next ones are read: what the nearest caches hold. */
const PART_BYTES = 64 * 1024;
/** Of a block of 8-bit activations. */
const NOTE_BYTES = 8;

export class PanelProduct {
  readonly shape: PanelShape;
  readonly #arena: PanelArena;
  readonly #weights: number;
  readonly #scales: number;
  readonly #width: number;
  readonly #outWidth: number;
  readonly #panelBytes: number;
  readonly #blockBytes: number;
  readonly #panelScaleBytes: number;
  readonly #activationStride: number;
  readonly #noteStride: number;
  /** By 8 times the rows plus the panels of a tile. */
  readonly #functions = new Map<number, ProductFunction>();
  readonly #rowBytes: number;

  /** @param weights where data and scales lie, one after the other */
  constructor(shape: PanelShape, { arena, address }: PanelPlace) {
    this.shape = shape;
    this.#arena = arena;
    this.#weights = address;
    this.#scales = address + panelBytes(shape).data;
    this.#width = paddedInputs(shape);
    this.#outWidth = Math.ceil(shape.outputs / PANEL) * PANEL;
    this.#panelBytes = (PANEL * this.#width * shape.bits) / 8;
    this.#blockBytes = (PANEL * shape.blockSize * shape.bits) / 8;
    this.#panelScaleBytes = (4 * PANEL * this.#width) / shape.blockSize;
    this.#activationStride = shape.bits === 8 ? 2 * this.#width : this.#width;
    this.#noteStride = shape.bits === 8 ? 4 : (this.#width / shape.blockSize) * NOTE_BYTES;
    this.#rowBytes = 4 * (this.#width + this.#outWidth) + 2 * this.#width + this.#noteStride;
    for (let rows = 1; rows <= MAX_TILE_ROWS; rows++) {
      for (const panels of [tilePanels(rows), 1]) {
        this.#functions.set(
          8 * rows + panels,
          arena.kernels[productName(shape.bits, { rows, panels })] as ProductFunction,
        );
      }
    }
  }

  /**
   * @param x [rows][inputs]
   * Returns a fresh [rows][outputs]. A row's result does not depend on the other rows.
   */
  multiply(x: Float32Array, rows: number): Float32Array<ArrayBuffer> {
    const { inputs, outputs } = this.shape;
    const out = new Float32Array(rows * outputs);
    const together = Math.max(1, Math.min(MAX_ROWS, Math.floor((SCRATCH_BYTES - 64) / this.#rowBytes)));
    for (let row = 0; row < rows; row += together) {
      const count = Math.min(together, rows - row);
      this.#multiplyTogether(x.subarray(row * inputs, (row + count) * inputs), count, out, row);
    }
    return out;
  }

  /** Bytes of the matrix in float32 where `dequantise` can make it. */
  get floatBytes(): number | undefined {
    const { bits, outputs, inputs } = this.shape;
    return bits === 8 && outputs === this.#outWidth && inputs === this.#width ? 4 * outputs * inputs : undefined;
  }

  /**
   * The matrix in scratch memory at `address`, [outputs][inputs]: valid until the next product or load.
   * Only where there are `floatBytes`, and room for them.
   */
  dequantise(address: number): Float32Array {
    const { outputs, inputs } = this.shape;
    const { kernels, floats } = this.#arena;
    const end = this.#weights + (outputs / PANEL) * this.#panelBytes;
    const sizes = [4 * inputs, this.#panelBytes, this.#blockBytes] as const;
    kernels.dequantise8(this.#weights, end, this.#scales, address, ...sizes);
    return floats.subarray(address / 4, address / 4 + outputs * inputs);
  }

  #multiplyTogether(x: Float32Array, rows: number, all: Float32Array, firstRow: number): void {
    const { inputs, outputs } = this.shape;
    const { kernels, floats } = this.#arena;
    const width = this.#width;
    // Scratch: floats that come in, outputs, quantised activations, their scales. All but the last are whole vectors.
    const out = 4 * rows * width;
    const quantised = out + 4 * rows * this.#outWidth;
    const notes = quantised + 2 * rows * width;
    if (width === inputs) floats.set(x, 0);
    else {
      floats.fill(0, 0, rows * width);
      for (let row = 0; row < rows; row++) floats.set(x.subarray(row * inputs, (row + 1) * inputs), row * width);
    }
    this.#quantise(kernels, rows, quantised, notes);
    const panels = this.#outWidth / PANEL;
    const step = rows <= MAX_TILE_ROWS ? panels : Math.max(1, Math.floor(PART_BYTES / this.#panelBytes));
    for (let first = 0; first < panels; first += step) {
      const end = Math.min(first + step, panels);
      for (let row = 0; row < rows; row += MAX_TILE_ROWS) {
        const count = Math.min(MAX_TILE_ROWS, rows - row);
        const outRow = out + 4 * row * this.#outWidth;
        this.#multiplyTile(
          count,
          first,
          end,
          quantised + row * this.#activationStride,
          notes + row * this.#noteStride,
          outRow,
        );
      }
    }
    for (let row = 0; row < rows; row++) {
      const at = out / 4 + row * this.#outWidth;
      all.set(floats.subarray(at, at + outputs), (firstRow + row) * outputs);
    }
  }

  /** Panels `first` to `end` for up to `MAX_TILE_ROWS` rows: as many as go side by side, then the others one by one. */
  #multiplyTile(rows: number, first: number, end: number, activations: number, notes: number, out: number): void {
    const together = tilePanels(rows);
    const middle = end - ((end - first) % together);
    for (const [from, to, count] of [
      [first, middle, together],
      [middle, end, 1],
    ] as const) {
      if (from === to) continue;
      (this.#functions.get(8 * rows + count) as ProductFunction)(
        this.#weights + from * this.#panelBytes,
        this.#weights + to * this.#panelBytes,
        this.#scales + from * this.#panelScaleBytes,
        activations,
        this.#activationStride,
        notes,
        this.#noteStride,
        out + 4 * from * PANEL,
        4 * this.#outWidth,
        this.#panelBytes,
        this.#blockBytes,
        this.#panelScaleBytes,
      );
    }
  }

  #quantise(kernels: PanelKernels, rows: number, quantised: number, notes: number): void {
    const { bits, blockSize } = this.shape;
    const rowBytes = 4 * this.#width;
    for (let row = 0; row < rows; row++) {
      const at = row * rowBytes;
      const note = notes + row * this.#noteStride;
      if (bits === 8) kernels.quantiseRow16(at, at + rowBytes, quantised + 2 * row * this.#width, note);
      else kernels.quantiseRow8(at, at + rowBytes, quantised + row * this.#width, note, 4 * blockSize);
    }
  }
}
