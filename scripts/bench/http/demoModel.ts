/** Models for `withBench`, which takes names of folders beside the test fixtures. */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { usageError } from "../../../src/cli/framework/usageError.ts";
import { excerpt } from "../../../src/core/bytes.ts";
import { FIXTURES } from "../../../test/node/support.ts";

const DEMO = join(import.meta.dirname, "../../../data/demo");

/** The demo model where it is there, else a fixture. */
export function demoModel(): string {
  return hasModel(DEMO) ? relative(FIXTURES, DEMO) : "qwen2moe";
}

/** The model in `folder`. Throws `usage` when there is none. */
export function modelIn(folder: string): string {
  if (hasModel(folder)) return relative(FIXTURES, resolve(folder));
  throw usageError(`--checkpoint: expected a folder with a config.json, got ${excerpt(folder)}`);
}

function hasModel(folder: string): boolean {
  return existsSync(join(folder, "config.json"));
}
