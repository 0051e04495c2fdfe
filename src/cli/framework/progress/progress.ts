/**
 * Progress of long work: one source of events, shown as a bar, as plain lines or as JSON lines, always on stderr.
 *
 * Work comes in stages, one after the other; within a stage the count never goes back. What is shown follows a timer as
 * well as the updates, so a stage that stalls stays visible by name.
 */
import type { Clock } from "../../../core/clock.ts";

export interface ProgressEvent {
  readonly stage: string;
  readonly done: number;
  /** Absent while nobody knows. */
  readonly total?: number;
  /** What is counted, in the plural: "blocks", "bytes". */
  readonly unit: string;
  /** Since the stage began. */
  readonly elapsedMs: number;
  readonly finished: boolean;
}

export interface ProgressRenderer {
  /** Shortest time between two events of a stage. */
  readonly intervalMs: number;
  show(event: ProgressEvent): void;
  /** Takes a line that is still changing off the screen; other output follows. */
  clear(): void;
}

/** How often the timer looks; renderers with a longer interval skip. */
const TICK_MS = 100;

interface Stage {
  readonly name: string;
  readonly unit: string;
  readonly startMs: number;
  done: number;
  total: number | undefined;
  shownMs: number;
}

export class Progress {
  readonly #renderer: ProgressRenderer;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #timer: NodeJS.Timeout;
  #stage: Stage | undefined;

  constructor(renderer: ProgressRenderer, clock: Pick<Clock, "monotonicMs">) {
    this.#renderer = renderer;
    this.#clock = clock;
    this.#timer = setInterval(() => this.tick(), TICK_MS);
    this.#timer.unref();
  }

  /** `done` of `total` units of the stage `name` are done. Another name ends the stage before. */
  update(name: string, done: number, total: number | undefined, unit: string): void {
    if (this.#stage?.name !== name) {
      this.#endStage();
      const startMs = this.#clock.monotonicMs();
      this.#stage = { name, unit, startMs, done, total, shownMs: startMs };
    }
    this.#stage.done = Math.max(this.#stage.done, done);
    this.#stage.total = total;
    this.tick();
  }

  /** Shows where the stage is, if it is time to. */
  tick(): void {
    const stage = this.#stage;
    const nowMs = this.#clock.monotonicMs();
    if (stage === undefined || nowMs - stage.shownMs < this.#renderer.intervalMs) return;
    stage.shownMs = nowMs;
    this.#renderer.show(eventOf(stage, nowMs, false));
  }

  /** Other output is about to be written. */
  clear(): void {
    this.#renderer.clear();
  }

  /** The work is done. */
  finish(): void {
    this.#endStage();
    this.close();
  }

  /** The work ended, done or not. May be called twice. */
  close(): void {
    clearInterval(this.#timer);
    this.#stage = undefined;
    this.#renderer.clear();
  }

  #endStage(): void {
    if (this.#stage !== undefined) this.#renderer.show(eventOf(this.#stage, this.#clock.monotonicMs(), true));
    this.#stage = undefined;
  }
}

function eventOf(stage: Stage, nowMs: number, finished: boolean): ProgressEvent {
  const { name, done, total, unit, startMs } = stage;
  const elapsedMs = Math.round(nowMs - startMs);
  return { stage: name, done, ...(total !== undefined && { total }), unit, elapsedMs, finished };
}
