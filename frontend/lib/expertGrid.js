// A grid of layers × experts on a canvas: each cell lit by a value from 0 to 1. It draws at most once a frame, and any
// number of cells; what it shows is told to screen readers by the table beside it.
// @ts-check
import { css, heat } from "./colors.js";
import { onThemeChange } from "./theme.js";

const AXIS_PX = 26;
const MAX_CELL_PX = 34;

/**
 * @typedef {object} Cell
 * @property {number} layer
 * @property {number} expert
 */

export class ExpertGrid {
  /** @type {HTMLCanvasElement} */
  #canvas;
  /** Experts of each layer; 0 for a dense layer. @type {readonly number[]} */
  #shape = [];
  /** @type {(layer: number, expert: number) => number} */
  #value = () => 0;
  /** Cells with a frame around them. @type {(layer: number, expert: number) => boolean} */
  #marked = () => false;
  /** @type {Cell | null} */
  #pointed = null;
  #waiting = false;
  /** @type {{ cell: number, gap: number, width: number, height: number }} */
  #sizes = { cell: 0, gap: 0, width: 0, height: 0 };

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ onPoint?: (cell: Cell | null, event: PointerEvent) => void, onPick?: (cell: Cell) => void }} [events]
   */
  constructor(canvas, events = {}) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(/** @type {Element} */ (canvas.parentElement));
    onThemeChange(() => this.draw());
    canvas.addEventListener("pointermove", (event) => this.#point(event, events.onPoint));
    canvas.addEventListener("pointerleave", (event) => this.#point(event, events.onPoint, true));
    canvas.addEventListener("click", (event) => {
      const cell = this.#cellAt(event);
      if (cell !== null) events.onPick?.(cell);
    });
  }

  /** @param {readonly number[]} expertsPerLayer */
  setShape(expertsPerLayer) {
    this.#shape = expertsPerLayer;
    this.draw();
  }

  /** @param {(layer: number, expert: number) => number} value @param {(layer: number, expert: number) => boolean} [marked] */
  show(value, marked = () => false) {
    this.#value = value;
    this.#marked = marked;
    this.draw();
  }

  /** Draws before the next frame; many calls are one drawing. */
  draw() {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#paint();
    });
  }

  #paint() {
    const layers = this.#shape.length;
    const columns = Math.max(1, ...this.#shape);
    const width = this.#canvas.parentElement?.clientWidth ?? 0;
    if (layers === 0 || width === 0) return;
    const step = Math.max(2, Math.min(MAX_CELL_PX, (width - AXIS_PX) / columns));
    const gap = step > 20 ? 4 : step > 8 ? 2 : step > 4 ? 1 : 0;
    this.#sizes = { cell: step, gap, width: AXIS_PX + step * columns, height: AXIS_PX + step * layers };
    const context = this.#prepare();
    for (const [layer, experts] of this.#shape.entries()) {
      for (let expert = 0; expert < experts; expert++) this.#paintCell(context, layer, expert);
    }
    this.#paintAxes(context, layers, columns);
  }

  /** The canvas in device pixels, so that edges are sharp. */
  #prepare() {
    const { width, height } = this.#sizes;
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    context.scale(ratio, ratio);
    return context;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} layer @param {number} expert */
  #paintCell(context, layer, expert) {
    const { cell, gap } = this.#sizes;
    const x = AXIS_PX + expert * cell + gap / 2;
    const y = AXIS_PX + layer * cell + gap / 2;
    const size = cell - gap;
    context.beginPath();
    context.roundRect(x, y, size, size, Math.min(6, size / 4));
    context.fillStyle = heat(this.#value(layer, expert));
    context.fill();
    const pointed = this.#pointed?.layer === layer && this.#pointed.expert === expert;
    if (!pointed && !this.#marked(layer, expert)) return;
    context.lineWidth = size > 8 ? 2 : 1;
    context.strokeStyle = css(pointed ? "--ink" : "--amber");
    context.stroke();
  }

  /** @param {CanvasRenderingContext2D} context @param {number} layers @param {number} columns */
  #paintAxes(context, layers, columns) {
    const { cell } = this.#sizes;
    const every = Math.ceil(22 / cell);
    context.fillStyle = css("--ink-3");
    context.font = `500 11px ${getComputedStyle(this.#canvas).fontFamily}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    for (let i = 0; i < columns; i += every) context.fillText(String(i), AXIS_PX + (i + 0.5) * cell, AXIS_PX / 2);
    context.textAlign = "left";
    for (let i = 0; i < layers; i += every) context.fillText(String(i), 4, AXIS_PX + (i + 0.5) * cell);
  }

  /** @param {MouseEvent} event @returns {Cell | null} */
  #cellAt(event) {
    const bounds = this.#canvas.getBoundingClientRect();
    const expert = Math.floor((event.clientX - bounds.left - AXIS_PX) / this.#sizes.cell);
    const layer = Math.floor((event.clientY - bounds.top - AXIS_PX) / this.#sizes.cell);
    return expert >= 0 && layer >= 0 && expert < (this.#shape[layer] ?? 0) ? { layer, expert } : null;
  }

  /**
   * @param {PointerEvent} event
   * @param {((cell: Cell | null, event: PointerEvent) => void) | undefined} listener
   * @param {boolean} [left]
   */
  #point(event, listener, left = false) {
    this.#pointed = left ? null : this.#cellAt(event);
    this.#canvas.classList.toggle("pointed", this.#pointed !== null);
    this.draw();
    listener?.(this.#pointed, event);
  }
}

/** A picture of an answer's experts, a few pixels a cell. @param {HTMLCanvasElement} canvas @param {readonly number[]} shape @param {(layer: number, expert: number) => number} value */
export function paintThumbnail(canvas, shape, value) {
  const columns = Math.max(1, ...shape);
  const step = Math.max(1, Math.min(5, Math.floor(64 / columns)));
  const gap = step > 2 ? 1 : 0;
  const ratio = Math.ceil(devicePixelRatio || 1);
  canvas.width = columns * step * ratio;
  canvas.height = shape.length * step * ratio;
  canvas.style.width = `${columns * step}px`;
  canvas.style.height = `${shape.length * step}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  for (const [layer, experts] of shape.entries()) {
    for (let expert = 0; expert < experts; expert++) {
      context.fillStyle = heat(value(layer, expert));
      context.fillRect(expert * step, layer * step, step - gap, step - gap);
    }
  }
}
