import fc from "fast-check";
import { RowCache } from "../../../src/chain/store/rowCache.ts";

const change = (text: string, value: Uint8Array | null) => [text, [Buffer.from(text), value]] as const;

test("what the cache gives is what is stored, after any reads and writes", () => {
  const step = fc.record({
    // More keys than one generation holds, some of them again and again.
    key: fc.oneof(fc.nat(20), fc.nat(20_000)),
    value: fc.option(fc.record({ byte: fc.nat(255), length: fc.constantFrom(0, 4, 256, 257) })),
    isRead: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.nat(12_000), (steps, others) => {
      const cache = new RowCache();
      const stored = new Map<string, Uint8Array>();
      const read = (text: string) => cache.get(text, () => stored.get(text));
      for (const [i, { key, value, isRead }] of steps.entries()) {
        const text = `${key}`;
        if (isRead) {
          expect(read(text)).toEqual(stored.get(text));
          continue;
        }
        const bytes = value === null ? null : new Uint8Array(value.length).fill(value.byte);
        if (bytes === null) stored.delete(text);
        else stored.set(text, bytes);
        cache.onWritten([change(text, bytes)] as never);
        // Once on the way so many other rows come by that a generation is dropped.
        if (i === steps.length >> 1) for (let other = 0; other < others; other++) read(`other ${other}`);
      }
      for (const { key } of steps) expect(read(`${key}`)).toEqual(stored.get(`${key}`));
    }),
    { numRuns: 60 },
  );
});

test("a row that was read is not read again until it is written", () => {
  const cache = new RowCache();
  let reads = 0;
  const read = () => {
    reads += 1;
    return undefined;
  };
  expect([cache.get("a", read), cache.get("a", read), reads]).toEqual([undefined, undefined, 1]);
  cache.onWritten([["a", [Buffer.from("a"), Uint8Array.of(7)]]]);
  expect([cache.get("a", read), reads]).toEqual([Uint8Array.of(7), 1]);
  cache.clear();
  expect([cache.get("a", read), reads]).toEqual([undefined, 2]);
});
