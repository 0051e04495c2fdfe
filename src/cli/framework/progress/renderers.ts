/** The three ways in which progress is shown, and none. */
import { paint } from "../style.ts";
import { describeProgress, progressBar } from "./describe.ts";
import type { ProgressEvent, ProgressRenderer } from "./progress.ts";

export const PROGRESS_MODES = ["auto", "plain", "json", "none"] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

const BAR_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5000;
const JSON_INTERVAL_MS = 1000;
const CLEAR_LINE = "\r\u001b[2K";
const DEFAULT_COLUMNS = 80;

/** `auto` is a bar on a terminal that can move its cursor, and plain lines elsewhere. */
export function createRenderer(mode: ProgressMode, stream: NodeJS.WriteStream): ProgressRenderer {
  switch (mode) {
    case "auto":
      return stream.isTTY && process.env.TERM !== "dumb" ? new BarRenderer(stream) : new PlainRenderer(stream);
    case "plain":
      return new PlainRenderer(stream);
    case "json":
      return new JsonRenderer(stream);
    case "none":
      return { intervalMs: Number.POSITIVE_INFINITY, show: () => undefined, clear: () => undefined };
  }
}

/** One line that is painted over; a stage that took long enough to be seen leaves its last line behind. */
class BarRenderer implements ProgressRenderer {
  readonly intervalMs = BAR_INTERVAL_MS;
  readonly #stream: NodeJS.WriteStream;
  #stageSeen: string | undefined;
  #onScreen = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(event: ProgressEvent): void {
    if (event.finished && this.#stageSeen !== event.stage) return;
    this.#stageSeen = event.stage;
    // A terminal that does not know its width says 0.
    const columns = this.#stream.columns || DEFAULT_COLUMNS;
    const bar = event.finished || event.total === undefined ? "" : `${progressBar(event)} `;
    const text = describeProgress(event).slice(0, Math.max(0, columns - bar.length - 1));
    this.#stream.write(`${CLEAR_LINE}${paint("cyan", bar, this.#stream)}${text}${event.finished ? "\n" : ""}`);
    this.#onScreen = !event.finished;
  }

  clear(): void {
    if (this.#onScreen) this.#stream.write(CLEAR_LINE);
    this.#onScreen = false;
  }
}

/** One line every few seconds; work that is done before the first one shows nothing. */
class PlainRenderer implements ProgressRenderer {
  readonly intervalMs = PLAIN_INTERVAL_MS;
  readonly #stream: NodeJS.WriteStream;
  #stageSeen: string | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(event: ProgressEvent): void {
    if (event.finished && this.#stageSeen !== event.stage) return;
    this.#stageSeen = event.stage;
    this.#stream.write(`${describeProgress(event)}\n`);
  }

  clear(): void {}
}

/** One object a line; every stage has a last one with `finished: true`. */
class JsonRenderer implements ProgressRenderer {
  readonly intervalMs = JSON_INTERVAL_MS;
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(event: ProgressEvent): void {
    this.#stream.write(`${JSON.stringify({ event: "progress", ...event })}\n`);
  }

  clear(): void {}
}
