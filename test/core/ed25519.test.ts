import fc from "fast-check";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import {
  createSigner,
  domainSeparated,
  generateKeyPair,
  isAdmissiblePublicKey,
  publicKeyOf,
  sign,
  verify,
  verifyMany,
} from "../../src/core/ed25519.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("the public key and signature are those of RFC 8032, section 7.1, test 2", () => {
  const seed = Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex");
  expect(toHex(publicKeyOf(seed))).toBe("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  expect(toHex(sign(Uint8Array.of(0x72), seed))).toBe(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
});

test("what a key signed verifies under it, and not after any one bit has changed", () => {
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ maxLength: 200 }), fc.nat(), (seed, message, position) => {
      const publicKey = publicKeyOf(seed);
      const signature = sign(message, seed);
      expect(signature.length).toBe(64);
      expect(verify(signature, message, publicKey)).toBe(true);
      expect(createSigner(seed).sign(message)).toEqual(signature);
      expect(verify(flipBit(signature, position), message, publicKey)).toBe(false);
      expect(verify(signature, message, flipBit(publicKey, position))).toBe(false);
      if (message.length > 0) expect(verify(signature, flipBit(message, position), publicKey)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test("verify answers false, and never throws, for signatures and keys of any length", () => {
  const any = fc.uint8Array({ maxLength: 130 });
  fc.assert(
    fc.property(any, any, any, (signature, message, key) => verify(signature, message, key) === false),
    { numRuns: 500 },
  );
});

test("verifyMany gives the verdicts of verify, in order", async () => {
  const pairs = [generateKeyPair(), generateKeyPair()] as const;
  const items = Array.from({ length: 100 }, (_, i) => {
    const { publicKey, privateKey } = pairs[i % 2]!;
    const message = utf8(`message ${i}`);
    const signature = i % 7 === 3 ? new Uint8Array(64) : sign(message, privateKey);
    return { signature, message, publicKey: i % 5 === 4 ? pairs[0].publicKey : publicKey };
  });
  const expected = items.map((item) => verify(item.signature, item.message, item.publicKey));
  expect(new Set(expected).size).toBe(2);
  expect(await verifyMany(items)).toEqual(expected);
  expect(await verifyMany([])).toEqual([]);
});

test("verifyMany ends with the signal's reason when it is aborted", async () => {
  const { publicKey } = generateKeyPair();
  const item = { signature: new Uint8Array(64), message: utf8("m"), publicKey };
  await expect(verifyMany([item], AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});

test("a signature made for one domain does not verify in another", () => {
  const { publicKey, privateKey } = generateKeyPair();
  const body = utf8("the same bytes");
  const signature = sign(domainSeparated("ai-block/block/1", body), privateKey);
  expect(verify(signature, domainSeparated("ai-block/block/1", body), publicKey)).toBe(true);
  expect(verify(signature, domainSeparated("ai-block/receipt/1", body), publicKey)).toBe(false);
  expect(verify(signature, body, publicKey)).toBe(false);
});

test("domain and bytes can be told apart: different pairs give different byte strings", () => {
  const domain = fc.stringMatching(/^[a-c]{1,4}$/);
  const body = fc.stringMatching(/^[a-c]{0,4}$/);
  fc.assert(
    fc.property(domain, body, domain, body, (domainA, bodyA, domainB, bodyB) => {
      const equal = toHex(domainSeparated(domainA, utf8(bodyA))) === toHex(domainSeparated(domainB, utf8(bodyB)));
      return equal === (domainA === domainB && bodyA === bodyB);
    }),
    { numRuns: 2000 },
  );
});

test.each(["", "two words", "ünicode", "x".repeat(256)])("domain %j is refused", (domain) => {
  expect(() => domainSeparated(domain, new Uint8Array())).toThrow(expect.objectContaining({ code: "bad_argument" }));
});

test("a private key of another length than 32 bytes is refused with its code", () => {
  for (const length of [0, 31, 33, 64]) {
    expect(() => publicKeyOf(new Uint8Array(length))).toThrow(expect.objectContaining({ code: "bad_private_key" }));
  }
});

test("generated keys are admissible and differ", () => {
  const keys = Array.from({ length: 20 }, () => generateKeyPair().publicKey);
  expect(keys.every(isAdmissiblePublicKey)).toBe(true);
  expect(new Set(keys.map(toHex)).size).toBe(20);
});

function flipBit(bytes: Uint8Array, position: number): Uint8Array {
  const copy = bytes.slice();
  const bit = position % (bytes.length * 8);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
