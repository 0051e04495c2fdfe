import { x25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { fromHex, toHex } from "../../src/core/bytes.ts";
import { generateX25519KeyPair, x25519, x25519PublicKey } from "../../src/core/x25519.ts";

// RFC 7748, section 5.2.
test.each([
  [
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
  ],
  [
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  ],
])("x25519 gives the output of RFC 7748: scalar %s", (scalar, u, expected) => {
  expect(toHex(x25519(fromHex(scalar), fromHex(u)))).toBe(expected);
});

test("1,000 rounds give the value of RFC 7748, section 5.2", () => {
  let k = fromHex(`09${"00".repeat(31)}`);
  let u = k;
  for (let round = 0; round < 1000; round++) {
    [k, u] = [x25519(k, u), k];
    if (round === 0) expect(toHex(k)).toBe("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  expect(toHex(k)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
});

test("both sides get the same secret, and noble agrees", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (privateKey) => {
      const other = generateX25519KeyPair();
      const publicKey = x25519PublicKey(privateKey);
      expect(toHex(publicKey)).toBe(toHex(noble.getPublicKey(privateKey)));
      const shared = toHex(x25519(privateKey, other.publicKey));
      expect(shared).toBe(toHex(x25519(other.privateKey, publicKey)));
      expect(shared).toBe(toHex(noble.getSharedSecret(privateKey, other.publicKey)));
    }),
    { numRuns: 50 },
  );
});

// u of order 1, 2, 4 and 8 on curve and twist, also unreduced; each with and without the ignored top bit.
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

test("public keys of small order are refused: 14 of 14", () => {
  const { privateKey } = generateX25519KeyPair();
  for (const hex of SMALL_ORDER) {
    for (const topBit of [0, 0x80]) {
      const publicKey = fromHex(hex);
      publicKey[31]! |= topBit;
      expect(() => x25519(privateKey, publicKey)).toThrow(expect.objectContaining({ code: "bad_public_key" }));
    }
  }
});

test("keys of another length are refused", () => {
  const { privateKey, publicKey } = generateX25519KeyPair();
  expect(() => x25519(privateKey.subarray(1), publicKey)).toThrow(expect.objectContaining({ code: "bad_private_key" }));
  expect(() => x25519(privateKey, publicKey.subarray(1))).toThrow(expect.objectContaining({ code: "bad_public_key" }));
});
