/** The last resort of an end that should be quick: what still hangs then is left, and the process quits. */

/**
 * When `signal` aborts, the process has `limitMs` to end by itself. `onLimit` is called when it has not, and is to quit.
 * Returns how to call that off.
 */
export function limitEnding(signal: AbortSignal, limitMs: number, onLimit: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(onLimit, limitMs);
    // It must not be what keeps the process alive.
    timer.unref();
  };
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  return () => {
    signal.removeEventListener("abort", begin);
    clearTimeout(timer);
  };
}
