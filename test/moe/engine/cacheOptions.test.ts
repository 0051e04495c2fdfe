/** What an engine leaves in the folder that a program gives it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheOptions } from "../../../src/moe/engine/cacheOptions.ts";
import type { Precision } from "../../../src/moe/engine/options.ts";
import { greedy, promptOf, readReference, withEngine } from "./support.ts";

const NAME = "mixtral";

const { NODE_COMPILE_CACHE } = process.env;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ai-block-cache-"));
  // Threads take it before the engine's folder, and the tests run with it.
  delete process.env.NODE_COMPILE_CACHE;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (NODE_COMPILE_CACHE !== undefined) process.env.NODE_COMPILE_CACHE = NODE_COMPILE_CACHE;
});

test.each([
  ["f32", 0],
  ["q8", 1],
] as const)("%s: compiled code is kept, weights only when quantised", async (precision: Precision, kept) => {
  const options = { precision, ...cacheOptions(precision, folder) };
  // Small matrices are quantised too, so that there is something to keep.
  const quantised = precision === "f32" ? options : { ...options, minQuantisedSaving: 0 };
  await withEngine(NAME, quantised, async (engine) => {
    await greedy(engine, promptOf(readReference(NAME), "len7").input_ids, 2);
  });
  const names = readdirSync(folder);
  expect(names).toContain("compiled");
  expect(Math.min(1, names.filter((name) => name.endsWith(".prepared")).length)).toBe(kept);
});
