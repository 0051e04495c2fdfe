/**
 * `npm run torture -- engine [generations]`: generations started and aborted at random points. In the end the engine
 * holds nothing, memory is where it was, and the next answer is the right one.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine, type Engine } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { Random } from "../support/random.ts";

const CHECKPOINT = join(import.meta.dirname, "../../test/fixtures/checkpoints/olmoe");
const TOGETHER = 24;
const MEGABYTE = 1024 * 1024;

export async function run([count = "10000", seed = "1"]: string[]): Promise<number> {
  const generator = new Random(Number(seed));
  const random = (): number => generator.next();
  const source = await folderSlotSource(CHECKPOINT);
  const engine = await createEngine({ source, maxSequences: 8 });
  const expected = await answer(engine);
  // The first rounds fill pools and compile code: the baseline comes after them.
  await abortMany(engine, random, 500);
  const before = await memory();
  const startMs = performance.now();
  const outcomes = await abortMany(engine, random, Number(count));
  const seconds = (performance.now() - startMs) / 1000;
  const after = await memory();
  const stats = await engine.stats();
  const got = await answer(engine);
  await engine.close();
  await source.close();
  const grown = (after - before) / MEGABYTE;
  console.log(`${count} generations in ${seconds.toFixed(1)} s: ${JSON.stringify(outcomes)}, seed ${seed}`);
  console.log(
    `memory ${(before / MEGABYTE).toFixed(1)} MB before, ${(after / MEGABYTE).toFixed(1)} MB after: ${grown.toFixed(1)} MB`,
  );
  console.log(
    `held afterwards: ${stats.activeSequences} sequences, ${stats.caches} caches, ${stats.kvBytes} bytes reserved`,
  );
  const clean = stats.activeSequences + stats.waitingSequences + stats.caches + stats.kvBytes === 0;
  const right = got.join() === expected.join();
  if (!clean) console.log("FAILED: something is still held");
  if (!right) console.log("FAILED: the answer afterwards is another one");
  if (grown > 32) console.log("FAILED: memory grew by more than 32 MB");
  return clean && right && grown <= 32 ? 0 : 1;
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

/** Memory of the process after garbage has been collected as far as that can be asked for. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await sleep(200);
  }
  return process.memoryUsage().rss;
}
