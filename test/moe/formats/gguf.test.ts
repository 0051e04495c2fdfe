import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { openCheckpoint, readWeights } from "../../../src/moe/formats/checkpoint.ts";
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

test("parts that do not hold as many tensors as they say together are refused", async () => {
  await withFolder(async (folder) => {
    const write = async (number: number, stated: number) => {
      const metadata = new Map<string, GgufValue>([
        ["split.no", { type: "u16", value: number }],
        ["split.count", { type: "u16", value: 2 }],
        ["split.tensors.count", { type: "i32", value: stated }],
      ]);
      const { header, fileBytes } = layoutGguf(metadata, [{ name: `t${number}`, dtype: "F32", shape: [2] }]);
      const file = new Uint8Array(fileBytes);
      file.set(header);
      await writeFile(join(folder, `m-0000${number + 1}-of-00002.gguf`), file);
    };
    for (const number of [0, 1]) await write(number, 3);
    await expectCode(() => openCheckpoint(folder), "index_mismatch");
    for (const number of [0, 1]) await write(number, 2);
    const source = await openCheckpoint(folder);
    expect(source.tensors.size).toBe(2);
    await source.close();
  });
});

function fused(architecture: string, rows: number, extra: readonly string[] = []) {
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: architecture }],
    [`${architecture}.embedding_length`, { type: "u32", value: 32 }],
    [`${architecture}.attention.head_count`, { type: "u32", value: 4 }],
    [`${architecture}.attention.head_count_kv`, { type: "u32", value: 2 }],
  ]);
  const names = ["blk.0.attn_qkv.weight", ...extra];
  const { header, fileBytes } = layoutGguf(
    metadata,
    names.map((name) => ({ name, dtype: "Q8_0", shape: [rows, 32] })),
  );
  const data = Uint8Array.from({ length: fileBytes - header.length }, (_, i) => i % 251);
  const file = Buffer.concat([header, data]);
  return readWeights(memorySource(file), ".");
}

test("joined projections are three ranges of rows of one tensor", async () => {
  const source = await fused("llama", 64);
  expect([...source.tensors.values()].map(({ name, shape, byteLength }) => [name, shape, byteLength])).toEqual([
    ["blk.0.attn_q.weight", [32, 32], 32 * 34],
    ["blk.0.attn_k.weight", [16, 32], 16 * 34],
    ["blk.0.attn_v.weight", [16, 32], 16 * 34],
  ]);
  const whole = await fused("falcon", 64);
  const bytes = await whole.read("blk.0.attn_qkv.weight");
  expect(await source.read("blk.0.attn_k.weight")).toEqual(bytes.slice(32 * 34, 48 * 34));
  expect(await source.readRange("blk.0.attn_v.weight", 34, 34)).toEqual(bytes.slice(49 * 34, 50 * 34));
});

test("joined projections whose rows do not fit the heads, or that stand beside single ones, stay as they are", async () => {
  for (const source of [await fused("llama", 63), await fused("llama", 64, ["blk.0.attn_q.weight"])]) {
    expect(source.tensors.has("blk.0.attn_qkv.weight")).toBe(true);
    expect(source.tensors.has("blk.0.attn_k.weight")).toBe(false);
  }
});
