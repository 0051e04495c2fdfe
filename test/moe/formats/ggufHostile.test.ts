/** Hand-made GGUF files that must all be refused with a code, quickly and without taking memory. */
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { GGML_TYPES } from "../../../src/moe/formats/ggml/types.ts";
import { readGgufHeader } from "../../../src/moe/formats/gguf/header.ts";
import { ggufTensorFile } from "../../../src/moe/formats/gguf/reader.ts";
import { failureOf } from "./expectCode.ts";
import { array, gguf, key, string, tensor, u32, u64 } from "./ggufBytes.ts";
import { processorMs, QUICK_MS } from "./processorTime.ts";

type Hostile = readonly [what: string, bytes: Uint8Array];
const open = async (bytes: Uint8Array) => {
  const source = memorySource(bytes);
  return ggufTensorFile(source, await readGgufHeader(source));
};

/** Numbers around every limit that a count, length, size or offset could be mistaken at. */
const HUGE = [
  2n ** 64n - 1n,
  2n ** 63n,
  2n ** 63n - 1n,
  2n ** 62n,
  2n ** 61n,
  2n ** 53n,
  2n ** 53n - 1n,
  2n ** 48n,
  2n ** 40n,
  2n ** 33n,
  2n ** 32n,
  2n ** 32n - 1n,
  2n ** 31n,
  2n ** 31n - 1n,
  1_000_000_000n,
  1_000_000n,
];
const each = (what: string, make: (value: bigint) => Uint8Array): Hostile[] =>
  HUGE.map((value) => [`${what} ${value}`, make(value)]);

const COUNTS: Hostile[] = [
  ...each("tensor count", (tensorCount) => gguf({ tensorCount })),
  ...each("key count", (keyCount) => gguf({ keyCount })),
  ...each("key length", (length) => gguf({ keys: [Buffer.concat([string("k", length), u32(4), u32(1)])] })),
  ...each("text length", (length) => gguf({ keys: [key("k", 8, string("v", length))] })),
  ...each("array of u8, length", (length) => gguf({ keys: [key("k", 9, array(0, length, Buffer.alloc(8)))] })),
  ...each("array of text, length", (length) => gguf({ keys: [key("k", 9, array(8, length, string("a")))] })),
  ...each("array of f64, length", (length) => gguf({ keys: [key("k", 9, array(12, length))] })),
  ...each("text in an array, length", (length) => gguf({ keys: [key("k", 9, array(8, 1, string("a", length)))] })),
  ...each("tensor name length", (length) =>
    gguf({ tensors: [Buffer.concat([string("w", length), u32(1), u64(4), u32(0), u64(0)])] }),
  ),
  ...each("size", (size) => gguf({ tensors: [tensor({ sizes: [size] })] })),
  ...each("second size", (size) => gguf({ tensors: [tensor({ sizes: [4, size] })] })),
  ...each("sizes that overflow", (size) => gguf({ tensors: [tensor({ sizes: [size, size, size, size] })] })),
  ...each("offset", (offset) => gguf({ tensors: [tensor({ offset })] })),
];

const TYPES: Hostile[] = [
  ...[13, 14, 15, 16, 100, 255, 256, 65_536, 2 ** 31, 2 ** 32 - 1].map(
    (type): Hostile => [`value type ${type}`, gguf({ keys: [key("k", type, u64(0))] })],
  ),
  ...[9, 13, 100, 2 ** 32 - 1].map(
    (type): Hostile => [
      `array of type ${type}`,
      gguf({ keys: [key("k", 9, array(type, 1, array(9, 1, array(9, 1))))] }),
    ],
  ),
  ...[4, 5, 33, 36, 37, 38, 41, 42, 100, 255, 2 ** 31, 2 ** 32 - 1].map(
    (type): Hostile => [`tensor type ${type}`, gguf({ tensors: [tensor({ type })] })],
  ),
  // Known by size but not readable, with data of the right size.
  ...[...GGML_TYPES.values()]
    .filter(({ dtype }) => dtype === undefined)
    .map(
      ({ id, name, elements, bytes }): Hostile => [
        `unreadable type ${name}`,
        gguf({ tensors: [tensor({ type: id, sizes: [elements] })], data: bytes }),
      ],
    ),
  ...[...GGML_TYPES.values()]
    .filter(({ elements }) => elements > 1)
    .map(
      ({ id, name, elements }): Hostile => [
        `${name} with a broken row`,
        gguf({ tensors: [tensor({ type: id, sizes: [elements - 1, 2] })], data: 1000 }),
      ],
    ),
  ...[2, 3, 255].map((value): Hostile => [`boolean ${value}`, gguf({ keys: [key("k", 7, Buffer.of(value))] })]),
];

const DIMENSIONS: Hostile[] = [5, 6, 8, 9, 100, 2 ** 31, 2 ** 32 - 1].map((dimensions) => [
  `${dimensions} dimensions`,
  gguf({ tensors: [tensor({ dimensions, sizes: dimensions < 10 ? new Array(dimensions).fill(1) : [4] })] }),
]);

const SIZES: Hostile[] = ([[0], [4, 0], [0, 0, 0, 0], [5], [3], [4, 2], [2 ** 20], [2 ** 25, 2 ** 25]] as const).map(
  (sizes) => [`sizes ${sizes.join("x")} for 16 bytes`, gguf({ tensors: [tensor({ sizes })] })],
);

const ALIGNMENTS: Hostile[] = [
  0,
  1,
  2,
  3,
  4,
  7,
  12,
  24,
  33,
  48,
  65_535,
  65_537,
  2 ** 17,
  2 ** 20,
  2 ** 31,
  2 ** 32 - 1,
].map((alignment) => [`alignment ${alignment}`, gguf({ keys: [key("general.alignment", 4, u32(alignment))] })]);

const PLACES: Hostile[] = (
  [
    ["offset 1", [tensor({ offset: 1 })], 32],
    ["offset 16", [tensor({ offset: 16 })], 32],
    ["offset 32 with a hole", [tensor({ offset: 32 })], 64],
    ["data missing", [tensor()], 0],
    ["data one byte short", [tensor()], 15],
    ["data one block too long", [tensor()], 64],
    ["a byte past the padding", [tensor()], 33],
    ["two tensors in one place", [tensor({ name: "a" }), tensor({ name: "b" })], 64],
    ["overlap", [tensor({ name: "a", sizes: [16] }), tensor({ name: "b", offset: 32 })], 96],
    ["a hole between two", [tensor({ name: "a" }), tensor({ name: "b", offset: 64 })], 96],
    ["unaligned second", [tensor({ name: "a" }), tensor({ name: "b", offset: 16 })], 64],
    ["second past the end", [tensor({ name: "a" }), tensor({ name: "b", offset: 32 })], 32],
    ["same name twice", [tensor(), tensor({ offset: 32 })], 64],
  ] as const
).map(([what, tensors, data]) => [what, gguf({ tensors, data })]);

const NAMES: Hostile[] = [
  "",
  "__proto__",
  "constructor",
  "n".repeat(513),
  "a\u0000b",
  "a\nb",
  "\u001b[31m",
  Buffer.of(0xff, 0xfe),
  Buffer.of(0xed, 0xa0, 0x80),
].flatMap((name, i): Hostile[] => [
  [`tensor name ${i}`, gguf({ tensors: [tensor({ name })] })],
  ...(typeof name === "string" && (name === "" || name.length > 512)
    ? [[`key ${i}`, gguf({ keys: [key(name, 4, u32(1))] })] as Hostile]
    : []),
  ...(typeof name === "string" ? [] : [[`key ${i}`, gguf({ keys: [key(name, 4, u32(1))] })] as Hostile]),
]);

const HEADERS: Hostile[] = [
  ...[0, 1, 4, 5, 100, 0x0300_0000, 0x0200_0000, 2 ** 32 - 1].map(
    (version): Hostile => [`version ${version}`, gguf({ version })],
  ),
  ...["GGUf", "gguf", "FUGG", "GGML", "GGJT", "\u0000\u0000\u0000\u0000", "PK\u0003\u0004"].map(
    (magic): Hostile => [`magic ${JSON.stringify(magic)}`, gguf({ magic })],
  ),
  ["same key twice", gguf({ keys: [key("k", 4, u32(1)), key("k", 4, u32(2))] })],
  ["alignment that is text", gguf({ keys: [key("general.alignment", 8, string("32"))] })],
  ["alignment that is negative", gguf({ keys: [key("general.alignment", 5, u32(-32))] })],
  ["alignment that is a fraction", gguf({ keys: [key("general.alignment", 6, Buffer.of(0, 0, 0x80, 0x3f))] })],
  ["alignment of 2^64 - 1", gguf({ keys: [key("general.alignment", 10, u64(2n ** 64n - 1n))] })],
  [
    "nested arrays 1,000 deep",
    gguf({ keys: [key("k", 9, Buffer.concat(Array.from({ length: 1000 }, () => array(9, 1))))] }),
  ],
  ["fewer tensors than announced", gguf({ tensorCount: 2 })],
  [
    "more tensors than announced",
    gguf({ tensors: [tensor({ name: "a" }), tensor({ name: "b", offset: 32 })], tensorCount: 1, data: 64 }),
  ],
  ["fewer keys than announced", gguf({ keyCount: 1 })],
  ...Array.from(
    { length: 24 },
    (_, i): Hostile => [
      `cut off after ${i * 4} bytes`,
      gguf({ keys: [key("a.key", 8, string("value"))] }).slice(0, i * 4),
    ],
  ),
];

const CASES: Hostile[] = [...COUNTS, ...TYPES, ...DIMENSIONS, ...SIZES, ...ALIGNMENTS, ...PLACES, ...NAMES, ...HEADERS];

test("the files that the cases are made from are themselves accepted", async () => {
  expect((await open(gguf())).tensors.get("w")).toMatchObject({ dtype: "F32", shape: [4], byteLength: 16 });
  expect((await open(gguf({ data: 32 }))).tensors.size).toBe(1);
  expect(
    (await open(gguf({ version: 2, keys: [key("general.alignment", 4, u32(64))], alignment: 64 }))).tensors.size,
  ).toBe(1);
  expect((await open(gguf({ tensors: [], data: 0 }))).tensors.size).toBe(0);
  expect(
    (await open(gguf({ tensors: [tensor({ name: "b", offset: 32 }), tensor({ name: "a" })], data: 64 }))).tensors.size,
  ).toBe(2);
});

test("there are at least 230 cases", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(230);
});

test.each(CASES)("refused with a code: %s", async (_, bytes) => {
  const started = process.cpuUsage();
  expect(await failureOf(() => open(bytes))).toEqual(expect.stringMatching(/^[a-z_]+$/));
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
});

test("metadata arrays are bounded together: three million small numbers cost no memory", async () => {
  const million = Buffer.alloc(1_000_000);
  const keys = ["a", "b", "c"].map((name) => key(name, 9, array(0, 1_000_000, million)));
  expect(await failureOf(() => open(gguf({ keys })))).toBe("too_many_entries");
});
