import { readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setRow, withRawRows } from "../../../scripts/support/damage.ts";
import { Random } from "../../../scripts/support/random.ts";
import { randomHistory } from "../../../scripts/support/randomModel.ts";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { killRepairs } from "../../../scripts/torture/chain/repair/killedRepairs.ts";
import { auditChain } from "../../../src/chain/audit/audit.ts";
import { repairChain } from "../../../src/chain/audit/repair.ts";
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { keyOf } from "../../../src/chain/store/keySpaces.ts";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { TEST_SEED as seed } from "../../seed.ts";

const history = randomHistory(new Random(7), { blocks: 80 });
const { model } = history;
const blocks: readonly Block[] = [model.meta, ...history.blocks];

async function withStore(use: (folder: string, rootHex: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const chain = await Chain.open(folder, { minFreeBytes: 0 });
    await model.publish(chain);
    await chain.add(history.blocks.map(sealBlock));
    const rootHex = toHex(await chain.stateRoot(model.meta.id));
    await chain.close();
    await use(folder, rootHex);
  });
}

async function expectWhole(folder: string, rootHex: string): Promise<void> {
  expect((await auditChain(folder)).findings).toEqual([]);
  const chain = await Chain.open(folder, { minFreeBytes: 0 });
  expect(blocks.filter(({ id }) => !chain.dag.has(id))).toEqual([]);
  expect(toHex(await chain.stateRoot(model.meta.id))).toBe(rootHex);
  await chain.close();
}

test("repair rebuilds every index from the headers alone", async () => {
  await withStore(async (folder, rootHex) => {
    await withRawRows(folder, (rows) => rows.clear({ gt: Buffer.of(0x02), lt: Buffer.of(0xff) }));
    const report = await repairChain(folder);
    expect(report).toMatchObject({ blocks: blocks.length, findings: [], quarantined: [] });
    await expectWhole(folder, rootHex);
    expect(await readdir(report.oldIndex)).toContain("CURRENT");
  });
});

test("repair works without LevelDB's own manifest, with a torn one, and without the format version", async () => {
  const index = (folder: string, name: string) => join(folder, "index", name);
  const manifestOf = async (folder: string) =>
    (await readdir(join(folder, "index"))).find((name) => name.startsWith("MANIFEST"))!;
  const damages: ((folder: string) => Promise<void>)[] = [
    (folder) => rm(index(folder, "CURRENT")),
    (folder) => writeFile(index(folder, "CURRENT"), "MANIFEST-999999\n"),
    async (folder) => rm(index(folder, await manifestOf(folder))),
    async (folder) => truncate(index(folder, await manifestOf(folder)), 20),
    (folder) => setRow(folder, keyOf("info", utf8("format")), null),
    (folder) => setRow(folder, keyOf("info", utf8("format")), utf8("nonsense")),
  ];
  for (const [i, damage] of damages.entries()) {
    await withStore(async (folder, rootHex) => {
      // A second opening moves the rows from LevelDB's log to a table.
      await (await Chain.open(folder, { minFreeBytes: 0 })).close();
      await damage(folder);
      const opened = await Chain.open(folder, { minFreeBytes: 0 }).then(
        async (chain) => {
          await chain.close();
          return "opened";
        },
        (error: { code: string }) => error.code,
      );
      expect([i, opened]).toEqual([i, expect.stringMatching(/^(store_corrupt|row_corrupt|bad_encoding)$/)]);
      await repairChain(folder);
      await expectWhole(folder, rootHex);
    });
  }
});

test("a store of a newer format is left alone", async () => {
  await withStore(async (folder) => {
    await setRow(folder, keyOf("info", utf8("format")), Uint8Array.of(2));
    await expect(repairChain(folder)).rejects.toMatchObject({ code: "store_newer" });
    await expect(auditChain(folder)).rejects.toMatchObject({ code: "store_newer" });
    expect((await readdir(folder)).sort()).toEqual(["index", "payloads"]);
  });
});

test("without its manifest no block of a model is dropped, unless one says so; with it back, all is well", async () => {
  await withStore(async (folder, rootHex) => {
    const { root } = model.meta.header.payload!;
    let chain = await Chain.open(folder, { minFreeBytes: 0 });
    const path = chain.payloads.path(root);
    await chain.close();
    const bytes = await readFile(path);
    bytes[30]! ^= 1;
    await writeFile(path, bytes);
    await expect(repairChain(folder)).rejects.toMatchObject({
      code: "manifest_missing",
      data: { quarantined: [toHex(root)] },
    });
    chain = await Chain.open(folder, { minFreeBytes: 0 });
    expect(chain.models.size).toBe(0);
    await chain.payloads.put([model.manifestBytes], { expectedRoot: root });
    await chain.close();
    await repairChain(folder);
    await expectWhole(folder, rootHex);
    await rm(path);
    expect(await repairChain(folder, { dropModelsWithoutManifest: true })).toMatchObject({ blocks: 0 });
    expect((await auditChain(folder)).findings).toEqual([]);
  });
});

test("after a repair was cut off between its two renames, opening says so, and another repair goes on", async () => {
  await withStore(async (folder, rootHex) => {
    await rename(join(folder, "index"), join(folder, "index.old-1"));
    await expect(Chain.open(folder, { minFreeBytes: 0 })).rejects.toMatchObject({ code: "store_corrupt" });
    await expect(auditChain(folder)).rejects.toMatchObject({ code: "store_corrupt" });
    const { oldIndex } = await repairChain(folder);
    expect(oldIndex).toBe(join(folder, "index.old-1"));
    await expectWhole(folder, rootHex);
  });
});

test("a repair that is killed at any moment can be run again and loses nothing", async () => {
  const report = await killRepairs(6, 400, new Random(seed));
  expect({ seed, problems: report.problems }).toEqual({ seed, problems: [] });
});
