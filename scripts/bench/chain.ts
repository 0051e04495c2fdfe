/** `npm run bench -- chain`: the chain's parts, each beside its floor. */
import { choiceOption, integerOption, withDefault } from "../../src/cli/framework/option.ts";
import { defineScript } from "../support/script.ts";
import { benchGrowth } from "./chain/growth.ts";
import { benchHeaders } from "./chain/headers.ts";
import { benchHeads } from "./chain/heads.ts";
import { benchPayload } from "./chain/payload.ts";
import type { BenchReport, BenchRow } from "./report.ts";

const PARTS = ["headers", "heads", "payload", "growth"] as const;

export const script = defineScript({
  description:
    "Measures the chain: checking and storing headers, following heads, writing and reading payloads, and what all that " +
    "costs in a chain that grows.",
  options: {
    blocks: withDefault(integerOption("Blocks of the largest chain in growth.", 1000, 100_000_000), 1_000_000),
    only: choiceOption("The only part to run; its numbers go to a file of their own.", "part", PARTS),
  },
  async run({ blocks, only }): Promise<BenchReport> {
    const parts: Readonly<Record<(typeof PARTS)[number], () => Promise<BenchRow[]>>> = {
      headers: benchHeaders,
      heads: benchHeads,
      payload: benchPayload,
      growth: () => benchGrowth(blocks),
    };
    const rows: BenchRow[] = [];
    for (const name of only === undefined ? PARTS : [only]) {
      console.error(`chain: ${name} …`);
      rows.push(...(await parts[name]()));
    }
    return only === undefined ? { rows } : { rows, part: only };
  },
});
