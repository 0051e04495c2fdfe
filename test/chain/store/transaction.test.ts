import { Transaction } from "../../../src/chain/store/transaction.ts";
import { utf8 } from "../../../src/core/bytes.ts";

const [a, b, c] = ["a", "b", "c"].map(utf8) as [Uint8Array, Uint8Array, Uint8Array];
const one = Uint8Array.of(1);
const two = Uint8Array.of(2);

/** `a` is stored, `b` was put in this transaction and `c` deleted in it. */
function begun(): Transaction {
  const rows = new Transaction({ get: (key) => (key[0] === a[0] ? one : undefined) });
  rows.put(b, one);
  rows.delete(c);
  return rows;
}

test("work that fails leaves the transaction as it was, whatever it changed and however often", async () => {
  const rows = begun();
  const before = [...rows.changes()];
  const failing = rows.atomically(async () => {
    rows.put(a, two);
    rows.delete(a);
    rows.delete(b);
    rows.put(b, two);
    await Promise.resolve();
    rows.put(c, two);
    throw new Error("half way");
  });
  await expect(failing).rejects.toThrow("half way");
  expect([...rows.changes()]).toEqual(before);
  expect([a, b, c].map((key) => rows.get(key))).toEqual([one, one, undefined]);
});

test("work that is done stays, and what comes later is not undone with it", async () => {
  const rows = begun();
  await rows.atomically(async () => rows.delete(a));
  rows.put(c, two);
  await expect(rows.atomically(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect([a, b, c].map((key) => rows.get(key))).toEqual([undefined, one, two]);
});
