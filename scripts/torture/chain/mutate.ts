/** Headers spoiled in every way that breaks them: bytes, fields, values, signatures. None of them is ever valid. */
import { type Block, sealBlock, signedBytes } from "../../../src/chain/block/block.ts";
import { concatBytes } from "../../../src/core/bytes.ts";
import { decodeCanonical, encodeCanonical, type WireValue } from "../../../src/core/codec.ts";
import type { Signer } from "../../../src/core/ed25519.ts";
import { sha256 } from "../../../src/core/hash.ts";
import type { Random } from "../../support/random.ts";
import { signerOf } from "../../support/sampleModel.ts";

export interface Mutant {
  readonly kind: string;
  readonly sealed: Uint8Array;
}

/** Positions of the fields in a header. */
const FIELD = {
  version: 0,
  chain: 1,
  type: 2,
  model: 3,
  slot: 4,
  height: 6,
  payload: 7,
  claims: 8,
  author: 9,
} as const;
const FIELDS = 11;

/** `signer` is the author of `block`. */
export function mutate(block: Block, signer: Signer, random: Random): Mutant {
  const sealed = sealBlock(block);
  switch (random.below(8)) {
    case 0:
      return { kind: "bit flips", sealed: flipBits(sealed, random) };
    case 1:
      return { kind: "cut short", sealed: sealed.slice(0, random.below(sealed.length)) };
    case 2:
      return { kind: "bytes added", sealed: insertBytes(sealed, random) };
    case 3:
      return {
        kind: "signature of somebody else",
        sealed: sign(block.headerBytes, signerOf(`thief ${random.below(5)}`)),
      };
    case 4:
      return { kind: "noise", sealed: random.bytes(random.below(1200)) };
    default: {
      const fields = fieldsOf(block);
      const kind = spoilFields(fields, random);
      const bytes = encodeCanonical(fields);
      // With the author's own signature, so that only the fields are wrong; and with the old one.
      const isSigned = random.chance(0.7);
      return { kind, sealed: isSigned ? sign(bytes, signer) : concatBytes([block.signature, bytes]) };
    }
  }
}

function sign(headerBytes: Uint8Array, signer: Signer): Uint8Array {
  return concatBytes([signer.sign(signedBytes(sha256(headerBytes))), headerBytes]);
}

function flipBits(sealed: Uint8Array, random: Random): Uint8Array {
  const flipped = sealed.slice();
  const places = new Set(Array.from({ length: random.between(1, 8) }, () => random.below(8 * sealed.length)));
  for (const at of places) flipped[at >> 3]! ^= 1 << (at & 7);
  return flipped;
}

function insertBytes(sealed: Uint8Array, random: Random): Uint8Array {
  const at = random.between(0, sealed.length);
  return concatBytes([sealed.subarray(0, at), random.bytes(random.between(1, 40)), sealed.subarray(at)]);
}

function fieldsOf(block: Block): WireValue[] {
  const limits = { maxBytes: block.headerBytes.length, maxDepth: 4, maxItems: 100 };
  return [...(decodeCanonical(block.headerBytes, limits) as readonly WireValue[])];
}

/** Changes `fields` to what no header may have; returns what was done. */
function spoilFields(fields: WireValue[], random: Random): string {
  const spoilers: readonly (readonly [string, () => void])[] = [
    ["two fields in each other's place", () => swapDifferent(fields, random)],
    ["a field twice", () => fields.splice(random.below(FIELDS), 0, random.pick(fields) as WireValue)],
    ["a field left out", () => fields.splice(random.below(FIELDS), 1)],
    ["a field of another kind", () => spoilKind(fields, random)],
    ["another version", () => (fields[FIELD.version] = random.pick([0, 2, 255, 256, 2 ** 40]))],
    ["another chain", () => (fields[FIELD.chain] = fields[FIELD.chain] === "A" ? "B" : "A")],
    ["another type", () => (fields[FIELD.type] = random.pick(["receipts", "tensor", "", "Expert"]))],
    ["a model that is not there", () => (fields[FIELD.model] = random.bytes(32))],
    ["a slot that is not there", () => (fields[FIELD.slot] = random.pick(["layer9.mlp", "layer01.mlp", "", "HEAD"]))],
    ["another height", () => (fields[FIELD.height] = random.pick([0, 7, 2 ** 48, 2 ** 48 + 1, 2 ** 53 - 1]))],
    ["a payload of another format", () => (fields[FIELD.payload] = [random.bytes(32), 264, random.pick(["gguf", ""])])],
    ["a payload of another length", () => (fields[FIELD.payload] = [random.bytes(32), 2 ** 34, "safetensors"])],
    ["claims of no improvement", () => (fields[FIELD.claims] = [2, 1, random.bytes(32), random.bytes(32)])],
    ["claims on another evaluation set", () => (fields[FIELD.claims] = [1, 2, random.bytes(32), random.bytes(32)])],
    ["another author", () => (fields[FIELD.author] = signerOf(`thief ${random.below(5)}`).publicKey)],
    ["an author of small order", () => (fields[FIELD.author] = new Uint8Array(32))],
  ];
  const [kind, spoil] = random.pick(spoilers);
  spoil();
  return kind;
}

/** Two neighbours always differ in kind or in what they may hold, but for empty ones. */
function swapDifferent(fields: WireValue[], random: Random): void {
  const filled = fields.flatMap((field, i) => (field === null ? [] : [i]));
  const [a, b] = random.shuffle(filled) as [number, number];
  if (typeof fields[a] === typeof fields[b] && typeof fields[a] !== "string") fields[FIELD.version] = "1";
  else [fields[a], fields[b]] = [fields[b] as WireValue, fields[a] as WireValue];
}

function spoilKind(fields: WireValue[], random: Random): void {
  const at = random.below(FIELDS);
  const kinds: readonly WireValue[] = [true, -1, 1.5, "x", [], [[[]]], random.bytes(31), random.bytes(33), 2 ** 60];
  fields[at] = random.pick(kinds.filter((kind) => at !== 5 || !Array.isArray(kind)));
}
