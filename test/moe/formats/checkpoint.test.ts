import { cp, mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import type { FormatErrorCode } from "../../../src/moe/formats/errors.ts";
import { encodeSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import type { TensorSource } from "../../../src/moe/tensor.ts";
import { expectCode } from "./expectCode.ts";
import { BAD, CHECKPOINTS, FORMATS } from "./fixtures.ts";
import { processorMs, QUICK_MS } from "./processorTime.ts";
import { expectSameBytes, expectSameMaps } from "./sameBytes.ts";
import { withFolder } from "./temporaryFolder.ts";

async function allBytes(source: TensorSource): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const name of source.tensors.keys()) found.set(name, await source.read(name));
  return found;
}

test.each(["mixtral", "mixtral-bf16", "olmoe", "olmoe-f16"])(
  "%s has the same tensors, bit for bit, as safetensors and as PyTorch's pickle",
  async (name) => {
    const safe = await openCheckpoint(join(CHECKPOINTS, name));
    const torch = await openCheckpoint(join(CHECKPOINTS, `${name}-pt`));
    expect([safe.format, torch.format]).toEqual(["safetensors", "torch"]);
    for (const [tensor, info] of safe.tensors) {
      expect(torch.tensors.get(tensor)).toMatchObject({ dtype: info.dtype, shape: info.shape });
      expectSameBytes(await torch.read(tensor), await safe.read(tensor));
    }
    await Promise.all([safe.close(), torch.close(), safe.close()]);
  },
);

test("all checkpoints open, and a sharded one knows its files", async () => {
  const names = (await readdir(CHECKPOINTS)).filter((name) => !name.includes(".") && name !== "bad");
  expect(names.length).toBeGreaterThanOrEqual(21);
  for (const name of names) {
    const source = await openCheckpoint(join(CHECKPOINTS, name));
    expect(source.tensors.size).toBeGreaterThan(20);
    await source.close();
  }
  const sharded = await openCheckpoint(join(CHECKPOINTS, "olmoe"));
  expect(sharded.files.map((file) => file.name)).toEqual([
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ]);
  await sharded.close();
});

const BROKEN: readonly (readonly [string, FormatErrorCode])[] = [
  ["truncated-data", "tensor_offsets_invalid"],
  ["header-length-past-eof", "file_truncated"],
  ["header-not-json", "header_invalid"],
  ["overlapping-offsets", "tensor_offsets_invalid"],
  ["offsets-past-end", "tensor_offsets_invalid"],
  ["wrong-dtype-size", "tensor_size_mismatch"],
  ["empty-file", "file_truncated"],
  ["lfs-pointer", "file_is_lfs_pointer"],
  ["index-missing-shard", "shard_missing"],
  ["index-path-traversal", "shard_name_invalid"],
  ["pickle-code", "pickle_forbidden"],
  ["pickle-truncated", "zip_invalid"],
  ["pickle-short-storage", "tensor_data_invalid"],
  ["no-weights", "weights_missing"],
];

test.each(BROKEN)("broken folder %s is refused with %s at once, and nothing is written", async (name, code) => {
  const before = await readdir(join(BAD, name));
  const started = process.cpuUsage();
  await expectCode(() => openCheckpoint(join(BAD, name)), code);
  expect(processorMs(started)).toBeLessThan(QUICK_MS);
  expect(await readdir(join(BAD, name))).toEqual(before);
  expect(before).not.toContain("pwned");
});

const tensor = (name: string) => ({ name, dtype: "U8" as const, shape: [4], bytes: Uint8Array.of(1, 2, 3, 4) });
const index = (map: Readonly<Record<string, string>>) =>
  JSON.stringify({ metadata: { total_size: 4 }, weight_map: map });

test.each<readonly [string, Readonly<Record<string, string | Uint8Array>>, FormatErrorCode]>([
  ["an index of nothing", { "model.safetensors.index.json": index({}) }, "index_invalid"],
  ["an index without a map", { "model.safetensors.index.json": '{"metadata":{}}' }, "index_invalid"],
  ["an index that is no JSON", { "model.safetensors.index.json": "[" }, "index_invalid"],
  [
    "a tensor twice in the index",
    { "model.safetensors.index.json": '{"weight_map":{"a":"x","a":"y"}}' },
    "index_invalid",
  ],
  [
    "two maps in the index",
    { "model.safetensors.index.json": '{"weight_map":{"a":"x"},"weight_map":{"a":"y"}}' },
    "index_invalid",
  ],
  ["nesting in the index", { "model.safetensors.index.json": `{"metadata":${"[".repeat(100)}` }, "index_invalid"],
  ["an index with a number as shard", { "model.safetensors.index.json": '{"weight_map":{"a":1}}' }, "index_invalid"],
  [
    "a tensor that its shard lacks",
    {
      "model.safetensors.index.json": index({ a: "s.safetensors", b: "s.safetensors" }),
      "s.safetensors": encodeSafetensors([tensor("a")]),
    },
    "index_mismatch",
  ],
  ["a shard that is no file", { "model.safetensors.index.json": index({ a: "absent.safetensors" }) }, "shard_missing"],
  [
    "several weights files",
    { "a.safetensors": encodeSafetensors([tensor("a")]), "b.safetensors": encodeSafetensors([tensor("b")]) },
    "weights_ambiguous",
  ],
  ["a text file called .bin", { "pytorch_model.bin": "hello hello hello" }, "zip_invalid"],
  ["only an optimizer's state", { "optimizer.bin": "x", "training_args.bin": "x" }, "weights_missing"],
])("refused: %s", async (_, files, code) => {
  await withFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    await expectCode(() => openCheckpoint(folder), code);
  });
});

test.each([
  "../x",
  "/etc/passwd",
  "a/b",
  "a\\b",
  "..",
  ".",
  "",
  ".hidden",
  "C:x",
  "a\u0000b",
  "~/x",
  "a..b",
  "x".repeat(300),
  "file:///etc/passwd",
  "http://x/y",
])("shard name %j is refused", async (name) => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "model.safetensors.index.json"), index({ a: name }));
    await expectCode(() => openCheckpoint(folder), "shard_name_invalid");
  });
});

test("a shard that is a link is refused unless links are allowed", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "blob"), encodeSafetensors([tensor("a")]));
    await mkdir(join(folder, "snapshot"));
    await symlink("../blob", join(folder, "snapshot/model.safetensors"));
    await expectCode(() => openCheckpoint(join(folder, "snapshot")), "file_is_link");
    const source = await openCheckpoint(join(folder, "snapshot"), { followLinks: true });
    expect(await source.read("a")).toEqual(tensor("a").bytes);
    await source.close();
  });
});

test("what a file is its bytes decide: weights under any name open", async () => {
  await withFolder(async (folder) => {
    for (const [from, to] of [
      [join(CHECKPOINTS, "mixtral/model.safetensors"), "weights.bin"],
      [join(CHECKPOINTS, "mixtral-pt/pytorch_model.bin"), "weights.safetensors"],
      [join(FORMATS, "gguf/reference.gguf"), "weights.pt"],
    ] as const) {
      await cp(from, join(folder, to));
      const source = await openCheckpoint(join(folder, to));
      expect(source.tensors.size).toBeGreaterThan(0);
      await source.close();
    }
    await writeFile(join(folder, "notes.txt"), "this is no model, it is only text");
    await expectCode(() => openCheckpoint(join(folder, "notes.txt")), "format_unknown");
    await expectCode(() => openCheckpoint(join(folder, "absent")), "file_missing");
  });
});

test("tensors that an index does not name are left out; one shard may not give the tensor of another", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "1.safetensors"), encodeSafetensors([tensor("a"), tensor("extra")]));
    await writeFile(
      join(folder, "2.safetensors"),
      encodeSafetensors([tensor("b"), { ...tensor("a"), bytes: new Uint8Array(4) }]),
    );
    await writeFile(join(folder, "model.safetensors.index.json"), index({ a: "1.safetensors", b: "2.safetensors" }));
    const source = await openCheckpoint(folder);
    expect([...(await allBytes(source)).entries()]).toEqual([
      ["a", tensor("a").bytes],
      ["b", tensor("b").bytes],
    ]);
    await source.close();
  });
});

test("after a failure no descriptor stays open", async () => {
  if (process.platform !== "linux") return console.log("not checked here: only Linux lists a process's descriptors");
  const opened = await openCheckpoint(join(CHECKPOINTS, "olmoe"));
  expect((await openFiles(CHECKPOINTS)).length).toBeGreaterThan(0);
  await opened.close();
  for (let i = 0; i < 10; i++) {
    for (const [name] of BROKEN) await openCheckpoint(join(BAD, name)).catch(() => {});
    await openCheckpoint(join(CHECKPOINTS, "olmoe")).then((source) => source.close());
  }
  expect(await openFiles(CHECKPOINTS)).toEqual([]);
  expect(await openFiles(BAD)).toEqual([]);
});

/** Paths below `folder` which this process holds open. Other descriptors come and go with the runtime. */
async function openFiles(folder: string): Promise<string[]> {
  const names = await readdir("/proc/self/fd");
  const paths = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(folder));
}

test("a shard replaced after opening does not change what is read", async () => {
  await withFolder(async (folder) => {
    await cp(join(CHECKPOINTS, "mixtral"), folder, { recursive: true });
    const path = join(folder, "model.safetensors");
    const source = await openCheckpoint(folder);
    const original = await openCheckpoint(join(CHECKPOINTS, "mixtral"));
    const expected = await allBytes(original);
    await original.close();
    await writeFile(join(folder, "evil"), await readFile(join(CHECKPOINTS, "qwen3moe/model.safetensors")));
    await rename(join(folder, "evil"), path);
    expectSameMaps(await allBytes(source), expected);
    expect(basename(path)).toBe(source.files[0]!.name);
    await source.close();
  });
});

test("a signal ends the reading of headers", async () => {
  for (const name of ["olmoe", "mixtral-pt", "olmoe-f16-pt"]) {
    await expect(openCheckpoint(join(CHECKPOINTS, name), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  }
});
