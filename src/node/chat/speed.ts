/** How fast answers came lately: tokens generated and the time between their first and last ones. */
import type { Clock } from "../../core/clock.ts";

const WINDOW_MS = 60_000;
const MAX_ANSWERS = 10_000;

interface Answer {
  readonly atMs: number;
  readonly tokens: number;
  readonly decodeMs: number;
  readonly totalMs: number;
}

export class Speed {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #answers: Answer[] = [];
  #tokens = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Tokens generated since the start. */
  get tokensGenerated(): number {
    return this.#tokens;
  }

  /** @param totalMs from the beginning of the request to its end, without waiting */
  add(tokens: number, decodeMs: number, totalMs: number): void {
    this.#tokens += tokens;
    this.#answers.push({ atMs: this.#clock.monotonicMs(), tokens, decodeMs, totalMs });
    if (this.#answers.length > MAX_ANSWERS) this.#answers.shift();
  }

  /** Mean of the last minute's answers; `null` without any of two tokens or more. */
  tokensPerSecond(): number | null {
    let tokens = 0;
    let ms = 0;
    for (const answer of this.#recent()) {
      tokens += Math.max(0, answer.tokens - 1);
      ms += answer.decodeMs;
    }
    return tokens > 0 && ms > 0 ? (tokens / ms) * 1000 : null;
  }

  /** Mean time of an answer in the last minute, ms; 1,000 without any. */
  meanAnswerMs(): number {
    const recent = this.#recent();
    return recent.length === 0 ? 1000 : recent.reduce((sum, { totalMs }) => sum + totalMs, 0) / recent.length;
  }

  #recent(): readonly Answer[] {
    const since = this.#clock.monotonicMs() - WINDOW_MS;
    const first = this.#answers.findIndex(({ atMs }) => atMs >= since);
    if (first > 0) this.#answers = this.#answers.slice(first);
    else if (first === -1) this.#answers = [];
    return this.#answers;
  }
}
