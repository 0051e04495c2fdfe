/** Waits for a condition, without a fixed sleep. */
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves with the ms it took; throws when `ms` pass before. */
export async function until(condition: () => boolean, ms = 5000): Promise<number> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > ms) throw new Error(`expected the condition to hold within ${ms} ms`);
    await sleep(5);
  }
  return performance.now() - from;
}
