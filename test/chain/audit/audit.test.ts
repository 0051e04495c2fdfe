import { readFile, rm, writeFile } from "node:fs/promises";
import { damageRow, setRow, withRawRows } from "../../../scripts/support/damage.ts";
import { hashOf, SampleModel, signerOf } from "../../../scripts/support/sampleModel.ts";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { auditChain } from "../../../src/chain/audit/audit.ts";
import type { Finding } from "../../../src/chain/audit/finding.ts";
import { repairChain } from "../../../src/chain/audit/repair.ts";
import { type Block, sealBlock, signBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { putBlockRows } from "../../../src/chain/store/blockRows.ts";
import { KEY_SPACES, type KeySpace, keyOf } from "../../../src/chain/store/keySpaces.ts";
import { openRow, sealRow } from "../../../src/chain/store/row.ts";
import { Transaction } from "../../../src/chain/store/transaction.ts";
import { concatBytes, toHex, u64 } from "../../../src/core/bytes.ts";

const model = new SampleModel({ slots: ["embedding", "head"] });
const first = model.firstVersion("head");
const adopted = model.candidate(first, { payload: "adopted" });
const votes = [model.attestation(adopted, 0), model.attestation(adopted, 1)];
const pending = model.candidate(adopted, { payload: "pending", loss: 1.5 });
const lateVote = model.attestation(pending, 0);
const BLOCKS = [first, adopted, ...votes, pending, lateVote, model.firstVersion("embedding")];
const PAYLOAD = new Uint8Array(300_000).fill(9);

/** A closed store with the blocks above and one payload besides the manifest. */
async function withStore(use: (folder: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const chain = await Chain.open(folder, { minFreeBytes: 0 });
    await model.publish(chain);
    for (const verdict of await chain.add(BLOCKS.map(sealBlock))) expect(verdict).toEqual({ kind: "accept" });
    await chain.payloads.put([PAYLOAD]);
    await chain.close();
    await use(folder);
  });
}

const shortly = ({ code, idHex, rootHex }: Finding) => `${code} ${idHex ?? rootHex}`;

async function findingsOf(folder: string): Promise<string[]> {
  return (await auditChain(folder)).findings.map(shortly).sort();
}

/** Repairs, and expects a clean store that still holds `blocks`. */
async function expectRepaired(folder: string, blocks: readonly Block[]): Promise<void> {
  await repairChain(folder);
  expect(await findingsOf(folder)).toEqual([]);
  const chain = await Chain.open(folder, { minFreeBytes: 0 });
  expect(blocks.filter(({ id }) => !chain.dag.has(id)).map(({ idHex }) => idHex)).toEqual([]);
  await chain.close();
}

interface StoredRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function firstRowOf(folder: string, space: KeySpace): Promise<StoredRow> {
  return withRawRows(folder, async (rows) => {
    const range = { gte: keyOf(space), lt: Buffer.of(KEY_SPACES[space] + 1) };
    const [found] = await rows.iterator({ ...range, limit: 1 }).all();
    const [key, row] = found as [Uint8Array, Uint8Array];
    return { key, value: openRow(key, row) };
  });
}

/** The block that a row of `space` concerns, in hex: most begin with its id, some end with it. */
function concerned(space: KeySpace, key: Uint8Array): string {
  const endsWithId: readonly KeySpace[] = ["children", "slots", "byHeight", "pending", "payloadUse"];
  return toHex(endsWithId.includes(space) ? key.subarray(-32) : key.subarray(1, 33));
}

const INDEXES = (Object.keys(KEY_SPACES) as KeySpace[]).filter((space) => space !== "info" && space !== "header");

test("a store that nothing happened to has no findings, and every key space has rows in it", async () => {
  await withStore(async (folder) => {
    const report = await auditChain(folder);
    expect(report).toMatchObject({ blocks: BLOCKS.length + 1, payloads: 2, findings: [] });
    for (const space of Object.keys(KEY_SPACES) as KeySpace[]) await firstRowOf(folder, space);
  });
});

test("in every index a missing, a wrong, a damaged and an additional row is found, with the block it concerns", async () => {
  await withStore(async (folder) => {
    const rows: { space: KeySpace; row: StoredRow }[] = [];
    for (const space of INDEXES) rows.push({ space, row: await firstRowOf(folder, space) });
    /** Damages a row of each index, expects one finding for each, and puts everything back. */
    const check = async (code: string, damage: (key: Uint8Array, value: Uint8Array) => Promise<Uint8Array>) => {
      const expected: string[] = [];
      const touched: Uint8Array[] = [];
      for (const { space, row } of rows) {
        const key = await damage(row.key, row.value);
        touched.push(key);
        expected.push(`${code} ${concerned(space, key)}`);
      }
      expect(await findingsOf(folder)).toEqual(expected.sort());
      for (const key of touched) await setRow(folder, key, null);
      for (const { row } of rows) await setRow(folder, row.key, row.value);
      expect(await findingsOf(folder)).toEqual([]);
    };
    await check("index_missing", async (key) => {
      await setRow(folder, key, null);
      return key;
    });
    await check("index_wrong", async (key, value) => {
      // The last byte: none of them is the time of arrival, which an audit takes from the store.
      const wrong = value.length === 0 ? Uint8Array.of(1) : new Uint8Array(value);
      if (value.length > 0) wrong[wrong.length - 1]! ^= 1;
      await setRow(folder, key, wrong);
      return key;
    });
    await check("row_corrupt", async (key) => {
      await damageRow(folder, key);
      return key;
    });
    await check("index_extra", async (key, value) => {
      const another = new Uint8Array(key);
      another[40 % key.length]! ^= 0x55;
      await setRow(folder, another, value);
      return another;
    });
    for (const { row } of rows) await setRow(folder, row.key, null);
    await expectRepaired(folder, BLOCKS);
  });
});

test("a header that is gone leaves a hole under each block that builds on it, and its own rows behind", async () => {
  await withStore(async (folder) => {
    await setRow(folder, keyOf("header", adopted.id), null);
    const findings = await findingsOf(folder);
    expect(findings).toEqual(expect.arrayContaining([`hole ${votes[0]!.idHex}`, `hole ${votes[1]!.idHex}`]));
    expect(findings).toEqual(expect.arrayContaining([`hole ${pending.idHex}`, `index_extra ${adopted.idHex}`]));
    await expectRepaired(folder, [first]);
  });
});

test("a header under a wrong id, a header that cannot be read, and a false signature are told apart", async () => {
  await withStore(async (folder) => {
    const key = keyOf("header", lateVote.id);
    await setRow(folder, key, sealBlock(votes[0]!));
    expect(await findingsOf(folder)).toEqual(expect.arrayContaining([`wrong_hash ${lateVote.idHex}`]));
    await setRow(folder, key, new Uint8Array(80));
    expect(await findingsOf(folder)).toEqual(expect.arrayContaining([`wrong_hash ${lateVote.idHex}`]));
    await setRow(folder, key, sealBlock({ ...lateVote, signature: votes[0]!.signature }));
    expect(await findingsOf(folder)).toEqual(expect.arrayContaining([`bad_signature ${lateVote.idHex}`]));
    await expectRepaired(folder, BLOCKS.slice(0, 5));
  });
});

test("a row that fails only its checksum is reported, and the good block in it survives the repair", async () => {
  await withStore(async (folder) => {
    const key = keyOf("header", pending.id);
    await withRawRows(folder, async (rows) => {
      const row = new Uint8Array(rows.getSync(key)!);
      row[row.length - 1]! ^= 1;
      await rows.put(key, row);
    });
    expect(await findingsOf(folder)).toEqual([`row_corrupt ${pending.idHex}`]);
    await expectRepaired(folder, BLOCKS);
  });
});

test("a block that the rules forbid is found, however well its rows agree", async () => {
  await withStore(async (folder) => {
    const thief = model.firstVersion("embedding", { author: signerOf("thief"), payload: "stolen" });
    const tooHigh = signBlock({ ...pending.header, height: 9, timeMs: 1 }, model.miner);
    const orphan = model.candidate(model.firstVersion("head", { payload: "nowhere" }));
    for (const block of [thief, tooHigh, orphan]) {
      const rows = new Transaction({ get: () => undefined });
      putBlockRows(rows, block);
      await withRawRows(folder, async (raw) => {
        for (const [key, value] of rows.changes()) if (value !== null) await raw.put(key, sealRow(key, value));
      });
    }
    const findings = await findingsOf(folder);
    for (const expected of [`invalid_block ${thief.idHex}`, `invalid_block ${tooHigh.idHex}`, `hole ${orphan.idHex}`]) {
      expect(findings).toContain(expected);
    }
    await expectRepaired(folder, BLOCKS);
  });
});

test("a cycle that the index of parents declares is found through each of its members' edges, by name", async () => {
  await withStore(async (folder) => {
    const loop = [hashOf("a"), hashOf("b"), hashOf("c")];
    for (const [i, id] of loop.entries()) {
      await setRow(folder, keyOf("parents", id), concatBytes([u64(i + 1), loop[(i + 1) % 3]!]));
    }
    await setRow(folder, keyOf("parents", pending.id), concatBytes([u64(3), pending.id]));
    const { findings } = await auditChain(folder);
    const cycles = findings.filter(({ code }) => code === "cycle");
    expect(cycles.map(({ idHex }) => idHex)).toContain(pending.idHex);
    const ring = cycles.find(({ idHex }) => idHex !== pending.idHex)!;
    for (const id of loop) expect(ring.message).toContain(toHex(id).slice(0, 12));
    await expectRepaired(folder, BLOCKS);
  });
});

test("rot in payloads is found by their roots, and repair moves them to quarantine", async () => {
  await withStore(async (folder) => {
    const chain = await Chain.open(folder, { minFreeBytes: 0 });
    const { root } = await chain.payloads.put([PAYLOAD]);
    const path = chain.payloads.path(root);
    const other = await chain.payloads.put([Uint8Array.of(1, 2, 3)]);
    await rm(`${chain.payloads.path(other.root)}.chunks`);
    await chain.close();
    const bytes = await readFile(path);
    bytes[299_999]! ^= 1;
    await writeFile(path, bytes);
    const bad = [`payload_corrupt ${toHex(root)}`, `payload_corrupt ${toHex(other.root)}`].sort();
    expect(await findingsOf(folder)).toEqual(bad);
    expect((await auditChain(folder, { payloads: false })).findings).toEqual([]);
    expect([...(await repairChain(folder)).quarantined].sort()).toEqual([toHex(root), toHex(other.root)].sort());
    expect(await findingsOf(folder)).toEqual([]);
  });
});

test("a chain that is not there is said to be missing, and none is created", async () => {
  await withTemporaryFolder(async (folder) => {
    await expect(auditChain(folder)).rejects.toMatchObject({ code: "store_missing" });
    await expect(auditChain(`${folder}/nowhere`)).rejects.toMatchObject({ code: "store_missing" });
    await expect(repairChain(`${folder}/nowhere`)).rejects.toMatchObject({ code: "nothing_to_repair" });
    await expect(readFile(`${folder}/nowhere`)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

test("a chain that is in use is neither audited nor repaired, and its uploads go on", async () => {
  await withTemporaryFolder(async (folder) => {
    const chain = await Chain.open(folder, { minFreeBytes: 0 });
    async function* slowly() {
      yield new Uint8Array(1000);
      await expect(auditChain(folder)).rejects.toMatchObject({ code: "store_locked" });
      await expect(repairChain(folder)).rejects.toMatchObject({ code: "store_locked" });
      yield new Uint8Array(1000);
    }
    const { root } = await chain.payloads.put(slowly());
    expect((await chain.payloads.readAll(root, 2000)).length).toBe(2000);
    await chain.close();
  });
});

test("an audit can be aborted, says how far it is, and leaves nothing behind", async () => {
  await withStore(async (folder) => {
    const stages = new Set<string>();
    await auditChain(folder, { onProgress: (stage) => stages.add(stage) });
    expect([...stages]).toEqual(["blocks", "indexes", "payloads"]);
    const aborted = auditChain(folder, { signal: AbortSignal.abort(new Error("enough")) });
    await expect(aborted).rejects.toThrow("enough");
    expect(await findingsOf(folder)).toEqual([]);
  });
});
