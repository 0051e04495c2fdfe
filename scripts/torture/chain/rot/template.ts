/** A store with everything in it, and the truth about it, to be damaged in copies. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sealBlock } from "../../../../src/chain/block/block.ts";
import { Chain } from "../../../../src/chain/chain.ts";
import { toHex } from "../../../../src/core/bytes.ts";
import { sha256 } from "../../../../src/core/hash.ts";
import { Random } from "../../../support/random.ts";
import { randomHistory } from "../../../support/randomModel.ts";
import type { SampleModel } from "../../../support/sampleModel.ts";

export interface Truth {
  readonly modelHex: string;
  /** Id to sealed block, in hex. */
  readonly blocks: Readonly<Record<string, string>>;
  /** Id to the ids of its parents. */
  readonly parents: Readonly<Record<string, readonly string[]>>;
  /** Root to SHA-256 of the bytes, in hex. */
  readonly payloads: Readonly<Record<string, string>>;
  readonly manifestRootHex: string;
  readonly manifestHex: string;
  readonly stateRootHex: string;
}

export const CHAIN = "chain";
export const TRUTH = "truth.json";

const BLOCKS = 120;
const PAYLOAD_BYTES = [0, 700, 300_000];
/** LevelDB turns its log into a table when it opens: so some rows lie in tables and some in the log. */
const OPENINGS = 3;

/** Creates `<home>/chain` and `<home>/truth.json`. */
export async function makeTemplate(home: string, seed: number): Promise<void> {
  const random = new Random(seed);
  const { model, blocks } = randomHistory(random, { blocks: BLOCKS });
  const folder = join(home, CHAIN);
  const payloads: Record<string, string> = {};
  let stateRootHex = "";
  for (let opening = 0; opening < OPENINGS; opening++) {
    const chain = await Chain.open(folder, { minFreeBytes: 0 });
    if (opening === 0) await model.publish(chain);
    const share = blocks.slice((opening * BLOCKS) / OPENINGS, ((opening + 1) * BLOCKS) / OPENINGS);
    for (const batch of random.batches(share, 10)) {
      for (const { kind } of await chain.add(batch.map(sealBlock))) {
        if (kind !== "accept") throw new Error("a block of the template was refused");
      }
    }
    const bytes = random.bytes(PAYLOAD_BYTES[opening]!);
    payloads[toHex((await chain.payloads.put([bytes])).root)] = toHex(sha256(bytes));
    stateRootHex = toHex(await chain.stateRoot(model.meta.id));
    await chain.close();
  }
  await writeFile(join(home, TRUTH), JSON.stringify(truthOf(model, blocks, payloads, stateRootHex)));
}

function truthOf(
  model: SampleModel,
  blocks: ReturnType<typeof randomHistory>["blocks"],
  payloads: Record<string, string>,
  stateRootHex: string,
): Truth {
  const all = [model.meta, ...blocks];
  const manifestRootHex = toHex(model.meta.header.payload!.root);
  return {
    modelHex: model.meta.idHex,
    blocks: Object.fromEntries(all.map((block) => [block.idHex, toHex(sealBlock(block))])),
    parents: Object.fromEntries(all.map(({ idHex, header }) => [idHex, header.parents.map(toHex)])),
    payloads: { ...payloads, [manifestRootHex]: toHex(sha256(model.manifestBytes)) },
    manifestRootHex,
    manifestHex: toHex(model.manifestBytes),
    stateRootHex,
  };
}
