/** q8 and q4: every architecture runs through quantised sessions, near float32, and prepared files are used again. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, EngineOptions } from "../../../src/moe/engine/engine.ts";
import { createEngine } from "../../../src/moe/engine/engine.ts";
import type { SlotSource } from "../../../src/moe/slotSource.ts";
import { greedy, promptOf, readReference, withEngine } from "./support.ts";

/** The tiny fixtures gain nothing from quantising: here they are quantised all the same. */
const FORCED = { minQuantisedSaving: 0 };

async function lastLogits(engine: Engine, ids: readonly number[]): Promise<Float32Array> {
  const { logits } = await engine.slice({ session: "s", position: 0, ids });
  return logits as Float32Array;
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((x, i) => x - (b[i] as number))) / Math.hypot(...b);

/** One checkpoint of each architecture, the smaller ones. */
const NAMES = [
  "mixtral-f16",
  "olmoe-f16",
  "qwen2moe-mix",
  "qwen3moe-mix-v5",
  "deepseek_v2-group",
  "deepseek_v3",
  "gpt_oss-mxfp4",
  "granitemoe",
  "phimoe",
];

const logitsOf = (name: string, options: Omit<EngineOptions, "source">): Promise<Float32Array> => {
  const { input_ids } = promptOf(readReference(name), "len1");
  return withEngine(name, options, (engine) => lastLogits(engine, input_ids));
};

for (const name of NAMES) {
  test(`${name}: quantised to 8 bits the logits stay near those of float32`, async () => {
    const quantised = await logitsOf(name, { precision: "q8", ...FORCED });
    expect(distance(quantised, await logitsOf(name, {}))).toBeLessThan(0.1);
  });
}

test("4 bits are further from float32 than 8 bits, and not by chance the same", async () => {
  const exact = await logitsOf("mixtral-f16", {});
  const eight = distance(await logitsOf("mixtral-f16", { precision: "q8", ...FORCED }), exact);
  const four = distance(await logitsOf("mixtral-f16", { precision: "q4", ...FORCED }), exact);
  expect(eight).toBeGreaterThan(1e-5);
  expect(four).toBeGreaterThan(2 * eight);
  expect(four).toBeLessThan(0.6);
});

test("slots too small to gain from quantising stay float32", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len7");
  await withEngine("mixtral", { precision: "q4" }, async (engine) => {
    expect(await greedy(engine, input_ids, greedy_ids.length)).toEqual(greedy_ids);
  });
});

test("what was prepared once is not read again, and gives the same tokens", async () => {
  const folder = mkdtempSync(join(tmpdir(), "prepared-"));
  const { input_ids } = promptOf(readReference("olmoe"), "len7");
  await withEngine("olmoe", {}, async (_, source) => {
    const reads: string[] = [];
    const watched: SlotSource = {
      ...source,
      read: (slot, tensor, options) => {
        reads.push(slot);
        return source.read(slot, tensor, options);
      },
    };
    const run = async (): Promise<number[]> => {
      const engine = await createEngine({ source: watched, precision: "q4", cacheFolder: folder, ...FORCED });
      const tokens = await greedy(engine, input_ids, 10);
      await engine.close();
      return tokens;
    };
    const first = await run();
    expect(reads.some((slot) => slot.includes("expert"))).toBe(true);
    expect(readdirSync(folder).length).toBeGreaterThan(0);
    reads.length = 0;
    expect(await run()).toEqual(first);
    expect(reads.filter((slot) => slot.includes("expert"))).toEqual([]);
  });
  rmSync(folder, { recursive: true });
});

test("without a cache folder nothing stays on disk", async () => {
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("ai-block-prepared-"));
  const before = new Set(left());
  await withEngine("mixtral", { precision: "q8", ...FORCED }, async (engine) => {
    await greedy(engine, [1, 2, 3], 2);
  });
  expect(left().filter((name) => !before.has(name))).toEqual([]);
});

test("float32 mapped from prepared files gives the same bits as float32 in memory, the second time without reading", async () => {
  const folder = mkdtempSync(join(tmpdir(), "prepared-"));
  try {
    for (const name of ["olmoe", "gpt_oss", "deepseek_v3"]) {
      const inMemory = await logitsOf(name, {});
      expect(await logitsOf(name, { cacheFolder: folder, ...FORCED })).toEqual(inMemory);
      expect(readdirSync(folder).length).toBeGreaterThan(10);
      expect(await logitsOf(name, { cacheFolder: folder, ...FORCED })).toEqual(inMemory);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
