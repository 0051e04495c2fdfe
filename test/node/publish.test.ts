/** A checkpoint on the chain, block by block. */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Chain } from "../../src/chain/chain.ts";
import { toHex } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { errorCode } from "../../src/core/errors.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import type { StoredPart } from "../../src/moe/model/slotTable.ts";
import { readChainModel } from "../../src/node/model/chainModel.ts";
import { PayloadTensors } from "../../src/node/model/payloadTensors.ts";
import { readServedState, stateSource } from "../../src/node/model/servedState.ts";
import { type PublishProgress, publishCheckpoint } from "../../src/node/publish/publishCheckpoint.ts";
import { checkpointFolder, FIXTURES, miner, publisher, withFolder } from "./support.ts";

async function withChain<T>(folder: string, use: (chain: Chain) => Promise<T>): Promise<T> {
  const chain = await Chain.open(join(folder, "chain"), { minFreeBytes: 0 });
  try {
    return await use(chain);
  } finally {
    await chain.close();
  }
}

const never = new AbortController().signal;
const options = { signer: publisher, clock: systemClock, signal: never };

/** As a payload has it: not where it lies in the checkpoint. */
function withoutPlaces({ part, arrangement, tensors }: StoredPart) {
  return { part, arrangement, tensors: tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })) };
}

test.each(["olmoe-f16", "granitemoe", "gpt_oss-mxfp4"])(
  "%s: every tensor comes back from the chain bit for bit, signed by the publisher",
  async (fixture) => {
    await withFolder(async (folder) => {
      const checkpoint = join(folder, "model");
      await cp(join(FIXTURES, fixture), checkpoint, { recursive: true });
      await withChain(folder, async (chain) => {
        const { model, published, skipped } = await publishCheckpoint(chain, checkpoint, options);
        const chainModel = await readChainModel(chain, model);
        expect({ published, skipped }).toEqual({ published: chainModel.slots.size + 1, skipped: 0 });
        const state = await readServedState(chain, chainModel);
        expect(new Set([...state.heads.values()].map(({ author }) => author))).toEqual(
          new Set([toHex(publisher.publicKey)]),
        );
        const tensors = new PayloadTensors(chain.payloads);
        const onChain = stateSource(state, tensors);
        const onDisk = await folderSlotSource(checkpoint);
        expect([...onChain.slots.keys()]).toEqual([...onDisk.slots.keys()].sort());
        for (const [slot, { parts }] of onDisk.slots) {
          expect(onChain.slots.get(slot)?.parts).toMatchObject(parts.map(withoutPlaces));
          for (const { name } of parts.flatMap((part) => part.tensors)) {
            expect(Buffer.compare(await onChain.read(slot, name), await onDisk.read(slot, name))).toBe(0);
          }
        }
        await onDisk.close();
        await tensors.close();
      });
    });
  },
);

test("publishing again changes nothing; other weights are another model; another publisher too", async () => {
  await withFolder(async (folder) => {
    const checkpoint = await checkpointFolder(folder);
    await withChain(folder, async (chain) => {
      const first = await publishCheckpoint(chain, checkpoint, options);
      const again = await publishCheckpoint(chain, checkpoint, options);
      expect(again).toEqual({ model: first.model, published: 0, skipped: first.published });
      const other = await publishCheckpoint(chain, checkpoint, { ...options, signer: miner });
      expect(toHex(other.model)).not.toBe(toHex(first.model));
      const weights = join(checkpoint, "model.safetensors");
      await rm(join(checkpoint, "config.json"), { force: true });
      await cp(join(FIXTURES, "mixtral", "config.json"), join(checkpoint, "config.json"), { force: true });
      const bytes = await readFile(weights);
      bytes[bytes.length - 2]! ^= 1;
      await rm(weights, { force: true });
      await writeFile(weights, bytes);
      const changed = await publishCheckpoint(chain, checkpoint, options);
      expect(toHex(changed.model)).not.toBe(toHex(first.model));
      // All slots but one have the same payloads: those are stored once.
      const roots = await Array.fromAsync(chain.payloads.roots());
      const slots = (await readChainModel(chain, first.model)).slots.size;
      expect(roots).toHaveLength(slots + 1 + 3 + 1);
    });
  });
});

test("a publication that is cut off anywhere goes on where it stopped, and ends the same", async () => {
  await withFolder(async (folder) => {
    const checkpoint = await checkpointFolder(folder);
    const whole = await withFolder((other) =>
      withChain(other, async (chain) => {
        const { model, published } = await publishCheckpoint(chain, checkpoint, options);
        return { stateSlots: (await chain.heads(model)).size, published };
      }),
    );
    let published = 0;
    let model: Uint8Array | undefined;
    for (const cutAt of [1, 7, 20, Number.POSITIVE_INFINITY]) {
      await withChain(folder, async (chain) => {
        const abort = new AbortController();
        const onProgress = ({ stage, done }: PublishProgress): void => {
          if (stage === "publishing" && done >= cutAt) abort.abort(new Error("cut"));
        };
        try {
          const result = await publishCheckpoint(chain, checkpoint, { ...options, signal: abort.signal, onProgress });
          published = result.published + result.skipped;
          model = result.model;
        } catch (error) {
          expect((error as Error).message).toBe("cut");
        }
      });
    }
    await withChain(folder, async (chain) => {
      expect(published).toBe(whole.published);
      expect((await chain.heads(model!)).size).toBe(whole.stateSlots);
      expect(chain.models.size).toBe(1);
      const count = (await Array.fromAsync(chain.dag.blocks())).length;
      expect(count).toBe(whole.published);
    });
  });
});

test("progress counts up to the end in both stages", async () => {
  await withFolder(async (folder) => {
    const checkpoint = await checkpointFolder(folder);
    const seen: PublishProgress[] = [];
    await withChain(folder, (chain) =>
      publishCheckpoint(chain, checkpoint, { ...options, onProgress: (progress) => seen.push(progress) }),
    );
    for (const stage of ["hashing", "publishing"]) {
      const steps = seen.filter((each) => each.stage === stage);
      expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).sort((a, b) => a - b));
      expect(steps.at(-1)?.done).toBe(steps.at(-1)?.total);
    }
  });
});

test("a payload that is no safetensors file of the slot is told from one that is", async () => {
  await withFolder(async (folder) => {
    const checkpoint = await checkpointFolder(folder);
    await withChain(folder, async (chain) => {
      const { model } = await publishCheckpoint(chain, checkpoint, options);
      const state = await readServedState(chain, await readChainModel(chain, model));
      const tensors = new PayloadTensors(chain.payloads);
      const [a, b] = ["layer0.expert0", "layer0.router"].map((slot) => state.heads.get(slot)!);
      const infos = state.model.slots.get("layer0.expert0")!;
      const wrong = { slot: "layer0.expert0", root: b!.root, tensors: infos };
      expect(await tensors.check(wrong).catch(errorCode)).toBe("payload_mismatch");
      await tensors.check({ ...wrong, root: a!.root });
      const { root } = await chain.payloads.put([new Uint8Array(100).fill(0xff)]);
      expect(await tensors.check({ ...wrong, root }).catch(errorCode)).toBe("header_too_large");
      await tensors.close();
    });
  });
});
