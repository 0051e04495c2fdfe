/**
 * Ctrl-C: the first one aborts the work through a signal, so that it ends cleanly; the second one quits at once.
 * SIGTERM counts as Ctrl-C.
 *
 * Starters between the terminal and this process (npm, our own launcher) pass on signals that the terminal has already
 * sent to everybody, so what follows within `SAME_PRESS_MS` is the same key press.
 */
import { AiBlockError } from "../../core/errors.ts";
import { EXIT } from "./exitCodes.ts";

const SAME_PRESS_MS = 250;

export interface Interrupt {
  /** Aborts with an error of the code `interrupted`. */
  readonly signal: AbortSignal;
  /** Gives the signals back. May be called twice. */
  close(): void;
}

/** `onFirst` tells the user. */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const onSignal = (): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      onFirst();
      controller.abort(new AiBlockError("interrupted", "stopped before the end"));
    } else if (performance.now() - firstMs > SAME_PRESS_MS) {
      quit();
    }
  };
  /**
   * By the signal itself, which shells report as 130. `process.exit` would wait for all threads, and to end one in the
   * middle of onnxruntime's work ends the process with SIGABRT.
   */
  const quit = (): void => {
    if (process.platform === "win32") process.exit(EXIT.interrupted);
    if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
    process.removeAllListeners("SIGINT");
    process.kill(process.pid, "SIGINT");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    close: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
