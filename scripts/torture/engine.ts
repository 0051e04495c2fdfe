/**
 * `npm run torture -- engine`: generations started and aborted at random points. In the end the engine
 * holds nothing, memory is where it was, and the next answer is the right one.
 *
 * Resident memory may grow by the 12 MB of new objects that each computing thread may have (threadLimits.ts) and by what
 * the allocator keeps for the next time; objects in use may not grow at all, up to what waits to be collected.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { integerOption, withDefault } from "../../src/cli/framework/option.ts";
import { createEngine, type Engine } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { Random } from "../support/random.ts";
import { defineScript, seedOption } from "../support/script.ts";

const CHECKPOINT = join(import.meta.dirname, "../../test/fixtures/checkpoints/olmoe");
const TOGETHER = 24;
const MEGABYTE = 1024 * 1024;
const MOST_GROWN = 32;
const MOST_IN_USE = 8;

export const script = defineScript({
  description:
    "Starts generations and aborts them at random points. In the end the engine must hold nothing, memory must be where " +
    "it was, and the next answer must be the right one; else exit code 1.",
  options: {
    generations: withDefault(integerOption("Generations to start.", 1, 100_000_000), 10_000),
    seed: withDefault(seedOption, 1),
  },
  run: ({ generations, seed }) => abortGenerations(generations, seed),
});

async function abortGenerations(count: number, seed: number): Promise<number> {
  const threads: Worker[] = [];
  process.on("worker", (worker) => threads.push(worker));
  const generator = new Random(seed);
  const random = (): number => generator.next();
  const source = await folderSlotSource(CHECKPOINT);
  const engine = await createEngine({ source, maxSequences: 8 });
  const expected = await answer(engine);
  // The first rounds fill pools and compile code: the baseline comes after them.
  await abortMany(engine, random, 500);
  const before = await memory(threads);
  const startMs = performance.now();
  const outcomes = await abortMany(engine, random, count);
  const seconds = (performance.now() - startMs) / 1000;
  const after = await memory(threads);
  const stats = await engine.stats();
  const got = await answer(engine);
  await engine.close();
  await source.close();
  const grown = (after.resident - before.resident) / MEGABYTE;
  const inUse = (after.inUse - before.inUse) / MEGABYTE;
  console.log(`${count} generations in ${seconds.toFixed(1)} s: ${JSON.stringify(outcomes)}, seed ${seed}`);
  for (const [what, of] of [
    ["resident memory", "resident"],
    ["objects in use", "inUse"],
  ] as const) {
    const [from, to] = [before[of] / MEGABYTE, after[of] / MEGABYTE];
    console.log(
      `${what}: ${from.toFixed(1)} MB before, ${to.toFixed(1)} MB after, grown by ${(to - from).toFixed(1)} MB`,
    );
  }
  console.log(
    `held afterwards: ${stats.activeSequences} sequences, ${stats.caches} caches, ${stats.kvBytes} bytes reserved`,
  );
  const clean = stats.activeSequences + stats.waitingSequences + stats.caches + stats.kvBytes === 0;
  const right = got.join() === expected.join();
  if (!clean) console.log("FAILED: something is still held");
  if (!right) console.log("FAILED: the answer afterwards is another one");
  const flat = grown <= MOST_GROWN && inUse <= MOST_IN_USE;
  if (!flat) console.log(`FAILED: grew by more than ${MOST_GROWN} MB, or by ${MOST_IN_USE} MB of objects in use`);
  return clean && right && flat ? 0 : 1;
}

async function answer(engine: Engine): Promise<number[]> {
  const tokens: number[] = [];
  for await (const event of engine.generate({ ids: [9, 8, 7], maxTokens: 20, sampling: { temperature: 0 } })) {
    if (event.type === "token") tokens.push(event.id);
  }
  return tokens;
}

async function abortMany(engine: Engine, random: () => number, count: number): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = { aborted: 0, left: 0, finished: 0 };
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started++;
      const outcome = await abortOne(engine, random);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
  return outcomes;
}

/** One generation that ends at a random point: before it began, after some time, after some tokens, or by itself. */
async function abortOne(engine: Engine, random: () => number): Promise<"aborted" | "left" | "finished"> {
  const abort = new AbortController();
  const ids = Array.from({ length: 1 + Math.floor(random() * 40) }, () => 3 + Math.floor(random() * 300));
  const way = random();
  const tokens = Math.floor(random() * 12);
  if (way < 0.1) abort.abort();
  else if (way < 0.4) setTimeout(() => abort.abort(), random() * 20);
  let seen = 0;
  try {
    for await (const event of engine.generate({ ids, maxTokens: 12, signal: abort.signal })) {
      if (event.type !== "token" || ++seen < tokens || way < 0.4 || way > 0.95) continue;
      if (way < 0.65) return "left";
      abort.abort();
    }
    return "finished";
  } catch (error) {
    if (abort.signal.aborted && error === abort.signal.reason) return "aborted";
    throw error;
  }
}

interface Memory {
  /** Of the process, bytes. */
  readonly resident: number;
  /** On the heaps of all threads, bytes. */
  readonly inUse: number;
}

/** After garbage has been collected as far as that can be asked for. */
async function memory(threads: readonly Worker[]): Promise<Memory> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await sleep(200);
  }
  const heaps = await Promise.all(threads.map((thread) => thread.getHeapStatistics()));
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, inUse: heaps.reduce((sum, { used_heap_size }) => sum + used_heap_size, heapUsed) };
}
