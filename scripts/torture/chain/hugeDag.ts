/**
 * Row 15 of the attacks: very long and very wide DAGs through the writer, without signatures and quotas, so that what is
 * measured is the place of a block and nothing else.
 */
import { join } from "node:path";
import type { Block } from "../../../src/chain/block/block.ts";
import { modelRulesOf } from "../../../src/chain/model/modelRules.ts";
import { Database } from "../../../src/chain/store/database.ts";
import type { Verdict } from "../../../src/chain/verdict.ts";
import { Writer } from "../../../src/chain/writer.ts";
import { systemClock } from "../../../src/core/clock.ts";
import type { Signer } from "../../../src/core/ed25519.ts";
import type { Random } from "../../support/random.ts";
import { SampleModel, signerOf } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";

export const hugeModel = new SampleModel({ name: "huge", slots: ["head"] });

/** A signature of zeros: nobody looks at it here, and a real one costs more than all the rest. */
const unsigned: Signer = { publicKey: signerOf("unsigned").publicKey, sign: () => new Uint8Array(64) };

export class HugeDag {
  readonly first = hugeModel.firstVersion("head", { payload: "first" });
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** All blocks at once; one verdict each. */
  add(blocks: readonly Block[]): Promise<Verdict[]> {
    return Promise.all(blocks.map((block) => this.#writer.add(block)));
  }

  candidate(improved: Block, name: string, also: readonly Block[] = [], change = {}): Block {
    return hugeModel.candidate(improved, { author: unsigned, payload: name, also, change });
  }
}

/** A writer over a fresh database that holds the model and its first version. */
export function withHugeDag<T>(use: (dag: HugeDag) => Promise<T>): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const database = await Database.open(join(folder, "index"));
    const events = {
      rulesOf: () => modelRulesOf(hugeModel.meta, hugeModel.manifest),
      isAttested: () => false,
      onStored: () => undefined,
    };
    const writer = new Writer(database, systemClock, events, { enforceQuotas: false });
    try {
      const dag = new HugeDag(writer);
      await dag.add([hugeModel.meta, dag.first]);
      return await use(dag);
    } finally {
      await writer.idle();
      await database.close();
    }
  });
}

export interface LongChainReport {
  readonly accepted: number;
  readonly last: Block;
  readonly perHeaderMs: number;
  readonly slowestBatchPerHeaderMs: number;
}

/** The writer puts a group of up to 1,024 blocks in order. */
const BATCH = 1000;

/** `length` candidates, each improving the one before it, in batches that are each given backwards. */
export async function addLongChain(dag: HugeDag, length: number): Promise<LongChainReport> {
  let last = dag.first;
  let accepted = 0;
  let totalMs = 0;
  let slowest = 0;
  for (let made = 0; made < length; made += BATCH) {
    const batch: Block[] = [];
    for (let i = made; i < Math.min(made + BATCH, length); i++) {
      last = dag.candidate(last, `link ${i}`);
      batch.push(last);
    }
    const start = performance.now();
    const verdicts = await dag.add(batch.reverse());
    const spentMs = performance.now() - start;
    totalMs += spentMs;
    slowest = Math.max(slowest, spentMs / batch.length);
    accepted += verdicts.filter(({ kind }) => kind === "accept").length;
  }
  return { accepted, last, perHeaderMs: totalMs / length, slowestBatchPerHeaderMs: slowest };
}

/** `depth` layers of `width` candidates, each on up to `parents` of the layer below, each layer in random order. */
export async function addWideLayers(
  dag: HugeDag,
  depth: number,
  width: number,
  parents: number,
  random: Random,
): Promise<{ offered: number; accepted: number }> {
  let layer: readonly Block[] = [dag.first];
  let accepted = 0;
  for (let at = 0; at < depth; at++) {
    const below = layer;
    layer = Array.from({ length: width }, (_, i) => {
      const [improved, ...also] = new Set(Array.from({ length: parents }, () => random.pick(below)));
      return dag.candidate(improved as Block, `${at} ${i}`, also);
    });
    const verdicts = await dag.add(random.shuffle(layer));
    accepted += verdicts.filter(({ kind }) => kind === "accept").length;
  }
  return { offered: depth * width, accepted };
}
