import { type Watcher, watchEvents } from "../../src/core/watchedEvents.ts";

function logOf(): { log: string[]; watcher: Watcher<number> } {
  const log: string[] = [];
  return {
    log,
    watcher: {
      begin: () => log.push("begin"),
      event: (event) => log.push(`event ${event}`),
      failed: (error) => log.push(`failed ${(error as Error).message}`),
      end: () => log.push("end"),
    },
  };
}

async function* numbers(count: number, log: string[], failure?: Error): AsyncGenerator<number, void, undefined> {
  try {
    for (let i = 0; i < count; i++) yield i;
    if (failure !== undefined) throw failure;
  } finally {
    await Promise.resolve();
    log.push("released");
  }
}

test("a watcher sees every event that is passed on, between a begin and an end", async () => {
  const { log, watcher } = logOf();
  expect(await Array.fromAsync(watchEvents(numbers(2, log), watcher))).toEqual([0, 1]);
  expect(log).toEqual(["begin", "event 0", "event 1", "released", "end"]);
});

test("an error reaches the watcher and the reader", async () => {
  const { log, watcher } = logOf();
  const events = watchEvents(numbers(1, log, new Error("broken")), watcher);
  await expect(Array.fromAsync(events)).rejects.toThrow("broken");
  expect(log).toEqual(["begin", "event 0", "released", "failed broken", "end"]);
});

test("a reader who leaves ends the source first, then the watching, once", async () => {
  const { log, watcher } = logOf();
  const events = watchEvents(numbers(5, log), watcher);
  for await (const event of events) if (event === 1) break;
  await events.return();
  expect(await events.next()).toEqual({ done: true, value: undefined });
  expect(log).toEqual(["begin", "event 0", "event 1", "released", "end"]);
});

test("what was never read is never watched", async () => {
  const { log, watcher } = logOf();
  await watchEvents(numbers(5, log), watcher).return();
  expect(log).toEqual([]);
});
