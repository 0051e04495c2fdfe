import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Random } from "../../../scripts/support/random.ts";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import {
  accountKey,
  encodeBalance,
  encodeHold,
  encodeTotals,
  entryKey,
  holdKey,
  keyKey,
  RANKS_PREFIX,
  rankKey,
  TOTALS_KEY,
} from "../../../src/chain/ledger/ledgerRows.ts";
import { SerialStore } from "../../../src/chain/store/serialStore.ts";
import { u64 } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { errorCode } from "../../../src/core/errors.ts";

let folder: string;
const clock = manualClock();
const options = { clock, minFreeBytes: 0 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-ledger-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function withLedger<T>(use: (ledger: Ledger) => Promise<T>, path = folder): Promise<T> {
  const ledger = await Ledger.open(path, options);
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => errorCode(error),
  );

test("what is earned can be spent, once it is no longer held, and never more than that", async () => {
  await withLedger(async (ledger) => {
    const heldUntilMs = clock.nowMs() + 1000;
    await ledger.post({ key: "a", account: "ann", amount: 70, reason: "work" });
    const held = await ledger.post({ key: "b", account: "ann", amount: 30, reason: "work", heldUntilMs });
    expect(held).toMatchObject({ number: 2, heldUntilMs });
    expect(await ledger.balance("ann")).toEqual({ confirmed: 70, pending: 30 });
    expect(await codeOf(ledger.post({ key: "c", account: "ann", amount: -71, reason: "" }))).toBe(
      "insufficient_balance",
    );
    clock.advance(1000);
    await ledger.post({ key: "c", account: "ann", amount: -71, reason: "chat" });
    expect(await ledger.balance("ann")).toEqual({ confirmed: 29, pending: 0 });
    expect(ledger.totals).toEqual({ entries: 3, confirmed: 29, pending: 0 });
    expect(await ledger.verify()).toEqual([]);
  });
});

test("the same key is booked once; the same key for something else is refused", async () => {
  await withLedger(async (ledger) => {
    const posting = { key: "once", account: "ann", amount: 5, reason: "work" };
    const all = await Promise.all(Array.from({ length: 50 }, () => ledger.post(posting)));
    expect(new Set(all.map(({ number }) => number))).toEqual(new Set([1]));
    expect(await codeOf(ledger.post({ ...posting, amount: 6 }))).toBe("idempotency_conflict");
    expect(await codeOf(ledger.post({ ...posting, account: "bob" }))).toBe("idempotency_conflict");
    expect(await ledger.balance("ann")).toEqual({ confirmed: 5, pending: 0 });
  });
});

test("a mark moves with its booking or not at all", async () => {
  await withLedger(async (ledger) => {
    const one = Uint8Array.of(1);
    const two = Uint8Array.of(2);
    const post = (key: string, from: Uint8Array | undefined, to: Uint8Array): Promise<unknown> =>
      ledger.post({ key, account: "ann", amount: 1, reason: "", mark: { name: "m", from, to } });
    await post("1", undefined, one);
    expect(await codeOf(post("2", undefined, two))).toBe("mark_moved");
    expect([...(ledger.mark("m") as Uint8Array)]).toEqual([1]);
    await post("2", one, two);
    expect([...(ledger.mark("m") as Uint8Array)]).toEqual([2]);
    expect(await ledger.balance("ann")).toEqual({ confirmed: 2, pending: 0 });
  });
});

test.each([
  [{ amount: 0 }],
  [{ amount: 0.5 }],
  [{ amount: 2 ** 53 }],
  [{ key: "" }],
  [{ key: "k".repeat(257) }],
  [{ account: "" }],
  [{ account: "\ud800" }],
  [{ amount: -1, heldUntilMs: 5 }],
  [{ heldUntilMs: -1 }],
])("a posting that makes no sense is refused: %j", async (change) => {
  await withLedger(async (ledger) => {
    const posting = { key: "k", account: "ann", amount: 1, reason: "", ...change };
    expect(await codeOf(ledger.post(posting))).toBe("bad_posting");
    expect(ledger.totals.entries).toBe(0);
  });
});

test("of 1,000 spends at once against a balance of 100, exactly 100 succeed, in each of 20 rounds", async () => {
  await withLedger(async (ledger) => {
    for (let round = 0; round < 20; round++) {
      await ledger.post({ key: `earn ${round}`, account: "ann", amount: 100, reason: "" });
      const spends = Array.from({ length: 1000 }, (_, i) =>
        codeOf(ledger.post({ key: `spend ${round} ${i}`, account: "ann", amount: -1, reason: "" })),
      );
      const codes = Map.groupBy(await Promise.all(spends), (code) => code);
      expect(codes.get("no error")).toHaveLength(100);
      expect(codes.get("insufficient_balance")).toHaveLength(900);
      expect(ledger.totals).toEqual({ entries: 101 * (round + 1), confirmed: 0, pending: 0 });
    }
    expect(await ledger.verify()).toEqual([]);
  });
});

type Step =
  | {
      readonly kind: "post";
      readonly key: number;
      readonly account: number;
      readonly amount: number;
      readonly held: number;
    }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "reopen" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("post" as const),
      key: fc.nat(40),
      account: fc.nat(3),
      amount: fc.integer({ min: -60, max: 60 }).filter((amount) => amount !== 0),
      held: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);

/** The ledger in plain words, to compare with. */
class Model {
  readonly entries = new Map<number, { account: number; amount: number; until: number }>();

  balance(account: number, now: number): { confirmed: number; pending: number } {
    const own = [...this.entries.values()].filter((entry) => entry.account === account);
    const sum = (held: boolean): number =>
      own.filter(({ until }) => until > now === held).reduce((total, { amount }) => total + amount, 0);
    return { confirmed: sum(false), pending: sum(true) };
  }

  /** What the ledger should answer. */
  post({ key, account, amount }: Step & { kind: "post" }, until: number, now: number): string {
    const booked = this.entries.get(key);
    if (booked !== undefined) {
      return booked.account === account && booked.amount === amount ? "no error" : "idempotency_conflict";
    }
    if (this.balance(account, now).confirmed + Math.min(0, amount) < 0) return "insufficient_balance";
    this.entries.set(key, { account, amount, until });
    return "no error";
  }
}

test("whatever is booked, held, waited for and reopened: balances, entries and totals agree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const path = await mkdtemp(join(folder, "round-"));
      const model = new Model();
      let ledger = await Ledger.open(path, options);
      try {
        for (const each of steps) {
          if (each.kind === "wait") clock.advance(each.ms);
          if (each.kind === "reopen") {
            await ledger.close();
            ledger = await Ledger.open(path, options);
          }
          if (each.kind !== "post") continue;
          const { key, account, amount, held } = each;
          const until = amount > 0 && held > 0 ? clock.nowMs() + held : 0;
          const posting = { key: `k${key}`, account: `a${account}`, amount, reason: "", heldUntilMs: until || null };
          expect(await codeOf(ledger.post(posting))).toBe(model.post(each, until, clock.nowMs()));
        }
        for (let account = 0; account <= 3; account++) {
          expect(await ledger.balance(`a${account}`)).toEqual(model.balance(account, clock.nowMs()));
        }
        expect(ledger.totals.entries).toBe(model.entries.size);
        expect(await ledger.verify()).toEqual([]);
      } finally {
        await ledger.close();
      }
    }),
    { numRuns: 40 },
  );
});

test("however bookings, questions and time interleave, a hold that has ended can be spent at once", async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("hold" as const), ms: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant("ask" as const) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(3) }),
    fc.record({ kind: fc.constant("spend" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 40 }), fc.nat(5), async (actions, together) => {
      const path = await mkdtemp(join(folder, "run-"));
      await withLedger(async (ledger) => {
        const holds: number[] = [];
        let spent = 0;
        let running: Promise<unknown>[] = [];
        for (const [i, each] of actions.entries()) {
          if (each.kind === "wait") clock.advance(each.ms);
          if (each.kind === "ask") running.push(ledger.balance("ann"), ledger.richest(1));
          if (each.kind === "hold") {
            const heldUntilMs = clock.nowMs() + each.ms;
            holds.push(heldUntilMs);
            running.push(ledger.post({ key: `hold ${i}`, account: "ann", amount: 1, reason: "", heldUntilMs }));
          }
          if (running.length > together) await Promise.all(running.splice(0));
          if (each.kind !== "spend") continue;
          await Promise.all(running);
          running = [];
          const free = holds.filter((until) => until <= clock.nowMs()).length - spent;
          expect((await ledger.balance("ann")).confirmed).toBe(free);
          if (free === 0) continue;
          await ledger.post({ key: `spend ${i}`, account: "ann", amount: -free, reason: "" });
          spent += free;
        }
        await Promise.all(running);
        expect(await ledger.verify()).toEqual([]);
      }, path);
    }),
    { numRuns: 40 },
  );
});

test("verify names what does not agree: entries, keys, holds, ranks, balances, totals", async () => {
  const fresh = async (name: string): Promise<string> => {
    const path = await mkdtemp(join(folder, `${name}-`));
    await withLedger(async (ledger) => {
      await ledger.post({ key: "one", account: "ann", amount: 5, reason: "" });
      await ledger.post({ key: "two", account: "bob", amount: 7, reason: "", heldUntilMs: clock.nowMs() + 1000 });
    }, path);
    return path;
  };
  const balance = { confirmed: 5, pending: 0 };
  const damages: readonly [name: string, key: Uint8Array, value: Uint8Array | null, says: RegExp][] = [
    ["an entry", entryKey(1), null, /entry 2: expected number 1/],
    ["a key", keyKey("one"), null, /entry 1: its key is lost/],
    ["another key", keyKey("three"), u64(1), /keys: 1 of no entry/],
    ["a rank", rankKey("ann", balance), null, /ann: no rank/],
    ["a rank's balance", rankKey("ann", balance), encodeBalance({ confirmed: 4, pending: 1 }), /rank and balance/],
    ["a balance", accountKey("ann"), encodeBalance({ confirmed: 6, pending: 0 }), /balance and entries differ/],
    ["a hold", holdKey(clock.nowMs() + 1000, 2), null, /bob: pending amount and holds differ/],
    ["a hold's time", holdKey(3, 2), encodeHold({ account: "bob", amount: 7 }), /hold of entry 2: no such entry/],
    ["totals", TOTALS_KEY, encodeTotals({ entries: 2, confirmed: 6, pending: 7 }), /totals: balances differ/],
  ];
  for (const [name, key, value, says] of damages) {
    const path = await fresh(name);
    const store = await SerialStore.open(path, options);
    await store.apply((rows) => (value === null ? rows.delete(key) : rows.put(key, value)));
    await store.close();
    await withLedger(async (ledger) => expect((await ledger.verify()).join("\n")).toMatch(says), path);
  }
});

test("entries come newest first, page by page, and accounts with their balances", async () => {
  await withLedger(async (ledger) => {
    for (let i = 1; i <= 25; i++) await ledger.post({ key: `${i}`, account: `a${i % 2}`, amount: i, reason: "" });
    const numbers = async (limit: number, before?: number) =>
      (await ledger.entries(limit, before)).map(({ number }) => number);
    expect(await numbers(20, 11)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await numbers(3, 11)).toEqual([10, 9, 8]);
    expect(await numbers(2)).toEqual([25, 24]);
    expect(await numbers(2, 1)).toEqual([]);
    expect(await ledger.richest(10)).toEqual([
      { account: "a1", confirmed: 169, pending: 0 },
      { account: "a0", confirmed: 156, pending: 0 },
    ]);
    expect(await ledger.richest(1)).toMatchObject([{ account: "a1" }]);
  });
});

test("the richest accounts come first, with what is held, after any postings", async () => {
  const posting = fc.record({
    account: fc.constantFrom("ann", "bob", "cleo", "dan"),
    amount: fc.integer({ min: -50, max: 100 }),
    holdMs: fc.constantFrom(0, 0, 500),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(posting, { maxLength: 30 }), async (postings) => {
      const path = await mkdtemp(join(folder, "run-"));
      const totals = new Map<string, number>();
      await withLedger(async (ledger) => {
        for (const [i, { account, amount, holdMs }] of postings.entries()) {
          const heldUntilMs = clock.nowMs() + holdMs;
          const post = ledger.post({ key: `${i}`, account, amount, reason: "", heldUntilMs });
          if ((await codeOf(post)) === "no error") totals.set(account, (totals.get(account) ?? 0) + amount);
          clock.advance(100);
        }
        const ranked = await ledger.richest(10);
        const expected = [...totals].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
        expect(ranked.map(({ account, confirmed, pending }) => [account, confirmed + pending])).toEqual(expected);
        expect(await ledger.verify()).toEqual([]);
      }, path);
    }),
    { numRuns: 25 },
  );
});

test("among more accounts than are kept in memory, gains and spends of all leave the richest exact", async () => {
  await withLedger(async (ledger) => {
    const totals = new Map<string, number>();
    const random = new Random(5);
    const change = (i: number, account: string, amount: number): Promise<unknown> => {
      totals.set(account, (totals.get(account) ?? 0) + amount);
      return ledger.post({ key: `${i}`, account, amount, reason: "" });
    };
    const check = async (limit: number): Promise<void> => {
      const expected = [...totals].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, limit);
      const ranked = await ledger.richest(limit);
      expect(ranked.map(({ account, confirmed }) => [account, confirmed])).toEqual(expected);
    };
    const name = (i: number): string => `account ${i}`;
    await Promise.all(Array.from({ length: 1500 }, (_, i) => change(i, name(i), 100 + random.below(1000))));
    for (let round = 1; round <= 12; round++) {
      // The richest of all lose most of what they have, until the list is too short.
      const first = await ledger.richest(round % 2 === 0 ? 150 : 10);
      const spends = first.map(({ account, confirmed }, i) => change(10_000 * round + i, account, 50 - confirmed));
      const asked = Promise.all([1, 100, 1200].map((limit) => ledger.richest(limit)));
      const gains = Array.from({ length: 20 }, (_, i) => {
        return change(10_000 * round + 5000 + i, name(random.below(1500)), 1 + random.below(300));
      });
      await Promise.all([...spends, ...gains]);
      for (const ranked of await asked) expect(new Set(ranked.map(({ account }) => account)).size).toBe(ranked.length);
      for (const limit of [1, 100, 700, 1000, 1400, 2000]) await check(limit);
    }
    expect(await ledger.verify()).toEqual([]);
  });
});

test("a ledger of an earlier version, which has no ranks, gets them when it is opened", async () => {
  await withLedger(async (ledger) => {
    for (const [i, account] of ["ann", "bob", "cleo"].entries())
      await ledger.post({ key: account, account, amount: 10 + i, reason: "" });
  });
  const store = await SerialStore.open(folder, options);
  const ranks = await Array.fromAsync(store.scan(RANKS_PREFIX), ([key]) => key);
  await store.apply((rows) => {
    for (const key of ranks) rows.delete(key);
  });
  await store.close();
  await withLedger(async (ledger) => {
    expect(await ledger.verify()).toEqual([]);
    expect((await ledger.richest(2)).map(({ account }) => account)).toEqual(["cleo", "bob"]);
  });
});
