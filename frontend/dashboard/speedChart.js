// Tokens per second over the time that this page has been open: a line on a canvas, and the same in words.
// @ts-check
import { css } from "../lib/colors.js";
import { byId, el, fill } from "../lib/dom.js";
import { duration, short } from "../lib/format.js";
import { onThemeChange } from "../lib/theme.js";

/** An hour at one point every two seconds. */
const MAX_POINTS = 1800;
const LEFT_PX = 34;
const BOTTOM_PX = 18;

export class SpeedChart {
  #canvas = el("canvas", { "aria-hidden": "true" });
  /** @type {{ timeMs: number, value: number | null }[]} */
  #points = [];

  /** @param {HTMLElement} frame */
  constructor(frame) {
    fill(frame, this.#canvas);
    new ResizeObserver(() => this.#draw()).observe(frame);
    onThemeChange(() => this.#draw());
  }

  /** @param {number} timeMs @param {number | null} value `null`: no answers in the last minute */
  add(timeMs, value) {
    this.#points.push({ timeMs, value });
    if (this.#points.length > MAX_POINTS) this.#points.shift();
    const values = this.#points.flatMap((point) => (point.value === null ? [] : [point.value]));
    const span = timeMs - (this.#points[0]?.timeMs ?? timeMs);
    byId("speed-note").textContent = span < 1000 ? "since this page was opened" : `last ${duration(span)}`;
    byId("speed-words").textContent =
      values.length === 0
        ? "No answers were computed."
        : `Between ${short(Math.min(...values))} and ${short(Math.max(...values))} tokens per second.`;
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    context.scale(ratio, ratio);
    const top = niceTop(Math.max(1, ...this.#points.map(({ value }) => value ?? 0)));
    const y = (/** @type {number} */ value) => 6 + (height - BOTTOM_PX - 6) * (1 - value / top);
    const isEmpty = this.#points.every(({ value }) => value === null);
    this.#drawScale(context, width, height, isEmpty ? null : top, y);
    const from = this.#points[0]?.timeMs ?? 0;
    const span = Math.max(60_000, (this.#points.at(-1)?.timeMs ?? 0) - from);
    const x = (/** @type {number} */ timeMs) => LEFT_PX + ((width - LEFT_PX - 6) * (timeMs - from)) / span;
    this.#drawLine(context, x, y);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} width @param {number} height @param {number | null} top `null`: no value yet, so no scale either @param {(value: number) => number} y */
  #drawScale(context, width, height, top, y) {
    context.font = `11px ${getComputedStyle(this.#canvas).fontFamily}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.lineWidth = 1;
    for (const part of [0, 0.5, 1]) {
      const line = Math.round(y((top ?? 1) * part)) + 0.5;
      context.strokeStyle = css("--line");
      context.beginPath();
      context.moveTo(LEFT_PX, line);
      context.lineTo(width, line);
      context.stroke();
      context.fillStyle = css("--ink-3");
      if (top !== null) context.fillText(short(top * part), LEFT_PX - 8, line);
    }
    context.textAlign = "left";
    context.fillText("tokens/s, mean of the minute before", LEFT_PX, height - 5);
    if (top !== null) return;
    context.textAlign = "center";
    context.fillText("No answers in this time", (LEFT_PX + width) / 2, y(0.75));
  }

  /** Pauses without answers are gaps. @param {CanvasRenderingContext2D} context @param {(timeMs: number) => number} x @param {(value: number) => number} y */
  #drawLine(context, x, y) {
    context.strokeStyle = css("--accent");
    context.fillStyle = css("--accent");
    context.lineWidth = 2;
    context.lineJoin = "round";
    let drawing = false;
    context.beginPath();
    for (const { timeMs, value } of this.#points) {
      if (value === null) {
        drawing = false;
      } else if (drawing) {
        context.lineTo(x(timeMs), y(value));
      } else {
        context.moveTo(x(timeMs), y(value));
        drawing = true;
      }
    }
    context.stroke();
    const last = this.#points.at(-1);
    if (last === undefined || last.value === null) return;
    context.beginPath();
    context.arc(x(last.timeMs), y(last.value), 3.5, 0, 2 * Math.PI);
    context.fill();
  }
}

/** 1, 2 or 5 times a power of ten, at or above `value`. @param {number} value */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * /** @type {number} */ ([1, 2, 5, 10].find((step) => step * power >= value));
}
