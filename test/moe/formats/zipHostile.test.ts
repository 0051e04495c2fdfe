/** Zip tricks: every archive that has two readings, hides bytes, or is more than stored entries is refused. */
import { deflateRawSync } from "node:zlib";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { readTorchArchive } from "../../../src/moe/formats/torch/archive.ts";
import { TorchTensors } from "../../../src/moe/formats/torch/reader.ts";
import { expectCode, failureOf } from "./expectCode.ts";
import { dictPickle, tensorOps } from "./pickleBytes.ts";
import { processorMs, QUICK_MS } from "./processorTime.ts";
import {
  descriptor,
  type EndFields,
  extraField,
  u64,
  type ZipFields,
  type ZipPart,
  zip,
  zip64End,
} from "./zipBytes.ts";

const PICKLE = dictPickle({ w: tensorOps() });
const DATA = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const MAX32 = 0xffff_ffff;

const parts = (change: Partial<ZipPart> = {}, more: readonly ZipPart[] = []): ZipPart[] => [
  { name: "m/data.pkl", data: PICKLE },
  { name: "m/data/0", data: DATA, ...change },
  ...more,
];
const open = async (bytes: Uint8Array) => {
  const source = memorySource(bytes);
  return new TorchTensors([{ source, tensors: await readTorchArchive(source) }]);
};

const SIZE = zip(parts()).length;
const DIRECTORY = SIZE - 22 - (46 + 10) - (46 + 8);
const DIRECTORY_BYTES = 110;

type Hostile = readonly [what: string, bytes: Uint8Array];
const entries = (list: readonly (readonly [string, Partial<ZipPart>, (readonly ZipPart[])?])[]): Hostile[] =>
  list.map(([what, change, more]) => [what, zip(parts(change, more))]);
const ends = (list: readonly (readonly [string, EndFields])[]): Hostile[] =>
  list.map(([what, end]) => [what, zip(parts(), end)]);
const both = (fields: ZipFields): Partial<ZipPart> => ({ local: fields, central: fields });

const METHODS: Hostile[] = [1, 6, 8, 9, 12, 14, 19, 93, 95, 98, 99].map((method) => [
  `method ${method}`,
  zip(parts(both({ method }))),
]);
const FLAGS: Hostile[] = [0x1, 0x2, 0x4, 0x10, 0x20, 0x40, 0x41, 0x80, 0x400, 0x1000, 0x2000, 0x4000, 0x8000].map(
  (flags) => [`flags ${flags.toString(16)}`, zip(parts(both({ flags })))],
);
const NAMES: Hostile[] = [
  "../data/0",
  "/m/data/0",
  "m/../data/0",
  "m/./data/0",
  "m//data/0",
  "m/data/0/",
  "m\\data\\0",
  "C:/data/0",
  "m/data/\u0000",
  "m/data/\n0",
  "",
  ".",
  "..",
  "/",
  "m/data/0\u001b[31m",
  "other/data/0",
  "data/0",
  "m",
  `m/${"x".repeat(600)}`,
  "m/data/0:stream",
].map((name) => [`name ${JSON.stringify(name).slice(0, 30)}`, zip(parts({ name }))]);

const DISAGREE: Hostile[] = entries([
  ["local name differs", { local: { name: "m/data/1" } }],
  ["local name is longer", { local: { name: "m/data/00" } }],
  ["local flags differ", { local: { flags: 0x800 } }],
  ["central flags differ", { central: { flags: 0x800 } }],
  ["local method differs", { local: { method: 8 } }],
  ["local checksum differs", { local: { crc: 1 } }],
  ["local size is larger", { local: { size: 17 } }],
  ["local size is smaller", { local: { size: 15 } }],
  ["local compressed size differs", { local: { compressed: 15 } }],
  ["local sizes are zero without descriptor", { local: { size: 0, compressed: 0, crc: 0 } }],
  ["local signature is wrong", { local: { signature: 0x04034b51 } }],
  ["central signature is wrong", { central: { signature: 0x02014b51 } }],
  ["central size is larger", { central: { size: 17, compressed: 17 } }],
  ["central size is smaller", { central: { size: 12, compressed: 12 } }],
  ["central sizes differ from each other", { central: { size: 17 } }],
  ["central size is 4 GiB", { central: { size: MAX32 - 1, compressed: MAX32 - 1 } }],
  ["central offset points elsewhere", { central: { offset: 1 } }],
  ["central offset points at the first entry", { central: { offset: 0 } }],
  ["central offset is past the end", { central: { offset: MAX32 - 1 } }],
  ["entry comment", { central: { comment: "hi" } }],
  ["entry on another disk", { central: { disk: 1 } }],
  ["needs version 6.3", { central: { version: 63 } }],
  ["a symbolic link", { central: { madeBy: 0x0314, attributes: 0o120777 << 16 } }],
  ["a folder by its mode", { central: { madeBy: 0x0314, attributes: 0o040755 << 16 } }],
  ["a device", { central: { madeBy: 0x0314, attributes: 0o020666 << 16 } }],
  ["compressed for real", { data: deflateRawSync(DATA), ...both({ method: 8, size: 16 }) }],
]);

const HIDDEN: Hostile[] = entries([
  ["bytes before an entry", { before: Buffer.from("x") }],
  ["bytes after an entry", { after: Buffer.from("x") }],
  ["a hidden entry in between", { hidden: true }],
  ["a second copy of an entry", {}, [{ name: "m/data/0", data: DATA }]],
  ["two entries for one local header", {}, [{ name: "m/data/1", data: DATA, central: { offset: 0 } }]],
  ["a whole archive after an entry", { after: Buffer.from(zip(parts())) }],
  ["an entry hidden at the end", {}, [{ name: "m/data/9", data: DATA, hidden: true }]],
]);

const DESCRIPTORS: Hostile[] = entries(
  (
    [
      ["no descriptor although flagged", undefined],
      ["descriptor with a wrong checksum", descriptor(DATA, { crc: 5 })],
      ["descriptor with a wrong size", descriptor(DATA, { size: 15 })],
      ["descriptor of 8 bytes", Buffer.alloc(8)],
      ["descriptor of 28 bytes", Buffer.concat([descriptor(DATA, { wide: true }), Buffer.alloc(4)])],
      ["descriptor twice", Buffer.concat([descriptor(DATA), descriptor(DATA)])],
      [
        "descriptor with a wrong signature",
        Buffer.concat([Buffer.from("PK\u0007\u0009", "latin1"), descriptor(DATA, { signed: false })]),
      ],
    ] as const
  ).map(([what, after]) => [
    what,
    {
      ...both({ flags: 8 }),
      local: { flags: 8, crc: 0, size: 0, compressed: 0 },
      ...(after === undefined ? {} : { after }),
    },
  ]),
).concat(entries([["descriptor without its flag", { after: descriptor(DATA) }]]));

const ZIP64: Hostile[] = entries([
  ["central zip64 without a field that needs it", { central: { extra: extraField(1, u64(16)) } }],
  ["central zip64 missing", { central: { size: MAX32, compressed: MAX32 } }],
  ["central zip64 too short", { central: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(16)) } }],
  ["central zip64 too long", { central: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(16, 16, 16)) } }],
  ["central zip64 sizes disagree", { central: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(16, 17)) } }],
  [
    "central zip64 size of 2^64 - 1",
    { central: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(2n ** 64n - 1n, 2n ** 64n - 1n)) } },
  ],
  [
    "central zip64 size beyond the file",
    { central: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(10_000, 10_000)) } },
  ],
  ["central zip64 offset beyond the file", { central: { offset: MAX32, extra: extraField(1, u64(2n ** 40n)) } }],
  [
    "central zip64 twice",
    {
      central: {
        size: MAX32,
        compressed: MAX32,
        extra: Buffer.concat([extraField(1, u64(16, 16)), extraField(1, u64(16, 16))]),
      },
    },
  ],
  ["central extra cut off", { central: { extra: extraField(1, u64(16), 30) } }],
  ["central extra of three bytes", { central: { extra: Buffer.from("abc") } }],
  ["local zip64 with another size", { local: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(99, 99)) } }],
  ["local zip64 says nothing of the size", { local: { size: MAX32, compressed: MAX32 } }],
  ["local zip64 of odd length", { local: { extra: extraField(1, Buffer.alloc(7)) } }],
  ["local zip64 of 32 bytes", { local: { extra: extraField(1, u64(16, 16, 16, 16)) } }],
  ["local extra cut off", { local: { extra: extraField(0x4246, Buffer.alloc(4), 400) } }],
]);

const END: Hostile[] = ends([
  ["no end record", { signature: 0 }],
  ["archive comment", { comment: "c" }],
  ["bytes after the end", { after: Buffer.from("x") }],
  ["another archive after the end", { after: Buffer.from(zip(parts())) }],
  ["an end record after the end", { after: Buffer.from(zip(parts()).slice(-22)) }],
  ["bytes before the end record", { before: Buffer.from("x") }],
  ["more entries announced", { entries: 3 }],
  ["fewer entries announced", { entries: 1 }],
  ["no entries announced", { entries: 0 }],
  ["counts disagree", { entriesHere: 1 }],
  ["a split archive", { disk: 1 }],
  ["directory size too large", { size: DIRECTORY_BYTES + 1 }],
  ["directory size too small", { size: DIRECTORY_BYTES - 1 }],
  ["directory size zero", { size: 0 }],
  ["directory offset too small", { offset: DIRECTORY - 1 }],
  ["directory offset too large", { offset: DIRECTORY + 1 }],
  ["directory offset of 4 GiB", { offset: MAX32 - 1 }],
  ["points at zip64 that is not there", { offset: MAX32 }],
  ["65,535 entries without zip64", { entries: 0xffff }],
  ["zip64 with another count", { zip64: zip64End(3, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES) }],
  ["zip64 with another offset", { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY - 1, DIRECTORY + DIRECTORY_BYTES) }],
  ["zip64 with another size", { zip64: zip64End(2, 0, DIRECTORY, DIRECTORY + DIRECTORY_BYTES) }],
  ["zip64 record elsewhere", { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, 0) }],
  [
    "zip64 record of another length",
    { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES, { length: 100n }) },
  ],
  [
    "zip64 record on another disk",
    { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES, { disk: 1 }) },
  ],
  [
    "zip64 counts disagree",
    { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES, { entriesHere: 1 }) },
  ],
  [
    "zip64 signature wrong",
    { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES, { signature: 1 }) },
  ],
  [
    "zip64 without locator",
    { zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES, { locator: 1 }) },
  ],
]);

const PREFIXES: Hostile[] = [
  "#!/bin/sh\nexit\n",
  "MZ",
  "%PDF-1.7\n",
  "GIF89a",
  '{"a":1}',
  "\u007fELF",
  "PK\u0003\u0004",
  "\u0000",
  "<html>",
  "GGUF",
].map((prefix) => [`prefix ${JSON.stringify(prefix)}`, zip(parts(), {}, Buffer.from(prefix, "latin1"))]);

const CONTENT: Hostile[] = [
  ["no data.pkl", zip([{ name: "m/data/0", data: DATA }])],
  ["no storage", zip([{ name: "m/data.pkl", data: PICKLE }])],
  ["storage too short", zip(parts({ data: DATA.slice(0, 12) }))],
  ["storage too long", zip(parts({ data: new Uint8Array(20) }))],
  ["big-endian", zip(parts({}, [{ name: "m/byteorder", data: Buffer.from("big") }]))],
  ["unknown byte order", zip(parts({}, [{ name: "m/byteorder", data: new Uint8Array(1000) }]))],
  ["program code", zip(parts({}, [{ name: "m/code/__torch__.py", data: Buffer.from("import os") }]))],
  ["TorchScript constants", zip(parts({}, [{ name: "m/constants.pkl", data: PICKLE }]))],
  ["two roots", zip(parts({}, [{ name: "n/data.pkl", data: PICKLE }]))],
  [
    "checksum of the pickle is wrong",
    zip([
      { name: "m/data.pkl", data: PICKLE, ...both({ crc: 1 }) },
      { name: "m/data/0", data: DATA },
    ]),
  ],
  ["empty archive", zip([])],
  ["cut off", zip(parts()).slice(0, 100)],
  ["only the end record", zip(parts()).slice(-22)],
];

const CASES: Hostile[] = [
  ...METHODS,
  ...FLAGS,
  ...NAMES,
  ...DISAGREE,
  ...HIDDEN,
  ...DESCRIPTORS,
  ...ZIP64,
  ...END,
  ...PREFIXES,
  ...CONTENT,
];

test("there are at least 100 cases", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(100);
});

test.each(CASES)("refused with a code: %s", async (_, bytes) => {
  const started = process.cpuUsage();
  expect(await failureOf(() => open(bytes))).toEqual(expect.stringMatching(/^[a-z_0-9]+$/));
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
});

const HONEST: Hostile[] = [
  ["plain", zip(parts())],
  ["with Unix modes", zip(parts({ central: { madeBy: 0x0314, attributes: 0o100644 << 16 } }))],
  ["with padding fields", zip(parts({ local: { extra: extraField(0x4246, Buffer.alloc(20, "Z")) } }))],
  ["with UTF-8 names", zip(parts(both({ flags: 0x800 })))],
  [
    "as PyTorch writes it",
    zip(
      parts({
        central: { flags: 0x808 },
        local: { flags: 0x808, crc: 0, size: 0, compressed: 0 },
        after: descriptor(DATA),
      }),
    ),
  ],
  [
    "with an unsigned descriptor",
    zip(parts({ central: { flags: 8 }, local: { flags: 8 }, after: descriptor(DATA, { signed: false }) })),
  ],
  [
    "as PyTorch writes beyond 4 GiB: zeros and odd zip64 numbers in the local header, a wide descriptor",
    zip(
      parts({
        central: { flags: 0x808, size: MAX32, compressed: MAX32, extra: extraField(1, u64(16, 16)) },
        local: { flags: 0x808, crc: 0, size: 0, compressed: 0, extra: extraField(1, u64(16, 0)) },
        after: descriptor(DATA, { wide: true }),
      }),
    ),
  ],
  [
    "zip64 in both headers",
    zip(
      parts({
        central: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(16, 16)) },
        local: { size: MAX32, compressed: MAX32, extra: extraField(1, u64(16, 16)) },
      }),
    ),
  ],
  [
    "with a zip64 end record",
    zip(parts(), {
      zip64: zip64End(2, DIRECTORY_BYTES, DIRECTORY, DIRECTORY + DIRECTORY_BYTES),
      entries: 0xffff,
      size: MAX32,
      offset: MAX32,
    }),
  ],
  ["with byte order", zip(parts({}, [{ name: "m/byteorder", data: Buffer.from("little") }]))],
];

test.each(HONEST)("accepted, with the right data: %s", async (_, bytes) => {
  const tensors = await open(bytes);
  expect(await tensors.read("w")).toEqual(DATA);
});

test("a wrong checksum of data is found when the tensor is read, also for a part of it, and never given out", async () => {
  const tensors = await open(zip(parts(both({ crc: 12345 }))));
  await expectCode(() => tensors.read("w"), "checksum_mismatch");
  await expectCode(() => tensors.readRange("w", 4, 4), "checksum_mismatch");
  const changed = zip(parts());
  changed[DIRECTORY - 3]! ^= 1;
  const flipped = await open(changed);
  await expectCode(() => flipped.read("w"), "checksum_mismatch");
});
