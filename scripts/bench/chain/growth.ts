/**
 * The cost of adding a block to a chain of 100,000 and of 1,000,000 blocks against a chain of 1,000 blocks; then opening
 * the largest one in a fresh process: time and memory.
 *
 * At each size the large chain takes turns with a new small one, so that both meet the same machine.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { growingChain } from "../../support/growingChain.ts";
import { SampleModel } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";
import type { BenchRow } from "../report.ts";

const BATCH = 1000;
/** Blocks that each chain takes in one turn, and turns at each size. */
const TURN = 5000;
const TURNS = 4;
const SMALL = 1000;
const SLOTS = Array.from({ length: 64 }, (_, i) => `layer${i >> 3}.expert${i & 7}`);

interface Cost {
  readonly size: number;
  readonly large: number;
  readonly small: number;
}

export function benchGrowth(largest: number): Promise<BenchRow[]> {
  return withTemporaryFolder(async (folder) => {
    const grown = join(folder, "grown");
    const { chain, blocks } = await begin(grown, largest + 2 * TURN * TURNS);
    const costs: Cost[] = [];
    let stored = 0;
    for (const size of [100_000, 1_000_000].filter((one) => one < largest).concat(largest)) {
      for (; stored < size; stored += BATCH) {
        await add(chain, blocks, BATCH);
        if ((stored + BATCH) % 100_000 === 0) console.error(`chain: ${stored + BATCH} blocks`);
      }
      costs.push({ size, ...(await takeTurns(chain, blocks, join(folder, `small-${size}`))) });
      stored += TURN * TURNS;
    }
    await chain.close();
    const { openMs, rssMib, idleRssMib } = await openInFreshProcess(grown);
    return [
      ...costs.map(({ size, large, small }) => ({
        name: `adding a block at ${size.toLocaleString("en-US")} blocks`,
        value: large,
        unit: "µs",
        floor: { name: `at ${SMALL.toLocaleString("en-US")} blocks`, value: small },
        ratio: large / small,
        aim: "at most 1.2 times",
      })),
      { name: `opening ${stored.toLocaleString("en-US")} blocks`, value: openMs, unit: "ms", aim: "< 2,000" },
      { name: "resident memory after opening", value: rssMib, unit: "MiB", aim: "< 300" },
      { name: "resident memory of the program alone", value: idleRssMib, unit: "MiB" },
    ];
  });
}

async function begin(folder: string, count: number): Promise<{ chain: Chain; blocks: Iterator<Block> }> {
  const model = new SampleModel({ validators: 1, quorum: 1, slots: SLOTS });
  const chain = await Chain.open(folder);
  await model.publish(chain);
  return { chain, blocks: growingChain(model, count)[Symbol.iterator]() };
}

/** Microseconds for each block, in the large chain and in a new small one. */
async function takeTurns(large: Chain, blocks: Iterator<Block>, folder: string): Promise<Omit<Cost, "size">> {
  const small = await begin(folder, SMALL + TURN * TURNS);
  await add(small.chain, small.blocks, SMALL);
  let [largeMs, smallMs] = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    smallMs += await add(small.chain, small.blocks, TURN);
    largeMs += await add(large, blocks, TURN);
  }
  await small.chain.close();
  const added = TURN * TURNS;
  return { large: (largeMs * 1000) / added, small: (smallMs * 1000) / added };
}

/** Milliseconds that the chain took for the next `count` blocks. */
async function add(chain: Chain, blocks: Iterator<Block>, count: number): Promise<number> {
  let spentMs = 0;
  for (let done = 0; done < count; done += BATCH) {
    const batch = Array.from({ length: BATCH }, () => sealBlock(blocks.next().value as Block));
    const start = performance.now();
    const verdicts = await chain.add(batch);
    spentMs += performance.now() - start;
    if (verdicts.some(({ kind }) => kind !== "accept")) throw new Error("a block was refused");
  }
  return spentMs;
}

async function openInFreshProcess(folder: string): Promise<{ openMs: number; rssMib: number; idleRssMib: number }> {
  const script = join(import.meta.dirname, "openChain.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder]);
  return JSON.parse(stdout) as { openMs: number; rssMib: number; idleRssMib: number };
}
