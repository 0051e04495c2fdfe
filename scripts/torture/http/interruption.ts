/**
 * Ctrl-C or SIGTERM while parts run. The first ends the attacked servers; the part that ran then fails for want of a
 * server, and removes its folders on the way. The second quits at once; servers notice that their parent is gone.
 */
const controller = new AbortController();

/** Aborted by the first signal. */
export const interrupted: AbortSignal = controller.signal;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Exit code of a process that a person interrupted. */
export const INTERRUPTED = 130;

/** Listens for signals until the returned function is called. */
export function listenForSignals(): () => void {
  const onSignal = (): void => {
    if (interrupted.aborted) process.exit(INTERRUPTED);
    console.error("stopping; once more to quit at once");
    controller.abort(new Error("interrupted"));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
