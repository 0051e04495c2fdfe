/** Damage to the closed store of a chain, as a bad disk or a bug would do it: past all checks. */
import { join } from "node:path";
import { Level } from "level";
import { sealRow } from "../../src/chain/store/row.ts";

type Rows = Level<Uint8Array, Uint8Array>;

/** Works on the raw rows of the chain in `folder`. */
export async function withRawRows<T>(folder: string, use: (rows: Rows) => Promise<T>): Promise<T> {
  const rows: Rows = new Level(join(folder, "index"), { keyEncoding: "view", valueEncoding: "view" });
  await rows.open();
  try {
    return await use(rows);
  } finally {
    await rows.close();
  }
}

/** Flips a bit of the row at `key`, so that it no longer matches its checksum. */
export function damageRow(folder: string, key: Uint8Array): Promise<void> {
  return withRawRows(folder, async (rows) => {
    const row = rows.getSync(key);
    if (row === undefined) throw new Error("no row at this key");
    const damaged = new Uint8Array(row);
    damaged[0]! ^= 1;
    await rows.put(key, damaged);
  });
}

/** Puts a row with a right checksum, or removes it with `null`. */
export function setRow(folder: string, key: Uint8Array, value: Uint8Array | null): Promise<void> {
  return withRawRows(folder, (rows) => (value === null ? rows.del(key) : rows.put(key, sealRow(key, value))));
}
