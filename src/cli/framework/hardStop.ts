/** The last resort of an end that should be quick: what still hangs then is left, and the process quits. */

/** Ticks within the limit. */
const TICKS = 60;
/** Counted for one tick at most, in ticks. */
const MAX_LATE = 4;

/**
 * When `signal` aborts, the process has `limitMs` to end by itself. `onLimit` is called when it has not, and is to quit.
 * Only time in which the process could run counts: not that in which it was paused (SIGSTOP, a debugger, a machine that
 * slept) or did not get to its event loop. Returns how to call that off.
 */
export function limitEnding(signal: AbortSignal, limitMs: number, onLimit: () => void): () => void {
  const tickMs = limitMs / TICKS;
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    let leftMs = limitMs;
    let lastMs = performance.now();
    timer = setInterval(() => {
      const nowMs = performance.now();
      leftMs -= Math.min(nowMs - lastMs, MAX_LATE * tickMs);
      lastMs = nowMs;
      if (leftMs > 0) return;
      clearInterval(timer);
      onLimit();
    }, tickMs);
    // It must not be what keeps the process alive.
    timer.unref();
  };
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  return () => {
    signal.removeEventListener("abort", begin);
    clearInterval(timer);
  };
}
