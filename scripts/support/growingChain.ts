/** A chain of any length, block by block: versions that improve each other, each with its attestation. */
import type { Block } from "../../src/chain/block/block.ts";
import type { SampleModel } from "./sampleModel.ts";

/**
 * Yields `count` blocks in an order in which they can be stored: first versions, then rounds over the slots in which
 * every head gets a candidate and the attestation that adopts it. `model` needs a quorum of 1.
 */
export function* growingChain(model: SampleModel, count: number): Generator<Block> {
  const heads = [...model.manifest.slots.keys()].map((slot) => model.firstVersion(slot, { payload: `first ${slot}` }));
  let made = 0;
  for (const head of heads) {
    if (made++ === count) return;
    yield head;
  }
  for (let round = 1; ; round++) {
    for (const [i, head] of heads.entries()) {
      const candidate = model.candidate(head, { payload: `${i} ${round}` });
      if (made++ === count) return;
      yield candidate;
      if (made++ === count) return;
      yield model.attestation(candidate, 0);
      heads[i] = candidate;
    }
  }
}
