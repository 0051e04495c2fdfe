/** A chain in a workplace, with a model, first versions, one adopted candidate and one that is not. */
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SampleModel, type SampleOptions } from "../../scripts/support/sampleModel.ts";
import { type Block, sealBlock } from "../../src/chain/block/block.ts";
import { Chain } from "../../src/chain/chain.ts";
import { CHUNK_BYTES } from "../../src/chain/limits.ts";
import { encodeChunkList, payloadRoot } from "../../src/chain/payload/chunkList.ts";
import { toHex } from "../../src/core/bytes.ts";
import { sha256 } from "../../src/core/hash.ts";
import type { Workplace } from "./runCli.ts";

export interface SampleChain {
  readonly model: SampleModel;
  readonly first: readonly Block[];
  readonly adopted: Block;
  readonly votes: readonly Block[];
  readonly pending: Block;
  readonly stateRoot: string;
}

/** The slot `head` stays without a version. */
export async function makeSampleChain(workplace: Workplace, options: SampleOptions = {}): Promise<SampleChain> {
  const model = new SampleModel(options);
  const first = ["embedding", "layer0.expert0", "layer0.expert1"].map((slot) => model.firstVersion(slot));
  const adopted = model.candidate(first[2]!, { loss: 2.5 });
  const votes = [model.attestation(adopted, 0), model.attestation(adopted, 1)];
  const pending = model.candidate(adopted, { loss: 2.2, baselineLoss: 2.5 });
  const stateRoot = await withChain(workplace, async (chain) => {
    await model.publish(chain);
    await addAll(chain, [...first, adopted, ...votes, pending]);
    return toHex(await chain.stateRoot(model.meta.id));
  });
  return { model, first, adopted, votes, pending, stateRoot };
}

export async function withChain<T>({ data }: Workplace, work: (chain: Chain) => Promise<T>): Promise<T> {
  const chain = await Chain.open(join(data, "chain"), { minFreeBytes: 0 });
  try {
    return await work(chain);
  } finally {
    await chain.close();
  }
}

export async function addAll(chain: Chain, blocks: readonly Block[]): Promise<void> {
  for (const verdict of await chain.add(blocks.map(sealBlock))) {
    if (verdict.kind !== "accept") throw new Error(`expected accept, got ${JSON.stringify(verdict)}`);
  }
}

/** A payload of zeros that takes no room on the disk, yet takes its time to read: `chunks` times 256 KiB. */
export async function addHollowPayload({ data }: Workplace, chunks: number): Promise<Uint8Array> {
  const hash = sha256(new Uint8Array(CHUNK_BYTES));
  const list = { bytes: chunks * CHUNK_BYTES, hashes: new Uint8Array(Buffer.alloc(chunks * hash.length, hash)) };
  const root = payloadRoot(list);
  const path = join(data, "chain", "payloads", toHex(root).slice(0, 2), toHex(root));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.chunks`, encodeChunkList(list));
  await writeFile(path, "");
  await truncate(path, list.bytes);
  return root;
}
