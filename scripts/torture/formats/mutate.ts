/**
 * Mutations of files, from a seed: the same seed gives the same files. They know what parsers stumble over: lengths and
 * counts at the edges of their types, digits, brackets, repeated and missing pieces.
 */
import type { Random } from "../../support/random.ts";

const EDGES = [
  0n,
  1n,
  2n,
  7n,
  8n,
  31n,
  32n,
  63n,
  64n,
  127n,
  128n,
  255n,
  256n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const TEXTS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "0",
  "9",
  "-",
  "e",
  ".",
  "null",
  "PK\u0003\u0004",
  "GGUF",
  "..",
  "/",
  "\u0000",
  "\n",
];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const at = (bytes: Buffer, random: Random): number => random.below(Math.max(1, bytes.length));

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    if (bytes.length > 0) bytes[at(bytes, random)]! ^= 1 << random.below(8);
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[at(bytes, random)] = random.below(256);
    return bytes;
  },
  (bytes, random) => writeEdge(bytes, at(bytes, random), [1, 2, 4, 8][random.below(4)]!, random),
  (bytes, random) => {
    const from = at(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(16))]);
  },
  (bytes, random) => {
    const from = at(bytes, random);
    const piece = bytes.subarray(from, from + 1 + random.below(64));
    const to = at(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
  },
  (bytes, random) => {
    const to = at(bytes, random);
    const text = Buffer.from(TEXTS[random.below(TEXTS.length)]!, "latin1");
    return Buffer.concat([bytes.subarray(0, to), text, bytes.subarray(to + random.below(2) * text.length)]);
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))]),
  (bytes, random) => {
    // The same number somewhere else: offsets and lengths that contradict each other.
    const width = [2, 4, 8][random.below(3)]!;
    const from = at(bytes, random);
    const to = at(bytes, random);
    if (Math.max(from, to) + width <= bytes.length) bytes.copy(bytes, to, from, from + width);
    return bytes;
  },
];

function writeEdge(bytes: Buffer, offset: number, width: number, random: Random): Buffer {
  if (offset + width > bytes.length) return bytes;
  const value = BigInt.asUintN(width * 8, EDGES[random.below(EDGES.length)]!);
  for (let i = 0; i < width; i++) bytes[offset + i] = Number((value >> BigInt(8 * i)) & 255n);
  return bytes;
}

/** A corpus file with one to four mutations. */
export function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = Buffer.from(corpus[random.below(corpus.length)]!);
  const other = Buffer.from(corpus[random.below(corpus.length)]!);
  const count = 1 + random.below(4);
  for (let i = 0; i < count; i++) bytes = Buffer.from(MUTATIONS[random.below(MUTATIONS.length)]!(bytes, random, other));
  return new Uint8Array(bytes);
}
