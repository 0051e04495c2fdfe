import fc from "fast-check";
import { type AccountBalance, RichestAccounts } from "../../../src/chain/ledger/richestAccounts.ts";

const MAX = 6;

function sorted(accounts: ReadonlyMap<string, AccountBalance>): AccountBalance[] {
  const sumOf = ({ confirmed, pending }: AccountBalance): number => confirmed + pending;
  const byName = (a: AccountBalance, b: AccountBalance): number =>
    Buffer.compare(Buffer.from(a.account), Buffer.from(b.account));
  return [...accounts.values()].sort((a, b) => sumOf(b) - sumOf(a) || byName(a, b));
}

const account = fc.oneof(
  fc.nat(15).map((i) => `a${i}`),
  // In another order as UTF-16 than as UTF-8; and one that is the beginning of others.
  fc.constantFrom("\u{1f600}", "\uffee", "a", "a1\0"),
);
const balance: fc.Arbitrary<AccountBalance> = fc.record({ account, confirmed: fc.nat(40), pending: fc.nat(10) });

test("after any changes it gives the richest of all in order, or says that it does not know", () => {
  let known = 0;
  fc.assert(
    fc.property(fc.array(balance, { maxLength: 12 }), fc.array(balance, { maxLength: 100 }), (first, changes) => {
      const all = new Map(first.map((each) => [each.account, each]));
      const richest = new RichestAccounts(MAX);
      richest.load(sorted(all).slice(0, MAX));
      for (const each of changes) {
        const before = all.get(each.account);
        all.set(each.account, each);
        richest.change(each.account, before, each);
        // Once more: what was read after a change was stored may come to hear of it.
        richest.change(each.account, before, each);
        for (const limit of [1, 3, MAX, MAX + 1]) {
          const given = richest.first(limit);
          if (given !== undefined) expect(given).toEqual(sorted(all).slice(0, limit));
          if (all.size < MAX) expect(given).toBeDefined();
          known += given === undefined ? 0 : 1;
        }
        if (richest.first(1) === undefined) richest.load(sorted(all).slice(0, MAX));
      }
    }),
    { numRuns: 300 },
  );
  expect(known).toBeGreaterThan(1000);
});
