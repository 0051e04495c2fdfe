/**
 * The cost of adding a block to a chain of 1,000, of 100,000 and of 1,000,000 blocks; then opening the largest one in a
 * fresh process: time and memory.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { growingChain } from "../../support/growingChain.ts";
import { SampleModel } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";
import type { BenchRow } from "../report.ts";

const BATCH = 1000;
/** Blocks over which the cost is averaged at each size. */
const WINDOW = 20_000;
const SLOTS = Array.from({ length: 64 }, (_, i) => `layer${i >> 3}.expert${i & 7}`);

export function benchGrowth(largest: number): Promise<BenchRow[]> {
  return withTemporaryFolder(async (folder) => {
    const model = new SampleModel({ validators: 1, quorum: 1, slots: SLOTS });
    const chain = await Chain.open(folder);
    await model.publish(chain);
    const sizes = [1000, 100_000, largest].filter((size) => size <= largest);
    const costs: { size: number; microseconds: number }[] = [];
    let stored = 0;
    let spentMs = 0;
    let countedFrom = 0;
    let batch: Uint8Array[] = [];
    for (const block of growingChain(model, largest + WINDOW)) {
      batch.push(sealBlock(block));
      if (batch.length < BATCH) continue;
      if (sizes.includes(stored)) [spentMs, countedFrom] = [0, stored];
      const start = performance.now();
      const verdicts = await chain.add(batch);
      spentMs += performance.now() - start;
      if (verdicts.some(({ kind }) => kind !== "accept")) throw new Error("a block was refused");
      stored += batch.length;
      batch = [];
      if (sizes.includes(countedFrom) && stored === countedFrom + WINDOW) {
        costs.push({ size: countedFrom, microseconds: (spentMs * 1000) / WINDOW });
      }
      if (stored % 100_000 === 0) console.error(`chain: ${stored} blocks`);
    }
    await chain.close();
    const first = costs[0]?.microseconds ?? Number.NaN;
    const { openMs, rssMib, idleRssMib } = await openInFreshProcess(folder);
    return [
      ...costs.map(({ size, microseconds }) => ({
        name: `adding a block at ${size.toLocaleString("en-US")} blocks`,
        value: microseconds,
        unit: "µs",
        floor: { name: `at ${(costs[0]?.size ?? 0).toLocaleString("en-US")} blocks`, value: first },
        ratio: microseconds / first,
        aim: "at most 1.2 times",
      })),
      { name: `opening ${stored.toLocaleString("en-US")} blocks`, value: openMs, unit: "ms", aim: "< 2,000" },
      { name: "resident memory after opening", value: rssMib, unit: "MiB", aim: "< 300" },
      { name: "resident memory of the program alone", value: idleRssMib, unit: "MiB" },
    ];
  });
}

async function openInFreshProcess(folder: string): Promise<{ openMs: number; rssMib: number; idleRssMib: number }> {
  const script = join(import.meta.dirname, "openChain.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder]);
  return JSON.parse(stdout) as { openMs: number; rssMib: number; idleRssMib: number };
}
