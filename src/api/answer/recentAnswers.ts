/**
 * The answers that ended last, in memory: when, where, how long, how fast, and how they ended. For whoever runs the
 * node. Invariant: never what was asked or answered, and never who asked.
 */
import { LIMITS } from "../limits.ts";

export interface EndedAnswer {
  /** As in the answer's `x-request-id` and in the log. */
  readonly requestId: string;
  /** When it was asked for. */
  readonly timeMs: number;
  /** Template of the route that it was asked at. */
  readonly address: string;
  readonly model: string;
  readonly stateRoot: string;
  readonly precision: string;
  /** `stopped`: the client went away, or cancelled it. */
  readonly status: "complete" | "stopped" | "failed";
  /** Why it ended: `stop` or `length` of a complete answer, otherwise the code of the error. */
  readonly reason: string;
  readonly promptTokens: number;
  /** Tokens that were computed, also of an answer that did not come to its end. */
  readonly completionTokens: number;
  /** From the request to the first token; `null` without any. */
  readonly firstTokenMs: number | null;
  /** From the request to the end, waiting included. */
  readonly durationMs: number;
  /** From the first token to the last one; `null` below two tokens. */
  readonly tokensPerSecond: number | null;
}

export class RecentAnswers {
  #ended: EndedAnswer[] = [];

  add(answer: EndedAnswer): void {
    this.#ended.push(answer);
    if (this.#ended.length > 2 * LIMITS.recentAnswers) this.#ended = this.#ended.slice(-LIMITS.recentAnswers);
  }

  /** Newest first, at most `limit` and at most `LIMITS.recentAnswers`. */
  newest(limit: number): EndedAnswer[] {
    return this.#ended.slice(-Math.min(limit, LIMITS.recentAnswers)).reverse();
  }
}
