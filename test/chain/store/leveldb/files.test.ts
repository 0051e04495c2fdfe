/** Our readers of LevelDB's files against LevelDB: what it wrote, we read. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { Random } from "../../../../scripts/support/random.ts";
import { withTemporaryFolder } from "../../../../scripts/support/temporary.ts";
import { putsOf } from "../../../../src/chain/store/leveldb/batch.ts";
import { findDamagedLogs, findDamagedTables } from "../../../../src/chain/store/leveldb/checkFiles.ts";
import { crc32c } from "../../../../src/chain/store/leveldb/crc32c.ts";
import { readLog } from "../../../../src/chain/store/leveldb/logFile.ts";
import { readManifest } from "../../../../src/chain/store/leveldb/manifestFile.ts";
import { unpackSnappy } from "../../../../src/chain/store/leveldb/snappy.ts";
import { readTable } from "../../../../src/chain/store/leveldb/tableFile.ts";
import { toHex, utf8 } from "../../../../src/core/bytes.ts";
import { sha256 } from "../../../../src/core/hash.ts";

/** Rows of many sizes: some compress, some are longer than a block of the log. */
function randomRows(random: Random, count: number): Map<string, Uint8Array> {
  const rows = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const size = random.pick([0, 1, 50, 400, 3000, 40_000]);
    const value = random.chance(0.5) ? random.bytes(size) : new Uint8Array(size).fill(i);
    rows.set(toHex(random.bytes(random.between(1, 60))), value);
  }
  return rows;
}

/** Writes the rows in batches; returns LevelDB's files after it was closed. */
async function write(folder: string, rows: ReadonlyMap<string, Uint8Array>, random: Random, compression: boolean) {
  const level = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: "view", valueEncoding: "view", compression });
  await level.open();
  for (const batch of random.batches([...rows], 20)) {
    await level.batch(batch.map(([keyHex, value]) => ({ type: "put", key: Buffer.from(keyHex, "hex"), value })));
  }
  await level.close();
  return filesOf(folder);
}

async function filesOf(folder: string): Promise<{ name: string; bytes: Uint8Array }[]> {
  const names = (await readdir(folder)).filter((name) => /\.(ldb|log)$/.test(name));
  return Promise.all(names.map(async (name) => ({ name, bytes: new Uint8Array(await readFile(join(folder, name))) })));
}

function show(rows: Iterable<{ key: Uint8Array; value: Uint8Array }>): [string, string][] {
  return [...rows].map(({ key, value }): [string, string] => [toHex(key), toHex(sha256(value))]).sort();
}

const expected = (rows: ReadonlyMap<string, Uint8Array>) =>
  [...rows].map(([keyHex, value]): [string, string] => [keyHex, toHex(sha256(value))]).sort();

test("CRC-32C has the values of its RFC", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
});

test("a log is read whole, batch by batch", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    await withTemporaryFolder(async (folder) => {
      const random = new Random(seed);
      const rows = randomRows(random, 60);
      const files = await write(folder, rows, random, true);
      const { batches, damagedAt } = readLog(files.find(({ name }) => name.endsWith(".log"))!.bytes);
      expect(damagedAt).toBeUndefined();
      expect(show(batches.flatMap((batch) => [...putsOf(batch)]))).toEqual(expected(rows));
    });
  }
});

test("a log that is cut off anywhere is a torn one and keeps the batches before the cut; a damaged one is told apart", async () => {
  await withTemporaryFolder(async (folder) => {
    const random = new Random(1);
    const rows = randomRows(random, 40);
    const files = await write(folder, rows, random, true);
    const log = files.find(({ name }) => name.endsWith(".log"))!.bytes;
    const whole = readLog(log).batches.map(toHex);
    for (let i = 0; i < 100; i++) {
      const cut = readLog(log.slice(0, random.below(log.length)));
      expect(cut.damagedAt).toBeUndefined();
      expect(cut.batches.map(toHex)).toEqual(whole.slice(0, cut.batches.length));
    }
    const lastAt = log.length - whole.at(-1)!.length / 2 - 7 * Math.ceil(whole.at(-1)!.length / 65536);
    for (let i = 0; i < 100; i++) {
      const at = random.below(log.length);
      const damaged = log.slice();
      damaged[at]! ^= 1 << random.below(8);
      const { batches, damagedAt } = readLog(damaged);
      const isPadding = batches.length === whole.length;
      // What stands in the last batch could as well be the end of a write that was cut off.
      if (at < lastAt - 7 && !isPadding) expect(damagedAt).toBeLessThanOrEqual(at);
      for (const batch of batches) expect(whole).toContain(toHex(batch));
      expect(batches.length).toBeGreaterThanOrEqual(whole.length - 1);
    }
  });
});

test("tables are read whole, compressed or not", async () => {
  for (const compression of [true, false]) {
    await withTemporaryFolder(async (folder) => {
      const random = new Random(5);
      const rows = randomRows(random, 150);
      await write(folder, rows, random, compression);
      const files = await write(folder, new Map(), random, compression);
      const tables = files.filter(({ name }) => name.endsWith(".ldb")).map(({ bytes }) => readTable(bytes));
      expect(tables.flatMap(({ damagedAt }) => damagedAt)).toEqual([]);
      expect(show(tables.flatMap((table) => [...table.rows]))).toEqual(expected(rows));
    });
  }
});

test("the manifest names the tables and logs that are alive, through many merges", async () => {
  await withTemporaryFolder(async (folder) => {
    const random = new Random(8);
    for (let i = 0; i < 12; i++) await write(folder, randomRows(random, 30), random, true);
    const names = await readdir(folder);
    const manifest = names.find((name) => name.startsWith("MANIFEST"))!;
    const manifestBytes = await readFile(join(folder, manifest));
    const live = readManifest(manifestBytes)!;
    const tables = names.filter((name) => name.endsWith(".ldb")).map((name) => Number.parseInt(name, 10));
    expect(live.tables.size).toBeGreaterThan(0);
    for (const number of live.tables) expect(tables).toContain(number);
    // What else lies there are merges that were cut off, and the tables that they would have replaced.
    const level = new Level(folder);
    await level.open();
    await level.close();
    expect(await findDamagedTables(folder)).toEqual([]);
    expect(await findDamagedLogs(folder)).toEqual([]);
    await writeFile(join(folder, "099999.ldb"), "a table that was begun");
    await writeFile(join(folder, "000001.log"), Buffer.concat([Buffer.alloc(32_768, 1), manifestBytes]));
    expect(await findDamagedTables(folder)).toEqual([]);
    expect(await findDamagedLogs(folder)).toEqual([]);
  });
});

test("a flipped bit in a table is noticed wherever it matters, and every row that is still given is right", async () => {
  await withTemporaryFolder(async (folder) => {
    const random = new Random(6);
    const rows = randomRows(random, 60);
    await write(folder, rows, random, true);
    const files = await write(folder, new Map(), random, true);
    const right = new Set(expected(rows).map(String));
    for (const { bytes } of files.filter(({ name }) => name.endsWith(".ldb"))) {
      for (let i = 0; i < 150; i++) {
        const damaged = bytes.slice();
        damaged[random.below(bytes.length)]! ^= 1 << random.below(8);
        const table = readTable(damaged);
        for (const row of show(table.rows)) expect(right.has(String(row))).toBe(true);
        // Only the padding of the footer means nothing.
        if (table.damagedAt.length === 0) expect(table.rows.length).toBe(readTable(bytes).rows.length);
      }
    }
  });
});

test("noise is neither a table nor a log nor Snappy, and never more than an error or nothing", () => {
  const random = new Random(7);
  for (let i = 0; i < 2000; i++) {
    const noise = random.bytes(random.below(300));
    expect(readTable(noise).rows).toEqual([]);
    expect(readLog(noise).batches).toEqual([]);
    try {
      expect(unpackSnappy(noise, 1000).length).toBeLessThanOrEqual(1000);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    expect([...putsOf(noise)].length).toBeLessThanOrEqual(300);
  }
});
