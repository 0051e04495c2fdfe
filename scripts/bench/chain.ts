/**
 * Benchmarks of the chain. `--blocks N` sets the largest chain (default 1,000,000), `--only NAME` runs one part:
 * headers, growth, heads or payload.
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
  const rows: BenchRow[] = [];
  for (const [name, part] of parts) {
    if (values.only !== undefined && values.only !== name) continue;
    console.error(`chain: ${name} …`);
    rows.push(...(await part()));
  }
  return { rows };
}
