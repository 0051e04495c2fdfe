import { x25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { concatBytes, toHex, utf8 } from "../../src/core/bytes.ts";
import { SEAL_OVERHEAD_BYTES, seal, unseal } from "../../src/core/sealing.ts";
import { generateX25519KeyPair } from "../../src/core/x25519.ts";

const cannotUnseal = expect.objectContaining({ code: "cannot_unseal" });

test("what is sealed for a key opens with it, and is 48 bytes longer", () => {
  const keyPair = generateX25519KeyPair();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 40 }), (plaintext, context) => {
      const sealed = seal(plaintext, keyPair.publicKey, context);
      expect(sealed.length).toBe(plaintext.length + SEAL_OVERHEAD_BYTES);
      expect(unseal(sealed, keyPair, context)).toEqual(plaintext);
    }),
    { numRuns: 100 },
  );
});

test("any changed bit, another key, another context and missing bytes are refused", () => {
  const keyPair = generateX25519KeyPair();
  const sealed = seal(utf8("a secret"), keyPair.publicKey, utf8("here"));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    // X25519 ignores the top bit of a public key; the salt does not.
    const changed = sealed.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => unseal(changed, keyPair, utf8("here"))).toThrow(cannotUnseal);
  }
  expect(() => unseal(sealed, generateX25519KeyPair(), utf8("here"))).toThrow(cannotUnseal);
  expect(() => unseal(sealed, keyPair, utf8("there"))).toThrow(cannotUnseal);
  expect(() => unseal(sealed, keyPair)).toThrow(cannotUnseal);
  for (let end = 0; end < sealed.length; end++) {
    expect(() => unseal(sealed.subarray(0, end), keyPair, utf8("here"))).toThrow(cannotUnseal);
  }
});

test("sealing twice gives different bytes", () => {
  const { publicKey } = generateX25519KeyPair();
  expect(toHex(seal(utf8("m"), publicKey))).not.toBe(toHex(seal(utf8("m"), publicKey)));
});

test("nothing is sealed for a key of small order, and nothing from one is opened", () => {
  expect(() => seal(utf8("m"), new Uint8Array(32))).toThrow(expect.objectContaining({ code: "bad_public_key" }));
  const keyPair = generateX25519KeyPair();
  const forged = concatBytes([new Uint8Array(32), seal(utf8("m"), keyPair.publicKey).subarray(32)]);
  expect(() => unseal(forged, keyPair)).toThrow(cannotUnseal);
});

test("the sealed form opens with WebCrypto and noble alone, as its description says", async () => {
  const keyPair = generateX25519KeyPair();
  const sealed = seal(utf8("interoperable"), keyPair.publicKey, utf8("context"));
  const ephemeral = sealed.slice(0, 32);
  const shared = await crypto.subtle.importKey(
    "raw",
    noble.getSharedSecret(keyPair.privateKey, ephemeral).slice(),
    "HKDF",
    false,
    ["deriveBits"],
  );
  const salt = concatBytes([ephemeral, keyPair.publicKey]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: salt.slice(), info: utf8("ai-block/seal/1").slice() };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(parameters, shared, 44 * 8));
  const key = await crypto.subtle.importKey("raw", bits.slice(0, 32), "AES-GCM", false, ["decrypt"]);
  const opened = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: bits.slice(32), additionalData: utf8("context").slice() },
    key,
    sealed.slice(32),
  );
  expect(Buffer.from(opened).toString()).toBe("interoperable");
});
