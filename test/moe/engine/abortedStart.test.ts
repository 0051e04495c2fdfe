/** An engine whose start is aborted: it is gone when the caller hears of it, and every prepared file is a whole one. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine, type EngineOptions } from "../../../src/moe/engine/engine.ts";
import { readPreparedFile } from "../../../src/moe/engine/preparedFile.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import type { SlotSource } from "../../../src/moe/slotSource.ts";
import { CHECKPOINTS, greedy, promptOf, readReference } from "./support.ts";

const NAME = "mixtral";
const CANCELLED = new Error("the user had enough");

let folder: string;
let source: SlotSource;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ai-block-start-"));
  source = await folderSlotSource(join(CHECKPOINTS, NAME));
});
afterEach(async () => {
  await source.close();
  rmSync(folder, { recursive: true });
});

const start = (signal: AbortSignal, options: Partial<EngineOptions> = {}) =>
  createEngine({ source, ...options }, undefined, signal);

test("a signal that is aborted already starts nothing", async () => {
  await expect(start(AbortSignal.abort(CANCELLED))).rejects.toBe(CANCELLED);
});

test("a start that waits for weights which never come ends with the signal's reason", async () => {
  const abort = new AbortController();
  const asked: string[] = [];
  const stuck: SlotSource = {
    ...source,
    read: (slot, tensor, options) => {
      asked.push(slot);
      if (slot !== "layer1.attention") return source.read(slot, tensor, options);
      abort.abort(CANCELLED);
      return new Promise(() => {});
    },
  };
  await expect(start(abort.signal, { source: stuck })).rejects.toBe(CANCELLED);
  expect(asked.at(-1)).toBe("layer1.attention");
});

test("a start that is aborted at any moment leaves whole prepared files and nothing else", async () => {
  let ended = 0;
  for (let delayMs = 0; delayMs <= 300; delayMs += 20) {
    const abort = new AbortController();
    const cacheFolder = join(folder, String(delayMs));
    // A thread for each shard: the second one must end as well.
    const starting = start(abort.signal, {
      precision: "q4",
      threads: 2,
      useMoe: false,
      minQuantisedSaving: 0,
      cacheFolder,
    });
    const outcome = starting.then(
      async (engine) => {
        await engine.close();
      },
      (error: unknown) => {
        expect(error).toBe(CANCELLED);
        ended++;
      },
    );
    await sleep(delayMs);
    abort.abort(CANCELLED);
    await outcome;
    for (const file of namesIn(cacheFolder)) {
      expect(file).toMatch(/^[0-9a-f]{64}\.prepared$/);
      expect(readPreparedFile(join(cacheFolder, file)).matrices.size).toBeGreaterThan(0);
    }
  }
  expect(ended).toBeGreaterThan(0);
});

test("a signal that is aborted after the start changes nothing", async () => {
  const abort = new AbortController();
  const engine = await start(abort.signal);
  abort.abort(CANCELLED);
  const { input_ids, greedy_ids } = promptOf(readReference(NAME), "len7");
  expect(await greedy(engine, input_ids, greedy_ids.length)).toEqual(greedy_ids);
  await engine.close();
});

/** Without the folder of compiled code, which is Node's. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => name !== "compiled");
  } catch {
    return [];
  }
}
