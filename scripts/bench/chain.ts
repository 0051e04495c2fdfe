/**
 * Benchmarks of the chain. `--blocks N` sets the largest chain (default 1,000,000), `--only NAME` runs one part
 * (headers, growth, heads or payload) and writes its numbers to a file of their own.
 */
import { parseArgs } from "node:util";
import { benchGrowth } from "./chain/growth.ts";
import { benchHeaders } from "./chain/headers.ts";
import { benchHeads } from "./chain/heads.ts";
import { benchPayload } from "./chain/payload.ts";
import type { BenchReport, BenchRow } from "./report.ts";

export async function run(args: string[]): Promise<BenchReport> {
  const { values } = parseArgs({ args, options: { blocks: { type: "string" }, only: { type: "string" } } });
  const blocks = Number(values.blocks ?? 1_000_000);
  const parts: [string, () => Promise<BenchRow[]>][] = [
    ["headers", benchHeaders],
    ["heads", benchHeads],
    ["payload", benchPayload],
    ["growth", () => benchGrowth(blocks)],
  ];
  const { only } = values;
  const chosen = parts.filter(([name]) => only === undefined || only === name);
  if (chosen.length === 0) throw new Error(`--only: expected one of ${parts.map(([name]) => name)}, got ${only}`);
  const rows: BenchRow[] = [];
  for (const [name, part] of chosen) {
    console.error(`chain: ${name} …`);
    rows.push(...(await part()));
  }
  return only === undefined ? { rows } : { rows, part: only };
}
