/** Opening and closing a store: locks, format versions, what is under way, and what a listener does wrong. */
import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { damageRow, setRow } from "../../scripts/support/damage.ts";
import { growingChain } from "../../scripts/support/growingChain.ts";
import { SampleModel } from "../../scripts/support/sampleModel.ts";
import { withTemporaryFolder } from "../../scripts/support/temporary.ts";
import { auditChain } from "../../src/chain/audit/audit.ts";
import { repairChain } from "../../src/chain/audit/repair.ts";
import { type Block, sealBlock } from "../../src/chain/block/block.ts";
import { Chain } from "../../src/chain/chain.ts";
import { FORMAT_VERSION } from "../../src/chain/store/database.ts";
import { headKey, keyOf } from "../../src/chain/store/keySpaces.ts";
import { toHex, u64, utf8 } from "../../src/core/bytes.ts";

const OPTIONS = { minFreeBytes: 0 };
const FORMAT_KEY = keyOf("info", utf8("format"));
const ROOT = join(import.meta.dirname, "../..");

test("a store of a newer format, and one whose format cannot be read, are refused and not touched", async () => {
  await withTemporaryFolder(async (folder) => {
    await (await Chain.open(folder, OPTIONS)).close();
    await setRow(folder, FORMAT_KEY, Uint8Array.of(FORMAT_VERSION + 1));
    await expect(Chain.open(folder, OPTIONS)).rejects.toMatchObject({
      code: "store_newer",
      data: { version: FORMAT_VERSION + 1 },
    });
    await setRow(folder, FORMAT_KEY, utf8("?!"));
    await expect(Chain.open(folder, OPTIONS)).rejects.toMatchObject({ code: "bad_encoding" });
    await setRow(folder, FORMAT_KEY, null);
    await setRow(folder, keyOf("info", utf8("other")), Uint8Array.of(1));
    await expect(Chain.open(folder, OPTIONS)).rejects.toMatchObject({ code: "store_corrupt" });
    await setRow(folder, FORMAT_KEY, Uint8Array.of(FORMAT_VERSION));
    await (await Chain.open(folder, OPTIONS)).close();
  });
});

test("a store that is open is refused to everybody else, in this process and in another", async () => {
  await withTemporaryFolder(async (folder) => {
    const chain = await Chain.open(folder, OPTIONS);
    await expect(Chain.open(folder, OPTIONS)).rejects.toMatchObject({ code: "store_locked" });
    await chain.close();
    await (await Chain.open(folder, OPTIONS)).close();
    const holder = await holdOpen(folder);
    try {
      for (const attempt of [() => Chain.open(folder, OPTIONS), () => auditChain(folder), () => repairChain(folder)]) {
        await expect(attempt()).rejects.toMatchObject({ code: "store_locked" });
      }
    } finally {
      const ended = new Promise((resolve) => holder.once("close", resolve));
      holder.kill("SIGKILL");
      await ended;
    }
    await (await Chain.open(folder, OPTIONS)).close();
    expect((await auditChain(folder)).findings).toEqual([]);
  });
});

/** Another process that has the store open. It ends with this one: its input is a pipe from here. */
async function holdOpen(folder: string) {
  const script =
    `const { Chain } = await import(${JSON.stringify(pathToFileURL(join(ROOT, "src/chain/chain.ts")).href)});` +
    `await Chain.open(${JSON.stringify(folder)}, { minFreeBytes: 0 }); console.log("open");` +
    `process.stdin.resume().on("end", () => process.exit());`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    holder.stdout.once("data", resolve);
    holder.once("error", reject).once("exit", (code) => reject(new Error(`the other process ended: ${code}`)));
  });
  return holder;
}

test("closing waits for what is under way, may be done twice, and later calls are turned away", async () => {
  await withTemporaryFolder(async (folder) => {
    const model = new SampleModel({ validators: 1, quorum: 1 });
    let chain = await Chain.open(folder, OPTIONS);
    await model.publish(chain);
    const blocks = [...growingChain(model, 1500)];
    const adding = chain.add(blocks.map(sealBlock));
    const closed = Promise.all([chain.close(), chain.close()]);
    expect((await adding).filter(({ kind }) => kind !== "accept")).toEqual([]);
    await closed;
    await chain.close();
    expect(await chain.add([sealBlock(blocks[0]!)])).toMatchObject([{ kind: "ignore", code: "store_unavailable" }]);
    chain = await Chain.open(folder, OPTIONS);
    expect(blocks.filter(({ id }) => !chain.dag.has(id))).toEqual([]);
    await chain.close();
  });
});

test("blocks are told of once, after they are stored, in batches that hold parents before children", async () => {
  await withTemporaryFolder(async (folder) => {
    const model = new SampleModel({ validators: 1, quorum: 1 });
    const told: Block[] = [];
    const known = new Set<string>([model.meta.idHex]);
    const chain = await Chain.open(folder, {
      ...OPTIONS,
      onStored: (blocks) => {
        for (const block of blocks) {
          expect(chain.dag.has(block.id)).toBe(true);
          for (const parent of block.header.parents) expect(known.has(toHex(parent))).toBe(true);
          known.add(block.idHex);
        }
        told.push(...blocks);
      },
    });
    await model.publish(chain);
    const blocks = [...growingChain(model, 1200)].reverse();
    await chain.add(blocks.map(sealBlock));
    await chain.add(blocks.map(sealBlock));
    expect(told.map(({ idHex }) => idHex).sort()).toEqual([model.meta, ...blocks].map(({ idHex }) => idHex).sort());
    await chain.close();
  });
});

test("a listener that throws stops neither the call nor the next one; its error is not swallowed", async () => {
  await withTemporaryFolder(async (folder) => {
    const errors: unknown[] = [];
    const note = (error: unknown) => errors.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", note);
    try {
      const onStored = () => {
        throw new Error("a mistake of the listener");
      };
      const chain = await Chain.open(folder, { ...OPTIONS, onStored });
      const model = new SampleModel();
      await model.publish(chain);
      expect(await chain.add([sealBlock(model.firstVersion("head"))])).toEqual([{ kind: "accept" }]);
      await chain.close();
      expect(errors.map(String)).toEqual(Array(2).fill("Error: a mistake of the listener"));
    } finally {
      process.removeListener("uncaughtException", note);
      for (const other of others) process.on("uncaughtException", other);
    }
  });
});

test("what a killed program left is swept when the store is opened, and nothing else is", async () => {
  await withTemporaryFolder(async (folder) => {
    await (await Chain.open(folder, OPTIONS)).close();
    await mkdir(join(folder, ".tmp-0123456789abcdef"));
    await writeFile(join(folder, ".tmp-0123456789abcdef", "000005.ldb"), "a rebuilt index of an audit");
    await writeFile(join(folder, "payloads", ".tmp-fedcba9876543210"), "half a payload");
    await writeFile(join(folder, "notes.txt"), "of the operator");
    await (await Chain.open(folder, OPTIONS)).close();
    expect((await readdir(folder)).sort()).toEqual(["index", "notes.txt", "payloads"]);
    expect(await readdir(join(folder, "payloads"))).toEqual([]);
  });
});

test("a store whose newest block or head is damaged is not opened as if nothing were wrong", async () => {
  const model = new SampleModel({ slots: ["head"] });
  const first = model.firstVersion("head");
  const damages: [string, (folder: string) => Promise<void>][] = [
    ["row_corrupt", (folder) => damageRow(folder, keyOf("header", first.id))],
    ["block_corrupt", (folder) => setRow(folder, keyOf("header", first.id), sealBlock(model.meta))],
    ["store_corrupt", (folder) => setRow(folder, keyOf("header", first.id), null)],
    ["row_corrupt", (folder) => damageRow(folder, keyOf("byHeight", u64(1), first.id))],
    ["row_corrupt", (folder) => damageRow(folder, headKey(model.meta.id, "head"))],
    ["store_corrupt", (folder) => setRow(folder, headKey(model.meta.id, "head"), new Uint8Array(40))],
  ];
  for (const [code, damage] of damages) {
    await withTemporaryFolder(async (folder) => {
      const chain = await Chain.open(folder, OPTIONS);
      await model.publish(chain);
      await chain.add([sealBlock(first)]);
      await chain.close();
      await damage(folder);
      await expect(Chain.open(folder, OPTIONS)).rejects.toMatchObject({ code });
      await repairChain(folder);
      await (await Chain.open(folder, OPTIONS)).close();
    });
  }
});

test("a model whose manifest comes back is known again without a restart", async () => {
  await withTemporaryFolder(async (folder) => {
    const model = new SampleModel();
    let chain = await Chain.open(folder, OPTIONS);
    await model.publish(chain);
    await chain.payloads.remove(model.meta.header.payload!.root);
    await chain.close();
    chain = await Chain.open(folder, OPTIONS);
    const sealed = sealBlock(model.firstVersion("head"));
    expect(await chain.add([sealed])).toMatchObject([{ code: "unknown_model" }]);
    await chain.payloads.put([model.manifestBytes]);
    const deadline = performance.now() + 90_000;
    let code = "";
    while (code !== "accept" && performance.now() < deadline) {
      const [verdict] = await chain.add([sealed]);
      code = verdict!.kind;
    }
    expect(code).toBe("accept");
    await chain.close();
  });
});
