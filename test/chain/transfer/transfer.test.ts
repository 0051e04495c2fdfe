import { execFileSync } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../../../scripts/support/random.ts";
import { randomHistory } from "../../../scripts/support/randomModel.ts";
import { SampleModel } from "../../../scripts/support/sampleModel.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { auditChain } from "../../../src/chain/audit/audit.ts";
import { sealBlock } from "../../../src/chain/block/block.ts";
import type { Chain } from "../../../src/chain/chain.ts";
import { exportChain } from "../../../src/chain/transfer/exportChain.ts";
import { EXPORT_MAGIC } from "../../../src/chain/transfer/exportFormat.ts";
import { type ImportReport, importChain } from "../../../src/chain/transfer/importChain.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { errorCode } from "../../../src/core/errors.ts";

const histories = [1, 2].map((seed) => randomHistory(new Random(seed), { blocks: 60 }));
const BLOCKS = histories.flatMap(({ model, blocks }) => [model.meta, ...blocks]);
const PAYLOADS = [1, 300_000, 0].map((size) => new Random(size).bytes(size));

/** A chain with two models and a few payloads, of which one is the payload of a block. */
async function withSource(use: (chain: Chain, folder: string) => Promise<void>): Promise<void> {
  await withChain(async (chain, folder) => {
    for (const { model, blocks } of histories) {
      await model.publish(chain);
      for (const { kind } of await chain.add(blocks.map(sealBlock))) expect(kind).toBe("accept");
    }
    for (const bytes of PAYLOADS) await chain.payloads.put([bytes]);
    await use(chain, folder);
  });
}

async function statesOf(chain: Chain): Promise<string[]> {
  return Promise.all(histories.map(async ({ model }) => toHex(await chain.stateRoot(model.meta.id))));
}

async function idsOf(chain: Chain): Promise<string[]> {
  const ids: string[] = [];
  for await (const { idHex } of chain.dag.blocks()) ids.push(idHex);
  return ids;
}

/** Imports `file` into a fresh chain: the report, or the code of the error. */
async function importFresh(path: string): Promise<ImportReport | string | undefined> {
  return withChain(async (chain) => {
    try {
      return await importChain(chain, path);
    } catch (error) {
      return errorCode(error);
    } finally {
      // Whatever came before the damage is sound.
      const folder = chain.folder;
      await chain.close();
      expect((await auditChain(folder)).findings).toEqual([]);
    }
  });
}

test("an export imports into an empty store with the same blocks, heads and state roots", async () => {
  await withSource(async (source, folder) => {
    const path = join(folder, "export");
    const report = await exportChain(source, path);
    expect(report).toMatchObject({ blocks: BLOCKS.length, payloads: 2, bytes: (await readFile(path)).length });
    await withChain(async (chain) => {
      expect(await importChain(chain, path)).toEqual({ accepted: BLOCKS.length, known: 0, refused: 0, payloads: 2 });
      expect(await idsOf(chain)).toEqual(await idsOf(source));
      expect(await statesOf(chain)).toEqual(await statesOf(source));
      // Again: nothing new, nothing refused.
      expect(await importChain(chain, path)).toEqual({ accepted: 0, known: BLOCKS.length, refused: 0, payloads: 2 });
    });
  });
});

test("with all payloads, those of blocks and evaluation sets that are stored here go along; else they are counted", async () => {
  await withChain(async (source, folder) => {
    const evaluationBytes = new Random(9).bytes(1000);
    const model = new SampleModel({ evaluationBytes });
    await model.publish(source);
    const tensors = new Random(10).bytes(264);
    const { root } = await source.payloads.put([tensors]);
    const { root: evaluation } = await source.payloads.put([evaluationBytes]);
    const first = model.firstVersion("head", { change: { payload: { root, bytes: 264, format: "safetensors" } } });
    await source.add([first, model.firstVersion("embedding")].map(sealBlock));
    const path = join(folder, "export");
    const left = { blocks: 3, payloads: 1, payloadsLeftOut: 2 };
    expect(await exportChain(source, join(folder, "manifests"))).toMatchObject(left);
    const whole = { blocks: 3, payloads: 3, payloadsLeftOut: 0 };
    expect(await exportChain(source, path, { payloads: "all" })).toMatchObject(whole);
    await withChain(async (chain) => {
      expect(await importChain(chain, path)).toEqual({ accepted: 3, known: 0, refused: 0, payloads: 3 });
      expect(Buffer.compare(await chain.payloads.readAll(root, 264), tensors)).toBe(0);
      expect(await chain.payloads.has(evaluation)).toBe(true);
    });
  });
});

test("ranges by model and by height are exported, and fit together again in any order", async () => {
  await withSource(async (source, folder) => {
    const [one, two] = histories.map(({ model }) => model.meta.id) as [Uint8Array, Uint8Array];
    const ranges = [{ model: one, toHeight: 2 }, { model: one, fromHeight: 3 }, { model: two }];
    const paths = ranges.map((_, i) => join(folder, `export ${i}`));
    let blocks = 0;
    for (const [i, range] of ranges.entries()) blocks += (await exportChain(source, paths[i]!, { range })).blocks;
    expect(blocks).toBe(BLOCKS.length);
    await withChain(async (chain) => {
      // Without what it builds on, the second range is refused block by block, not as a file.
      const refused = await importChain(chain, paths[1]!);
      expect(refused).toMatchObject({ accepted: 0, known: 0 });
      for (const path of [paths[2]!, paths[0]!, paths[1]!])
        expect(await importChain(chain, path)).toMatchObject({ refused: 0 });
      expect(await statesOf(chain)).toEqual(await statesOf(source));
    });
  });
});

test("a file that is cut off anywhere is refused as such, and what came before the cut is sound", async () => {
  await withSource(async (source, folder) => {
    const path = join(folder, "export");
    await exportChain(source, path, { range: { toHeight: 2 } });
    const whole = await readFile(path);
    const random = new Random(3);
    for (let i = 0; i < 25; i++) {
      await writeFile(path, whole.subarray(0, i < 12 ? i : random.below(whole.length)));
      expect(await importFresh(path)).toBe("bad_export");
    }
    await writeFile(path, Buffer.concat([whole, Uint8Array.of(0)]));
    expect(await importFresh(path)).toBe("bad_export");
  });
});

test("a file with a flipped bit anywhere is refused as such, and what was taken from it is sound", async () => {
  await withSource(async (source, folder) => {
    const path = join(folder, "export");
    await exportChain(source, path, { range: { toHeight: 2 } });
    const whole = await readFile(path);
    const random = new Random(4);
    for (let i = 0; i < 40; i++) {
      const damaged = Buffer.from(whole);
      const at = i < 12 ? i : random.below(whole.length);
      damaged[at]! ^= 1 << random.below(8);
      await writeFile(path, damaged);
      // A length may by chance be one that only this disk has no room for.
      expect([at, await importFresh(path)]).toEqual([at, expect.stringMatching(/^(bad_export|disk_full)$/)]);
    }
  });
});

test("lengths that a file announces are not believed", async () => {
  await withSource(async (_source, folder) => {
    const path = join(folder, "export");
    const start = Buffer.concat([Buffer.from("AIBLOCKX"), Uint8Array.of(1)]);
    const frames = [
      [0x42, 0xff, 0xff, 0xff, 0xff],
      [0x50, ...new Uint8Array(32), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x50, ...new Uint8Array(32), 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x50, ...new Uint8Array(32), 0, 0, 0, 4, 0, 0, 0, 1],
      [0x58],
    ];
    for (const frame of frames) {
      await writeFile(path, Buffer.concat([start, Uint8Array.from(frame), Buffer.alloc(100)]));
      expect(await importFresh(path)).toBe("bad_export");
    }
    await writeFile(path, Buffer.concat([Buffer.from("AIBLOCKX"), Uint8Array.of(2), Buffer.alloc(100)]));
    expect(await importFresh(path)).toBe("bad_export");
  });
});

test("an aborted export leaves the file that was there, and no temporary one", async () => {
  await withSource(async (source, folder) => {
    const path = join(folder, "export");
    await writeFile(path, "older");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(exportChain(source, path, { signal })).rejects.toThrow("enough");
    expect(await readFile(path, "utf8")).toBe("older");
    await exportChain(source, path);
    await expect(importChain(source, path, { signal })).rejects.toThrow("enough");
    await expect(importChain(source, join(folder, "nowhere"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

const withPipes = process.platform === "win32" ? test.skip : test;

withPipes("a pipe is imported to the end of whoever writes into it, and refused when nobody does", async () => {
  await withSource(async (source, folder) => {
    const [path, pipe] = [join(folder, "export"), join(folder, "pipe")];
    await exportChain(source, path);
    execFileSync("mkfifo", [pipe]);
    const [report] = await Promise.all([importFresh(pipe), writeFile(pipe, await readFile(path))]);
    expect(report).toEqual(await importFresh(path));
    await expect(importChain(source, pipe, { pipeWaitMs: 50 })).rejects.toMatchObject({
      code: "pipe_silent",
      message: `${pipe}: expected somebody who writes into the pipe, got nobody for 0.05 s`,
    });
  });
});

withPipes("an import can be left while it waits for whoever writes into the pipe", async () => {
  await withSource(async (source, folder) => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const abort = new AbortController();
    const importing = importChain(source, pipe, { signal: abort.signal });
    const writer = await open(pipe, "w");
    await writer.write(EXPORT_MAGIC);
    setImmediate(() => abort.abort(new Error("enough")));
    await expect(importing).rejects.toThrow("enough");
    await writer.close();
  });
});
