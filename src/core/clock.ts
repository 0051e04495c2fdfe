/**
 * Time, handed in so that tests move it by hand.
 * `nowMs` is wall-clock time (may jump); `monotonicMs` only goes forward and measures durations and deadlines.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. */
  nowMs(): number;
  /** Milliseconds since some fixed point, never decreasing. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export interface ManualClock extends Clock {
  /** Moves both times forward. */
  advance(ms: number): void;
  /** Sets wall-clock time only, also backwards, as a corrected system clock does. */
  setNow(ms: number): void;
}

export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let now = startMs;
  let monotonic = 0;
  return {
    nowMs: () => now,
    monotonicMs: () => monotonic,
    advance: (ms) => {
      now += ms;
      monotonic += ms;
    },
    setNow: (ms) => {
      now = ms;
    },
  };
}
