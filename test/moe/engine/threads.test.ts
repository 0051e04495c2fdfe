/** The threads of an engine live and die together. */
import type { Worker } from "node:worker_threads";
import { greedy, withEngine } from "./support.ts";

/** Threads of engines that began while `use` ran. */
async function watchThreads(use: (threads: ReadonlyMap<Worker, string>) => Promise<void>): Promise<void> {
  const threads = new Map<Worker, string>();
  const onWorker = (worker: Worker): void => {
    if (worker.threadName?.startsWith("engine") !== true) return;
    threads.set(worker, worker.threadName);
    worker.once("exit", () => threads.delete(worker));
  };
  process.on("worker", onWorker);
  try {
    await use(threads);
  } finally {
    process.off("worker", onWorker);
  }
}

test.each([1, 2, 3])("an engine of %d threads has so many, and none when it is closed", (count) =>
  watchThreads(async (threads) => {
    await withEngine("olmoe-f16", { threads: count, shards: 3 }, async (engine) => {
      expect([...threads.values()].toSorted()).toEqual(["engine", ...Array(count - 1).fill("engine follower")]);
      expect(await greedy(engine, [5, 9, 2], 4)).toHaveLength(4);
    });
    expect(threads.size).toBe(0);
  }),
);

/** Only threads that wait are ended: to end one in the middle of native work may end the process. */
test.each([true, false])(
  "when a follower dies every call fails with engine_failed (noticed before it: %p)",
  (noticed) =>
    watchThreads(async (threads) => {
      await withEngine("olmoe-f16", { threads: 2, shards: 2 }, async (engine) => {
        const [follower] = [...threads].find(([, name]) => name === "engine follower") as [Worker, string];
        const dead = follower.terminate();
        if (noticed) await dead;
        await expect(greedy(engine, [5, 9, 2], 400)).rejects.toMatchObject({ code: "engine_failed" });
        await expect(engine.failed).resolves.toMatchObject({ code: "engine_failed" });
        await dead;
      });
      expect(threads.size).toBe(0);
    }),
);
