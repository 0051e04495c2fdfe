/**
 * The child of the kill harness: opens a chain and adds blocks and payloads until it is killed. Each line of its output
 * is written in one call before it goes on, so that the pipe holds it whatever happens next:
 *
 *   begin | ready MS | intent block ID | ack block ID | intent payload ROOT NUMBER | ack payload ROOT
 */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { sealBlock } from "../../../../src/chain/block/block.ts";
import { Chain } from "../../../../src/chain/chain.ts";
import { ChunkHasher, payloadRoot } from "../../../../src/chain/payload/chunkList.ts";
import { toHex } from "../../../../src/core/bytes.ts";
import { Random } from "../../../support/random.ts";
import { Growth, payloadPieces } from "./workload.ts";

/** Batches under way at the same time. */
const BLOCK_WRITERS = 3;

const [folder, seedText] = process.argv.slice(2) as [string, string];
const seed = Number(seedText);

function say(lines: readonly string[]): void {
  if (lines.length > 0) writeSync(1, `${lines.join("\n")}\n`);
}

say(["begin"]);
const start = performance.now();
const chain = await Chain.open(folder, { minFreeBytes: 0 });
// The next child starts three times as fast with what was compiled for this one.
flushCompileCache();
say([`ready ${(performance.now() - start).toFixed(1)}`]);

async function addBlocks(growth: Growth): Promise<never> {
  for (;;) {
    const blocks = growth.batch();
    say(blocks.map(({ idHex }) => `intent block ${idHex}`));
    const verdicts = await chain.add(blocks.map(sealBlock), { peer: "load" });
    say(blocks.filter((_, i) => verdicts[i]?.kind === "accept").map(({ idHex }) => `ack block ${idHex}`));
  }
}

async function addPayloads(first: number): Promise<never> {
  for (let number = first; ; number++) {
    const hasher = new ChunkHasher();
    for (const piece of payloadPieces(number)) hasher.update(piece);
    const root = payloadRoot(hasher.finish());
    say([`intent payload ${toHex(root)} ${number}`]);
    await chain.payloads.put(payloadPieces(number), { expectedRoot: root });
    say([`ack payload ${toHex(root)}`]);
  }
}

// A store that has just come into being holds nothing to build on: it waits for its end.
while (chain.models.size === 0) await new Promise((resolve) => setTimeout(resolve, 1000));
const growth = await Growth.from(new Random(seed), chain);
await Promise.all([...Array.from({ length: BLOCK_WRITERS }, () => addBlocks(growth)), addPayloads(seed % 2 ** 30)]);
