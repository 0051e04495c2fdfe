import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { toFloat32 } from "../../../src/moe/formats/float32.ts";
import { readGgufHeader } from "../../../src/moe/formats/gguf/header.ts";
import type { GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { layoutGguf } from "../../../src/moe/formats/gguf/writer.ts";
import { expectCode } from "./expectCode.ts";
import { FORMATS } from "./fixtures.ts";
import { withFolder } from "./temporaryFolder.ts";

const REFERENCE = join(FORMATS, "gguf/reference.gguf");
const EXPECTED = JSON.parse(readFileSync(join(FORMATS, "gguf/expected.json"), "utf8")) as Record<
  string,
  { shape: number[]; sha256: string }
>;

test("a file of the reference writer: shapes outermost first, and the bytes of every tensor", async () => {
  const source = await openCheckpoint(REFERENCE);
  expect([...source.tensors.keys()].sort()).toEqual(Object.keys(EXPECTED).sort());
  for (const [name, { shape, sha256 }] of Object.entries(EXPECTED)) {
    expect(source.tensors.get(name)?.shape).toEqual(shape);
    expect(
      createHash("sha256")
        .update(await source.read(name))
        .digest("hex"),
    ).toBe(sha256);
  }
  await source.close();
});

test("metadata of every type, with checked access", async () => {
  const source = await openCheckpoint(REFERENCE);
  const metadata = source.gguf!;
  expect(
    [..."u8 i8 u16 i16 u32 i32 f32 u64 i64 f64".split(" ")].map((type) => metadata.entries.get(`t.${type}`)?.value),
  ).toEqual([200, -5, 65_535, -300, 4_000_000_000, -7, 1.5, 2n ** 63n + 1n, -(2 ** 40), 0.1]);
  expect(metadata.boolean("t.bool")).toBe(true);
  expect(metadata.string("t.string")).toBe("héllo");
  expect(metadata.strings("t.strings")).toEqual(["a", "", "ü"]);
  expect(metadata.numbers("t.ints")).toEqual([1, 2, 3]);
  expect(metadata.numbers("t.floats")).toEqual([0.5, -1]);
  expect([metadata.number("absent"), metadata.strings("absent"), metadata.natural("absent")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  for (const wrong of [
    () => metadata.number("t.string"),
    () => metadata.natural("t.i8"),
    () => metadata.natural("t.f32"),
    () => metadata.number("t.u64"),
    () => metadata.string("t.u8"),
    () => metadata.boolean("t.u8"),
    () => metadata.strings("t.ints"),
    () => metadata.numbers("t.strings"),
    () => metadata.numbers("t.u8"),
  ]) {
    await expectCode(wrong, "gguf_metadata_invalid");
  }
  await source.close();
});

test("one expert of a stack is read without the others", async () => {
  const source = await openCheckpoint(REFERENCE);
  const { byteLength, shape } = source.tensors.get("blk.0.ffn_gate_exps.weight")!;
  expect(shape).toEqual([2, 3, 64]);
  const one = byteLength / 2;
  const all = toFloat32(await source.read("blk.0.ffn_gate_exps.weight"), "Q8_0");
  const second = toFloat32(await source.readRange("blk.0.ffn_gate_exps.weight", one, one), "Q8_0");
  expect(second).toEqual(all.slice(3 * 64));
  await source.close();
});

test("what is written is read back: metadata of every type, names, shapes, places", async () => {
  const metadata = new Map<string, GgufValue>([
    ["a.string", { type: "string", value: "ü\u0000x" }],
    ["a.u64", { type: "u64", value: 2n ** 64n - 1n }],
    ["a.i64", { type: "i64", value: -7 }],
    ["a.bool", { type: "bool", value: false }],
    ["a.f32", { type: "f32", value: 0.5 }],
    ["a.f64", { type: "f64", value: Math.PI }],
    ["a.i8", { type: "i8", value: -128 }],
    ["a.u16", { type: "u16", value: 65_535 }],
    ["a.empty", { type: "array", items: "string", value: [] }],
    ["a.bools", { type: "array", items: "bool", value: [true, false] }],
    ["a.strings", { type: "array", items: "string", value: ["", "b"] }],
  ]);
  const tensors = [
    { name: "x", dtype: "F32" as const, shape: [3] },
    { name: "stack", dtype: "Q4_0" as const, shape: [2, 3, 32] },
    { name: "m", dtype: "MXFP4" as const, shape: [1, 64] },
  ];
  const { header, byteLengths, paddings, fileBytes } = layoutGguf(metadata, tensors);
  const file = new Uint8Array(fileBytes);
  file.set(header);
  const parsed = await readGgufHeader(memorySource(file));
  expect(parsed.metadata.entries).toEqual(metadata);
  let at = header.length;
  for (const [i, { name, dtype, shape }] of tensors.entries()) {
    expect(parsed.tensors.get(name)).toMatchObject({
      shape,
      fileOffset: at,
      byteLength: byteLengths[i],
      type: { name: dtype },
    });
    at += byteLengths[i]! + paddings[i]!;
  }
  expect(at).toBe(fileBytes);
  await expectCode(() => layoutGguf(metadata, [{ name: "x", dtype: "U8", shape: [1] }]), "dtype_unsupported");
  await expectCode(() => layoutGguf(metadata, [{ name: "x", dtype: "F32", shape: [0] }]), "tensor_shape_invalid");
  await expectCode(() => layoutGguf(metadata, [tensors[0]!, tensors[0]!]), "tensor_duplicate");
});

function part(number: number, count: number, name: string): Uint8Array {
  const metadata = new Map<string, GgufValue>([
    ["split.no", { type: "u16", value: number }],
    ["split.count", { type: "u16", value: count }],
    ...(number === 0 ? ([["general.architecture", { type: "string", value: "llama" }]] as const) : []),
  ]);
  const { header, fileBytes } = layoutGguf(metadata, [{ name, dtype: "F32", shape: [2] }]);
  const file = new Uint8Array(fileBytes).fill(number + 1);
  file.set(header);
  return file;
}

test("a split file opens from any of its parts, and from its folder", async () => {
  await withFolder(async (folder) => {
    for (const i of [0, 1, 2]) await writeFile(join(folder, `m-0000${i + 1}-of-00003.gguf`), part(i, 3, `t${i}`));
    for (const path of [folder, join(folder, "m-00002-of-00003.gguf")]) {
      const source = await openCheckpoint(path);
      expect([...source.tensors.keys()].sort()).toEqual(["t0", "t1", "t2"]);
      expect(source.gguf?.string("general.architecture")).toBe("llama");
      expect(await source.read("t2")).toEqual(new Uint8Array(8).fill(3));
      await source.close();
    }
  });
});

test("a split file with parts missing, renamed or foreign is refused", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "m-00001-of-00002.gguf"), part(0, 2, "a"));
    await expectCode(() => openCheckpoint(folder), "shard_missing");
    await writeFile(join(folder, "m-00002-of-00002.gguf"), part(0, 2, "b"));
    await expectCode(() => openCheckpoint(folder), "index_mismatch");
    await writeFile(join(folder, "m-00002-of-00002.gguf"), part(1, 2, "a"));
    await expectCode(() => openCheckpoint(folder), "tensor_duplicate");
    await cp(join(folder, "m-00001-of-00002.gguf"), join(folder, "renamed.gguf"));
    await expectCode(() => openCheckpoint(join(folder, "renamed.gguf")), "shard_missing");
  });
});

test("a header longer than the first read is read further, once or twice", async () => {
  const tokens = Array.from({ length: 150_000 }, (_, i) => `token-${i}`);
  const { header } = layoutGguf(
    new Map([["tokenizer.ggml.tokens", { type: "array", items: "string", value: tokens }]]),
    [],
  );
  const inner = memorySource(header);
  const reads: number[] = [];
  const parsed = await readGgufHeader({
    ...inner,
    read: (offset, length) => {
      reads.push(length);
      return inner.read(offset, length);
    },
  });
  expect(parsed.metadata.strings("tokenizer.ggml.tokens")).toEqual(tokens);
  expect(reads.length).toBeLessThanOrEqual(4);
});
