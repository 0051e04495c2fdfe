/** Hand-made and mutated files that must all be refused with one of our codes, quickly and without taking memory. */
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { readSafetensorsHeader } from "../../../src/moe/formats/safetensors/header.ts";
import { failureOf } from "./expectCode.ts";
import { processorMs, QUICK_MS } from "./processorTime.ts";
import { entry, rawSafetensors, VALID_HEADER } from "./safetensorsBytes.ts";

type Hostile = readonly [what: string, bytes: Uint8Array];

const header = (text: string, dataBytes = 16): Uint8Array => rawSafetensors(text, dataBytes);
const one = (dtype: string, shape: string, offsets: string, dataBytes = 16): Uint8Array =>
  header(`{"w":${entry(dtype, shape, offsets)}}`, dataBytes);

const LENGTHS: Hostile[] = [
  0n,
  1n,
  17n * 2n ** 20n,
  100_000_001n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
].map((length) => [`header length ${length}`, rawSafetensors(VALID_HEADER, 16, length)]);

const SHORT: Hostile[] = [0, 1, 7, 8, 9, 12, 40].map((size) => [
  `only ${size} bytes`,
  rawSafetensors(VALID_HEADER, 16).slice(0, size),
]);

const OFFSETS: Hostile[] = [
  "[0,17]",
  "[8,0]",
  "[16,24]",
  "[1,17]",
  "[4,20]",
  "[0,8]",
  "[8,16]",
  "[0,15]",
  "[1,16]",
  "[-0,16]",
  "[-1,15]",
  "[0,16.0]",
  "[0,1.6e1]",
  "[0,9007199254740993]",
  "[0,18446744073709551615]",
  "[0,18446744073709551632]",
  "[0]",
  "[]",
  "[0,8,16]",
  "[[0],16]",
  '["0","16"]',
  "[null,16]",
  "[true,16]",
  "null",
  "{}",
  '"0,16"',
  "0",
  "[00,16]",
  "[0,+16]",
  "[0,0x10]",
  "[0, 16",
  "[0 16]",
  "[,16]",
  "[0,]",
  "[0,16,]",
  "[NaN,16]",
  "[0,Infinity]",
  "[0,1e400]",
].map((offsets) => [`offsets ${offsets}`, one('"F32"', "[4]", offsets)]);

const SHAPES: Hostile[] = [
  "[5]",
  "[3]",
  "[-4]",
  "[4.0]",
  "[4e0]",
  "[2,-2]",
  "[0]",
  "[4,0]",
  "[1,1,1,1,1,1,1,1,4]",
  "[9007199254740993]",
  "[18446744073709551616]",
  "[4294967296,4294967296]",
  "[94906266,94906266]",
  "[2147483648,2147483648,4]",
  "[0,9007199254740991]",
  "[3037000500,3037000500,0]",
  '["4"]',
  "[null]",
  "[true]",
  "[[4]]",
  "[{}]",
  "null",
  '"[4]"',
  "4",
  "{}",
  "[4",
  "[4,]",
  "[,4]",
  "[NaN]",
  "[1e1000]",
  `[${"1,".repeat(1000)}4]`,
].map((shape) => [`shape ${shape.slice(0, 40)}`, one('"F32"', shape, "[0,16]")]);

const DTYPES: Hostile[] = [
  '""',
  '"f32"',
  '"F33"',
  '"F128"',
  '"C64"',
  '"Q8_0"',
  '"MXFP4"',
  '"F4"',
  '"F8_E8M0"',
  '"F32 "',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  "null",
  "32",
  "[]",
  "{}",
  "true",
  '"F16"',
  '"F64"',
  '"I8"',
  '"BOOL"',
  `"${"F".repeat(10_000)}"`,
].map((dtype) => [`dtype ${dtype.slice(0, 30)}`, one(dtype, "[4]", "[0,16]")]);

const NAMES: Hostile[] = [
  '""',
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  `"${"n".repeat(513)}"`,
  `"${"é".repeat(257)}"`,
  '"a\\u0000b"',
  '"a\\nb"',
  '"\\u001b[31m"',
  '"\\ud800"',
  '"\\udc00x"',
  '"a\\u0085b"',
  "w",
  "'w'",
  "1",
  "null",
  '"w',
  'w"',
  '"\\x41"',
  '"\\u00g1"',
].map((name) => [`name ${name.slice(0, 30)}`, header(`{${name}:${entry('"F32"', "[4]", "[0,16]")}}`)]);

const ENTRIES: Hostile[] = [
  "{}",
  "null",
  "[]",
  '""',
  "1",
  '{"dtype":"F32"}',
  '{"dtype":"F32","shape":[4]}',
  '{"shape":[4],"data_offsets":[0,16]}',
  '{"dtype":"F32","shape":[4],"data_offsets":[0,16],"extra":1}',
  '{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}',
  '{"dtype":"F32","shape":[4],"shape":[4],"data_offsets":[0,16]}',
  '{"dtype":"F32","shape":[4],"data_offsets":[0,16],"data_offsets":[0,16]}',
  '{"dtype":"F32","shape":[4],"data_offsets":[0,16],"__proto__":{}}',
  '{"Dtype":"F32","shape":[4],"data_offsets":[0,16]}',
  '{"dtype":"F32","shape":[4],"data_offsets":[0,16]',
  '{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
  '{"dtype":"F32" "shape":[4]}',
].map((text) => [`entry ${text.slice(0, 60)}`, header(`{"w":${text}}`)]);

const METADATA: Hostile[] = [
  "null",
  "[]",
  '""',
  '{"a":1}',
  '{"a":null}',
  '{"a":{}}',
  '{"a":["b"]}',
  '{"a":"b","a":"c"}',
  '{"__proto__":"x"}',
  '{a:"b"}',
  '{"a":"b"',
  '{"a"}',
].map((text) => [`metadata ${text}`, header(`{"__metadata__":${text},"w":${entry('"F32"', "[4]", "[0,16]")}}`)]);

const A = entry('"F32"', "[2]", "[0,8]");
const B = entry('"F32"', "[2]", "[8,16]");
const WHOLE: Hostile[] = (
  [
    ["duplicate name", `{"a":${A},"a":${B}}`],
    ["duplicate through an escape", `{"a":${A},"\\u0061":${B}}`],
    ["metadata twice", `{"__metadata__":{},"__metadata__":{},"a":${A},"b":${B}}`],
    ["metadata through an escape", `{"\\u005f_metadata__":${A},"b":${B}}`],
    ["same range twice", `{"a":${entry('"F32"', "[4]", "[0,16]")},"b":${entry('"F32"', "[4]", "[0,16]")}}`],
    ["overlap by one byte", `{"a":${entry('"U8"', "[9]", "[0,9]")},"b":${entry('"U8"', "[8]", "[8,16]")}}`],
    ["hole of one byte", `{"a":${entry('"U8"', "[7]", "[0,7]")},"b":${entry('"U8"', "[8]", "[8,16]")}}`],
    ["hole at the start", `{"b":${B}}`],
    ["trailing bytes", `{"a":${A}}`],
    ["empty tensor inside another", `{"a":${entry('"U8"', "[16]", "[0,16]")},"e":${entry('"U8"', "[0]", "[8,8]")}}`],
    ["empty tensor past the end", `{"a":${entry('"U8"', "[16]", "[0,16]")},"e":${entry('"U8"', "[0]", "[17,17]")}}`],
    ["no tensors but data", "{}"],
    ["trailing comma", `{"a":${A},"b":${B},}`],
    ["second object", `${VALID_HEADER}{}`],
    ["garbage after", `${VALID_HEADER}x`],
    ["comment", `{/**/"a":${A},"b":${B}}`],
    ["leading space", ` ${VALID_HEADER}`],
    ["byte order mark", `\ufeff${VALID_HEADER}`],
    ["array", `[${A}]`],
    ["null", "null"],
    ["text", '"{}"'],
    ["nothing but spaces", "        "],
    ["opening brace", "{"],
    ["unclosed", VALID_HEADER.slice(0, -1)],
    ["nul inside", VALID_HEADER.replace(",", "\u0000,")],
    ["nul padding", `${VALID_HEADER}\u0000\u0000`],
    ["100,000 nested arrays as a tensor", `{"w":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["100,000 nested objects", '{"w":'.repeat(100_000)],
    ["100,000 nested metadata", `{"__metadata__":${'{"a":'.repeat(100_000)}`],
    ["a key of a megabyte", `{"${"k".repeat(1_000_000)}":${A}}`],
    ["a million quotes", '"'.repeat(1_000_000)],
    ["a million escapes without end", `{"${"\\\\".repeat(500_000)}`],
    ["digits without end", `{"w":{"shape":[${"9".repeat(1_000_000)}`],
    ["a file inside the file", `{"w":${VALID_HEADER}}`],
  ] as const
).map(([what, text]) => [what, header(text)]);

const ENCODINGS: Hostile[] = [
  ["invalid UTF-8", Buffer.concat([Buffer.from('{"'), Buffer.of(0xff, 0xfe), Buffer.from(`":${A}}`)])],
  ["overlong UTF-8", Buffer.concat([Buffer.from('{"'), Buffer.of(0xc0, 0xaf), Buffer.from(`":${A}}`)])],
  ["surrogate in UTF-8", Buffer.concat([Buffer.from('{"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from(`":${A}}`)])],
  ["UTF-16", Buffer.from(VALID_HEADER, "utf16le")],
  ["binary", Buffer.from(Uint8Array.from({ length: 200 }, (_, i) => (i * 37) & 255))],
].map(([what, bytes]) => [String(what), rawSafetensors(bytes as Uint8Array, 16)]);

const OTHER_FILES: Hostile[] = [
  ["Git LFS pointer", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n")],
  ["HTML", Buffer.from("<!DOCTYPE html><html><body>Not found</body></html>")],
  ["zip", Buffer.from("PK\u0003\u0004".padEnd(64, "x"), "latin1")],
  ["GGUF", Buffer.from("GGUF\u0003\u0000\u0000\u0000".padEnd(64, "\u0000"), "latin1")],
  ["pickle", Buffer.from([0x80, 2, ...Buffer.from("cposix\nsystem\n(X\u0004\u0000\u0000\u0000true tR.")])],
  ["zeros", Buffer.alloc(4096)],
  ["ones", Buffer.alloc(4096, 255)],
].map(([what, bytes]) => [String(what), new Uint8Array(bytes as Buffer)]);

/** Every byte of the structure of a small valid header, replaced by one that means something to a parser. */
function mutations(): Hostile[] {
  const found: Hostile[] = [];
  const structural = [...VALID_HEADER].flatMap((character, i) => (/[[\]{},:"0-9]/.test(character) ? [i] : []));
  for (const at of structural) {
    for (const replacement of ["}", "]"]) {
      if (VALID_HEADER[at] === replacement) continue;
      // Inside a name a bracket is an ordinary character.
      const text = VALID_HEADER.slice(0, at) + replacement + VALID_HEADER.slice(at + 1);
      found.push([`byte ${at} is ${replacement}`, header(text)]);
    }
  }
  return found;
}

const CASES: Hostile[] = [
  ...LENGTHS,
  ...SHORT,
  ...OFFSETS,
  ...SHAPES,
  ...DTYPES,
  ...NAMES,
  ...ENTRIES,
  ...METADATA,
  ...WHOLE,
  ...ENCODINGS,
  ...OTHER_FILES,
  ...mutations(),
];

test("the files that the cases are made from are themselves accepted", async () => {
  expect((await readSafetensorsHeader(memorySource(header(VALID_HEADER)))).tensors.size).toBe(2);
  expect((await readSafetensorsHeader(memorySource(one('"F32"', "[4]", "[0,16]")))).tensors.size).toBe(1);
});

test("there are at least 300 cases", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(300);
});

test.each(CASES)("refused with a code: %s", async (_, bytes) => {
  const started = process.cpuUsage();
  const failure = await failureOf(() => readSafetensorsHeader(memorySource(bytes)));
  expect(failure).toEqual(expect.stringMatching(/^[a-z_]+$/));
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
});

test("a header of 200,001 tensors is refused, one of 16 MiB is read in time", async () => {
  const many = Array.from({ length: 200_001 }, (_, i) => `"${i}":${entry('"U8"', "[0]", "[0,0]")}`);
  expect(await failureOf(() => readSafetensorsHeader(memorySource(header(`{${many.join(",")}}`, 0))))).toBe(
    "too_many_tensors",
  );
  const fewer = many.slice(0, 190_000);
  const { tensors } = await readSafetensorsHeader(memorySource(header(`{${fewer.join(",")}}`, 0)));
  expect(tensors.size).toBe(190_000);
});
