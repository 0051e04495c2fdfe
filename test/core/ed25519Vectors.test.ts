import { readFileSync } from "node:fs";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { isAdmissiblePoint } from "../../src/core/curvePoint.ts";
import { isAdmissiblePublicKey, verify, verifyMany } from "../../src/core/ed25519.ts";
import { nobleVerify } from "./nobleVerify.ts";

interface Vector {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const FILES = ["wycheproof", "zip215", "speccheck"] as const;
const vectors = FILES.flatMap((file) =>
  readVectors(file).map((vector) => ({ ...vector, name: `${file}: ${vector.name}` })),
);
const { Point } = ed25519;

test("there are 359 vectors: 151 of Wycheproof, 196 of ZIP 215, 12 published edge cases; 89 are valid", () => {
  expect(FILES.map((file) => readVectors(file).length)).toEqual([151, 196, 12]);
  expect(vectors.filter((vector) => vector.valid).length).toBe(88 + 0 + 1);
});

test("node:crypto behind our rule agrees with the frozen table on 359 of 359", () => {
  expect(disagreements((v) => verify(v.signature, v.message, v.publicKey))).toEqual([]);
});

test("noble's points under the same rule agree with the frozen table on 359 of 359", () => {
  expect(disagreements((v) => nobleVerify(v.signature, v.message, v.publicKey))).toEqual([]);
});

test("verifyMany agrees with the frozen table on 359 of 359", async () => {
  const verdicts = await verifyMany(vectors.map(toBytes));
  expect(verdicts).toEqual(vectors.map((vector) => vector.valid));
});

test("the rule matters: noble's own verify accepts one vector with a small-order R and two that hold only with the cofactor", () => {
  const own = disagreements(
    (v) => v.signature.length === 64 && ed25519.verify(v.signature, v.message, v.publicKey, { zip215: false }),
  );
  expect(own).toEqual(vectors.filter((v) => /^speccheck: [245] /.test(v.name)).map((v) => v.name));
});

test("none of the 14 encodings of small order is admitted as a key or as R", () => {
  const encodings = smallOrderEncodings();
  expect(encodings.length).toBe(14);
  for (const encoding of encodings) {
    expect(isAdmissiblePublicKey(encoding)).toBe(false);
    expect(isAdmissiblePoint(Buffer.concat([encoding, new Uint8Array(32)]))).toBe(false);
  }
});

test("the ZIP 215 grid holds every pair of those 14 encodings once", () => {
  const encodings = smallOrderEncodings().map((encoding) => Buffer.from(encoding).toString("hex"));
  const expected = encodings.flatMap((key) => encodings.map((r) => key + r + "00".repeat(32)));
  expect(
    readVectors("zip215")
      .map((v) => v.publicKey + v.signature)
      .sort(),
  ).toEqual(expected.sort());
});

test("a key is admitted exactly when noble finds it canonical and not of small order, for points on the curve", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), (bytes, nearPrime) => {
      if (nearPrime) bytes.fill(0xff, 1, 31);
      if (nearPrime) bytes[31]! |= 0x7f;
      const point = attempt(() => Point.fromBytes(bytes, true));
      if (point === undefined) return;
      const canonical = attempt(() => Point.fromBytes(bytes, false)) !== undefined;
      expect(isAdmissiblePublicKey(bytes)).toBe(canonical && !point.isSmallOrder());
    }),
    { numRuns: 1000 },
  );
});

function readVectors(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/ed25519/${file}.json`, import.meta.url), "utf8")) as Vector[];
}

function toBytes(vector: Vector): { signature: Uint8Array; message: Uint8Array; publicKey: Uint8Array } {
  const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
  return { signature: bytes(vector.signature), message: bytes(vector.message), publicKey: bytes(vector.publicKey) };
}

/** Names of the vectors on which `verdict` differs from the frozen table. */
function disagreements(verdict: (vector: ReturnType<typeof toBytes>) => boolean): string[] {
  return vectors.filter((vector) => verdict(toBytes(vector)) !== vector.valid).map((vector) => vector.name);
}

/** All 32-byte strings that decode, leniently, to a point of order 1, 2, 4 or 8: found by trying every candidate y. */
function smallOrderEncodings(): Uint8Array[] {
  const generator = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", true);
  const p = Point.Fp.ORDER;
  const ys = new Set<bigint>();
  for (let i = 0n; i < 8n; i++) {
    const y = (i === 0n ? Point.ZERO : generator.multiplyUnsafe(i)).toAffine().y;
    for (const form of [y, y + p]) if (form < 1n << 255n) ys.add(form);
  }
  return [...ys].flatMap((y) => [y, y | (1n << 255n)]).map(littleEndian32);
}

function littleEndian32(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse());
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
