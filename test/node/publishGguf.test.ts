/** A GGUF file on the chain, and folders whose files are links. */
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Chain } from "../../src/chain/chain.ts";
import { toHex } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { answer } from "../../src/moe/chat/answer.ts";
import { tokenizerFilesOf } from "../../src/moe/chat/tokenizerFilesOf.ts";
import { createEngine } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { openTextWorker } from "../../src/moe/text/textWorker.ts";
import { readChainModel } from "../../src/node/model/chainModel.ts";
import { PayloadTensors } from "../../src/node/model/payloadTensors.ts";
import { readServedState, stateSource } from "../../src/node/model/servedState.ts";
import type { NodeOptions } from "../../src/node/nodeOptions.ts";
import { publishCheckpoint } from "../../src/node/publish/publishCheckpoint.ts";
import { exportFixture } from "../moe/export/ggufExport.ts";
import { ask, FIXTURES, publisher, withFolder } from "./support.ts";
import { nodeOptions, withNode } from "./wholeNode.ts";

const signal = new AbortController().signal;
const options = { signer: publisher, clock: systemClock, signal };

async function withChain<T>(folder: string, use: (chain: Chain) => Promise<T>): Promise<T> {
  const chain = await Chain.open(join(folder, "chain"), { minFreeBytes: 0 });
  try {
    return await use(chain);
  } finally {
    await chain.close();
  }
}

function optionsOf(folder: string, checkpoint: string): NodeOptions {
  return nodeOptions({ folder, checkpoint, data: join(folder, "data") });
}

test.each([
  ["mixtral", "q8_0", "Q8_0"],
  ["qwen2moe", "q4_0", "Q4_0"],
  ["granitemoe", "f16", "F16"],
] as const)(
  "%s as %s: every tensor comes back from the chain bit for bit, in its own type, with config and tokenizer",
  async (fixture, type, dtype) => {
    await withFolder(async (folder) => {
      const file = join(folder, "tiny.gguf");
      await exportFixture(fixture, file, { type, allowDifferences: true });
      await withChain(folder, async (chain) => {
        const { model } = await publishCheckpoint(chain, file, options);
        const chainModel = await readChainModel(chain, model);
        expect(chainModel.manifest.name).toBe("tiny");
        expect([...chainModel.manifest.files.keys()]).toEqual(
          expect.arrayContaining(["config.json", "tokenizer.json", "weights.json"]),
        );
        const state = await readServedState(chain, chainModel);
        const tensors = new PayloadTensors(chain.payloads);
        const onChain = stateSource(state, tensors);
        const onDisk = await folderSlotSource(file);
        expect(onChain.spec).toEqual(onDisk.spec);
        expect([...onChain.slots.keys()]).toEqual([...onDisk.slots.keys()].sort());
        const types = new Set<string>();
        for (const [slot, { parts }] of onDisk.slots) {
          for (const { name, dtype } of parts.flatMap((part) => part.tensors)) {
            types.add(dtype);
            expect(Buffer.compare(await onChain.read(slot, name), await onDisk.read(slot, name))).toBe(0);
          }
        }
        expect(types).toContain(dtype);
        await onDisk.close();
        await tensors.close();
      });
    });
  },
);

test("a node serves a GGUF file as the engine computes it, and finds it again without hashing", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "tiny.gguf");
    await exportFixture("mixtral", file, { type: "q8_0", allowDifferences: true });
    const first = await withNode(optionsOf(folder, file), async (node) => {
      expect(node.chosen.published).toBeGreaterThan(30);
      expect(node.services.models.list()).toMatchObject([{ id: "tiny", precision: "f32" }]);
      return ask(node.services.chat, { maxTokens: 16 });
    });
    await withNode(optionsOf(folder, file), async (node) => {
      expect(node.chosen.published).toBe(0);
      expect((await ask(node.services.chat, { maxTokens: 16 })).ids).toEqual(first.ids);
    });
    const source = await folderSlotSource(file);
    const engine = await createEngine({ source });
    const ids: number[] = [];
    // The tokenizer is in the file too; the node has fed its ids of "Hello".
    const text = await openTextWorker(await tokenizerFilesOf(file));
    const prompt = [...(await text.encode("Hello"))];
    const generation = { ids: prompt, maxTokens: 16, sampling: { temperature: 0 }, stopIds: text.eosIds };
    for await (const event of answer(engine, { ...generation, decoder: text.decoder })) {
      if (event.type === "token") ids.push(event.id);
    }
    expect(first.ids).toEqual(ids);
    await text.close();
    await engine.close();
    await source.close();
  });
});

test("a folder whose files are links is the same model as the folder that they lead to", async () => {
  await withFolder(async (folder) => {
    const original = join(FIXTURES, "mixtral");
    const linked = join(folder, "mixtral");
    await mkdir(linked);
    for (const name of await readdir(original)) await symlink(join(original, name), join(linked, name));
    await symlink(join(folder, "gone"), join(linked, "gone.txt"));
    await withChain(folder, async (chain) => {
      const first = await publishCheckpoint(chain, original, options);
      const again = await publishCheckpoint(chain, linked, options);
      expect([toHex(again.model), again.published]).toEqual([toHex(first.model), 0]);
    });
    await withNode(optionsOf(folder, linked), async (node) => {
      expect(node.services.models.list()).toMatchObject([{ id: "mixtral" }]);
    });
  });
});
