import { sha256 as noble } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import { createSha256, sha256 } from "../../src/core/hash.ts";

test("sha256 gives the value of FIPS 180-4 for abc", () => {
  expect(toHex(sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("sha256, in one go or in pieces, agrees with noble, and is no Buffer", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      const whole = new Uint8Array(Buffer.concat(pieces));
      const hasher = createSha256();
      for (const piece of pieces) hasher.update(piece);
      const digest = hasher.digest();
      expect(digest).toEqual(noble(whole));
      expect(sha256(whole)).toEqual(digest);
      expect([sha256(whole), digest].some(Buffer.isBuffer)).toBe(false);
    }),
    { numRuns: 200 },
  );
});
