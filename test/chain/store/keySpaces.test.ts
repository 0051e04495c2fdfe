import { keyOf, prefixEnd } from "../../../src/chain/store/keySpaces.ts";
import { compareBytes, toHex } from "../../../src/core/bytes.ts";

test("the end of a prefix is above every key with the prefix, and the prefix itself stays as it was", () => {
  const prefix = keyOf("heads", new Uint8Array(32).fill(7));
  const before = toHex(prefix);
  const end = prefixEnd(prefix)!;
  expect(toHex(prefix)).toBe(before);
  expect(compareBytes(Buffer.concat([prefix, Buffer.alloc(100, 0xff)]), end)).toBeLessThan(0);
});

test("the end of a prefix carries over bytes of 0xff, and a prefix of nothing else has none", () => {
  expect([...prefixEnd(Uint8Array.of(1, 0xff, 0xff))!]).toEqual([2]);
  expect(prefixEnd(Uint8Array.of(0xff, 0xff))).toBeUndefined();
  expect(prefixEnd(new Uint8Array(0))).toBeUndefined();
});
