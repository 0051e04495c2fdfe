/** Waits for a condition, without a fixed sleep. */
import { setTimeout as sleep } from "node:timers/promises";

/** Throws when `ms` pass before: so much that only what never comes fails, however busy the machine is. */
export async function until(condition: () => boolean, ms = 90_000): Promise<void> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > ms) throw new Error(`expected the condition to hold within ${ms} ms`);
    await sleep(5);
  }
}
