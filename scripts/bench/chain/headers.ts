/**
 * Header validation plus durable storing in batches, against bare signature verification on one core.
 *
 * The blocks are what a busy chain holds: improvements of one slot after the other, each with its attestation.
 */

import { type Block, sealBlock, signedBytes } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { verify } from "../../../src/core/ed25519.ts";
import { growingChain } from "../../support/growingChain.ts";
import { SampleModel } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";
import { type BenchRow, compared } from "../report.ts";

const BLOCKS = 20_000;
const BATCH = 2000;
const FLOOR_BLOCKS = 5000;

export function benchHeaders(): Promise<BenchRow[]> {
  return withTemporaryFolder(async (folder) => {
    const model = new SampleModel({ validators: 1, quorum: 1 });
    const chain = await Chain.open(folder);
    await model.publish(chain);
    const blocks = [...growingChain(model, BLOCKS)];
    const sealed = blocks.map(sealBlock);
    const floorBefore = verificationsPerSecond(blocks);
    const start = performance.now();
    for (let at = 0; at < BLOCKS; at += BATCH) {
      const verdicts = await chain.add(sealed.slice(at, at + BATCH));
      const refused = verdicts.find(({ kind }) => kind !== "accept");
      if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
    }
    const perSecond = BLOCKS / ((performance.now() - start) / 1000);
    const floor = (floorBefore + verificationsPerSecond(blocks)) / 2;
    await chain.close();
    return [
      compared({
        name: `headers validated and stored durably, batches of ${BATCH}`,
        value: perSecond,
        unit: "headers/s",
        floor: { name: "bare signature verification on one core", value: floor },
        aim: "0.60, about 5,000/s",
      }),
    ];
  });
}

function verificationsPerSecond(blocks: readonly Block[]): number {
  const some = blocks.slice(0, FLOOR_BLOCKS);
  const start = performance.now();
  for (const { id, signature, header } of some) {
    if (!verify(signature, signedBytes(id), header.author)) throw new Error("invalid signature");
  }
  return some.length / ((performance.now() - start) / 1000);
}
