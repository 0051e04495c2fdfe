/**
 * Row 17 of the attacks: races. For one slot the publisher signs two first versions, miners improve both, and validators
 * contradict themselves. Several stores hear of all this in different orders; in the end their heads are the same.
 */
import { join } from "node:path";
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { headsOf } from "../../../src/chain/model/heads.ts";
import { stateRootOf } from "../../../src/chain/model/stateRoot.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { Random } from "../../support/random.ts";
import { SampleModel, signerOf } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";

export interface RaceReport {
  readonly races: number;
  readonly stores: number;
  /** Races whose head is the same in all stores, and the one of the definition. */
  readonly identical: number;
  readonly sameStateRoots: boolean;
}

const MOST_IN_BATCH = 40;

/** One race a slot, all in one model. */
export function runRaces(races: number, stores: number, seed: number): Promise<RaceReport> {
  const random = new Random(seed);
  const slots = Array.from({ length: races }, (_, i) => `layer${i >> 5}.expert${i & 31}`);
  const model = new SampleModel({ name: `races ${seed}`, slots, validators: 3, quorum: 2 });
  const blocks = slots.flatMap((slot) => raceFor(model, slot, random));
  const expected = headsOf(blocks, model.manifest);
  return withTemporaryFolder(async (folder) => {
    const chains: Chain[] = [];
    for (let i = 0; i < stores; i++) chains.push(await Chain.open(join(folder, `${i}`), { minFreeBytes: 0 }));
    try {
      await Promise.all(
        chains.map(async (chain, i) => {
          await model.publish(chain);
          await deliver(chain, blocks, new Random(seed + i));
        }),
      );
      const { id } = model.meta;
      const identical = slots.filter((slot) =>
        chains.every((chain) => toHex(chain.head(id, slot)!.id) === toHex(expected.get(slot)!.id)),
      ).length;
      const roots = new Set(await Promise.all(chains.map(async (chain) => toHex(await chain.stateRoot(id)))));
      const root = stateRootOf(
        id,
        [...expected].map(([slot, leaf]) => [slot, leaf.id]),
      );
      return { races, stores, identical, sameStateRoots: roots.size === 1 && roots.has(toHex(root)) };
    } finally {
      for (const chain of chains) await chain.close();
    }
  });
}

function raceFor(model: SampleModel, slot: string, random: Random): Block[] {
  const firsts = ["a", "b"].map((name) => model.firstVersion(slot, { payload: `${slot} ${name}` }));
  const candidates = Array.from({ length: 4 }, (_, i) =>
    model.candidate(random.pick(firsts), { payload: `${slot} ${i}`, author: signerOf(`${slot} miner ${i}`) }),
  );
  candidates.push(model.candidate(candidates[0]!, { payload: `${slot} late`, author: signerOf(`${slot} late miner`) }));
  const votes = Array.from({ length: 12 }, (_, i) => {
    const candidate = random.pick(candidates);
    const timeMs = candidate.header.timeMs + i;
    return model.attestation(candidate, random.below(3), { loss: random.pick([1, 1.5, 2]), change: { timeMs } });
  });
  return [...firsts, ...candidates, ...votes];
}

/** As a network with delays does: any order, and again what was ignored, until nothing is new. */
async function deliver(chain: Chain, blocks: readonly Block[], random: Random): Promise<void> {
  for (const batch of random.batches(random.shuffle(blocks), MOST_IN_BATCH)) {
    await chain.add(batch.map(sealBlock), { peer: `peer ${random.below(8)}` });
  }
  for (;;) {
    const verdicts = await chain.add(random.shuffle(blocks).map(sealBlock), { peer: "sync" });
    if (!verdicts.some(({ kind }) => kind === "accept")) return;
  }
}
