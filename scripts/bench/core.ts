/** `npm run bench -- core`: signatures and the canonical codec, each beside the bare library call in the same run. */
import { createPrivateKey, createPublicKey, randomBytes, verify as verifyWith } from "node:crypto";
import { Packr } from "msgpackr";
import { checkCanonical } from "../../src/core/canonicalCheck.ts";
import { decodeCanonical, encodeCanonical } from "../../src/core/codec.ts";
import { createSigner, generateKeyPair, type SignedMessage, verify, verifyMany } from "../../src/core/ed25519.ts";
import { defineScript } from "../support/script.ts";
import { type BenchReport, compared } from "./report.ts";

const LIMITS = { maxBytes: 16_384, maxDepth: 4, maxItems: 256 };
const ROUNDS = 5;

export const script = defineScript({
  description:
    "Measures signing, verifying and the canonical codec, each beside the bare call of the library in the same run. Takes " +
    "less than a minute.",
  options: {},
  async run(): Promise<BenchReport> {
    return { rows: [...(await signatureRows(4000)), ...codecRows(50_000)], notes: [`best of ${ROUNDS} rounds`] };
  },
});

async function signatureRows(count: number): Promise<BenchReport["rows"]> {
  const { publicKey, privateKey } = generateKeyPair();
  const signer = createSigner(privateKey);
  const items: SignedMessage[] = Array.from({ length: count }, () => {
    const message = new Uint8Array(randomBytes(49));
    return { message, publicKey, signature: signer.sign(message) };
  });
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), privateKey]);
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
  const bare = { name: "crypto.verify, key kept", value: 0 };
  let [one, many, signing] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    bare.value = Math.max(
      bare.value,
      await rate(count, () => each(items, (i) => verifyWith(null, i.message, key, i.signature))),
    );
    one = Math.max(one, await rate(count, () => each(items, (i) => verify(i.signature, i.message, i.publicKey))));
    many = Math.max(many, await rate(count, () => verifyMany(items)));
    signing = Math.max(signing, await rate(count, () => each(items, (i) => signer.sign(i.message))));
  }
  return [
    compared({ name: "verify, one thread", value: one, unit: "signatures/s", floor: bare }),
    compared({ name: "verifyMany, thread pool", value: many, unit: "signatures/s", floor: bare, aim: "above 1" }),
    { name: "sign", value: signing, unit: "signatures/s" },
  ];
}

function codecRows(count: number): BenchReport["rows"] {
  const hash = (): Uint8Array => new Uint8Array(randomBytes(32));
  const header = [
    1,
    "B",
    "expert",
    hash(),
    "layer12.expert37",
    [hash(), hash()],
    123_456,
    [hash(), 4_718_592, "safetensors"],
    [2.7125, 2.9, hash(), hash()],
    hash(),
    1_790_000_000_123,
  ];
  const bytes = encodeCanonical(header);
  const packr = new Packr({ useRecords: false, int64AsType: "number", copyBuffers: true });
  const best = (action: () => unknown): number =>
    Math.min(...Array.from({ length: ROUNDS }, () => microseconds(count, action)));
  const pack = { name: "msgpackr pack", value: best(() => packr.pack(header)) };
  const unpack = { name: "msgpackr unpack", value: best(() => packr.unpack(bytes)) };
  const unit = "us";
  return [
    compared({
      name: `encode a header of ${bytes.length} bytes`,
      value: best(() => encodeCanonical(header)),
      unit,
      floor: pack,
    }),
    compared({
      name: "decode and check it",
      value: best(() => decodeCanonical(bytes, LIMITS)),
      unit,
      floor: unpack,
      aim: "below 10 us",
    }),
    { name: "the check before decoding alone", value: best(() => checkCanonical(bytes, LIMITS)), unit },
  ];
}

function each<T>(items: readonly T[], action: (item: T) => unknown): void {
  for (const item of items) action(item);
}

/** Items per second of `action`, which handles `count`. */
async function rate(count: number, action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return (count / (performance.now() - start)) * 1000;
}

function microseconds(count: number, action: () => unknown): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) action();
  return ((performance.now() - start) / count) * 1000;
}
