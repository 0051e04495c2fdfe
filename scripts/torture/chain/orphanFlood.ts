/** Row 14 of the attacks: validly signed blocks with unknown parents, from one peer and from many. */
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import { ORPHAN_TTL_MS } from "../../../src/chain/limits.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { hashOf, SampleModel, signerOf } from "../../support/sampleModel.ts";
import { withChain } from "../../support/withChain.ts";

export interface FloodPlan {
  readonly fromOne: number;
  readonly peers: number;
  readonly fromEach: number;
  /** Orphans of the honest peer, given before the flood. */
  readonly honest: number;
}

export interface FloodReport {
  readonly mostHeld: number;
  readonly mostBytes: number;
  /** Held while only the first flooding peer had been there, without the honest ones. */
  readonly mostFromOne: number;
  /** Honest orphans that were stored once their parent came. */
  readonly honestStored: number;
  readonly sizeAfterExpiry: number;
  readonly bytesAfterExpiry: number;
}

const BATCH = 500;

export function floodWithOrphans(plan: FloodPlan): Promise<FloodReport> {
  const clock = manualClock();
  return withChain(
    async (chain) => {
      const model = new SampleModel();
      await model.publish(chain);
      const { orphans } = chain;
      let [mostHeld, mostBytes] = [0, 0];
      const flood = async (blocks: Iterable<Uint8Array>, peer: string) => {
        for (const batch of batchesOf(blocks)) {
          await chain.add(batch, { peer });
          mostHeld = Math.max(mostHeld, orphans.size);
          mostBytes = Math.max(mostBytes, orphans.bytes);
        }
      };
      const parent = model.firstVersion("head");
      const honest = Array.from({ length: plan.honest }, (_, i) => childOf(model, parent, `honest ${i}`));
      await chain.add(honest.map(sealBlock), { peer: "honest" });
      await flood(orphansOf(model, "one", plan.fromOne), "one");
      const mostFromOne = mostHeld - plan.honest;
      for (let i = 0; i < plan.peers; i++) await flood(orphansOf(model, `${i}`, plan.fromEach), `peer ${i}`);
      await chain.add([sealBlock(parent)]);
      // Orphans are tried again behind the answer; offering them again waits for that.
      const again = await chain.add(honest.map(sealBlock));
      const honestStored = again.filter((verdict) => "code" in verdict && verdict.code === "already_known").length;
      clock.advance(ORPHAN_TTL_MS);
      orphans.expire();
      const after = { sizeAfterExpiry: orphans.size, bytesAfterExpiry: orphans.bytes };
      return { mostHeld, mostBytes, mostFromOne, honestStored, ...after };
    },
    { clock },
  );
}

/** Each by an author of its own, so that no quota but that of orphans is met. */
function childOf(model: SampleModel, parent: Block, name: string): Block {
  return model.candidate(parent, { payload: name, author: signerOf(name) });
}

function* orphansOf(model: SampleModel, name: string, count: number): Generator<Uint8Array> {
  const author = signerOf(`flooder ${name}`);
  const base = model.firstVersion("head");
  for (let i = 0; i < count; i++) {
    const nowhere = { ...base, id: hashOf(`nowhere ${name} ${i}`) };
    yield sealBlock(model.candidate(nowhere, { payload: `${i}`, author }));
  }
}

function* batchesOf<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
