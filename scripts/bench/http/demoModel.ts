/** The demo model for `withBench`, which takes names of folders beside the test fixtures. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { FIXTURES } from "../../../test/node/support.ts";

const DEMO = join(import.meta.dirname, "../../../data/demo");

/** The demo model where it is there, else a fixture. */
export function demoModel(): string {
  return existsSync(join(DEMO, "config.json")) ? relative(FIXTURES, DEMO) : "qwen2moe";
}
