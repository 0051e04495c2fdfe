import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportSafetensors } from "../../../src/moe/export/safetensors.ts";
import { refuseExisting, writeStreamed } from "../../../src/moe/export/streamedFile.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import type { TensorSource } from "../../../src/moe/tensor.ts";
import { expectCode, failureOf } from "../formats/expectCode.ts";
import { CHECKPOINTS, FORMATS } from "../formats/fixtures.ts";
import { expectSameBytes } from "../formats/sameBytes.ts";
import { withFolder } from "../formats/temporaryFolder.ts";

async function using(path: string, use: (source: TensorSource) => Promise<void>): Promise<void> {
  const source = await openCheckpoint(path);
  try {
    await use(source);
  } finally {
    await source.close();
  }
}

async function expectSame(a: TensorSource, b: TensorSource): Promise<void> {
  expect(new Set(b.tensors.keys())).toEqual(new Set(a.tensors.keys()));
  for (const [name, { dtype, shape }] of a.tensors) {
    expect(b.tensors.get(name)).toMatchObject({ dtype, shape });
    expectSameBytes(await b.read(name), await a.read(name));
  }
}

const NAMES = ["mixtral-bf16", "olmoe-pt", "olmoe-f16-pt", "gpt_oss-mxfp4", "deepseek_v3", "phimoe"];

test.each(NAMES)("%s leaves as one file and as shards with every tensor bit for bit", async (name) => {
  await withFolder(async (folder) => {
    await using(join(CHECKPOINTS, name), async (source) => {
      const whole = await exportSafetensors(source, join(folder, "whole"));
      expect(whole.files).toEqual(["model.safetensors"]);
      await using(join(folder, "whole"), (copy) => expectSame(source, copy));

      const shards = await exportSafetensors(source, join(folder, "shards"), { maxShardBytes: 100_000 });
      expect(shards.files.length).toBeGreaterThan(3);
      expect((await readdir(join(folder, "shards"))).sort()).toEqual([...shards.files].sort());
      await using(join(folder, "shards"), (copy) => expectSame(source, copy));
      const index = JSON.parse(await readFile(join(folder, "shards/model.safetensors.index.json"), "utf8"));
      expect(index.metadata.total_size).toBe(whole.tensorBytes);
      expect(new Set(Object.values(index.weight_map)).size).toBe(shards.files.length - 1);
    });
  });
});

test("config and tokenizer files are written beside the weights; only bare names are", async () => {
  await withFolder(async (folder) => {
    await using(join(CHECKPOINTS, "mixtral-bf16"), async (source) => {
      const config = await readFile(join(CHECKPOINTS, "mixtral-bf16/config.json"));
      const files = new Map<string, Uint8Array | string>([
        ["config.json", config],
        ["chat_template.jinja", "{{ messages }}"],
      ]);
      await exportSafetensors(source, folder, { files });
      expect(await readFile(join(folder, "config.json"))).toEqual(config);
      expect(await readFile(join(folder, "chat_template.jinja"), "utf8")).toBe("{{ messages }}");
      for (const name of ["../evil", "/evil", "a/b", "..", ".hidden", ""]) {
        const outside = exportSafetensors(source, join(folder, "x"), { files: new Map([[name, ""]]) });
        await expectCode(() => outside, "shard_name_invalid");
      }
    });
  });
});

test("nothing that is there is replaced unless asked for", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "model.safetensors"), "mine");
    await using(join(CHECKPOINTS, "mixtral-bf16"), async (source) => {
      await expectCode(() => exportSafetensors(source, folder), "target_exists");
      expect(await readFile(join(folder, "model.safetensors"), "utf8")).toBe("mine");
      await exportSafetensors(source, folder, { overwrite: true });
      await using(folder, (copy) => expectSame(source, copy));
    });
  });
});

test("an export that fails or is aborted leaves no file behind", async () => {
  await withFolder(async (folder) => {
    await using(join(CHECKPOINTS, "mixtral"), async (source) => {
      const failing: TensorSource = {
        ...source,
        tensors: source.tensors,
        readRange: async (name, offset, length) => {
          if (name.includes("layers.2")) throw new Error("disk broke");
          return source.readRange(name, offset, length);
        },
      };
      await expect(exportSafetensors(failing, folder)).rejects.toThrow("disk broke");
      expect(await readdir(folder)).toEqual([]);
      await expect(exportSafetensors(source, folder, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
      expect(await readdir(folder)).toEqual([]);
    });
  });
});

test("a GGUF file's quantised tensors have no place in safetensors", async () => {
  await withFolder(async (folder) => {
    await using(join(FORMATS, "gguf/reference.gguf"), async (source) => {
      await expectCode(() => exportSafetensors(source, folder), "dtype_unsupported");
      expect(await readdir(folder)).toEqual([]);
    });
  });
});

test("a streamed file has exactly the announced bytes, or does not come into being", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "f");
    const short = () => writeStreamed(path, 10, (write) => write(new Uint8Array(9)));
    expect(await failureOf(short)).toBe("tensor_size_mismatch");
    expect(await readdir(folder)).toEqual([]);
    await writeStreamed(path, 4, async (write) => {
      await write(Uint8Array.of(1, 2));
      await write(Uint8Array.of(3, 4));
    });
    expect([...(await readFile(path))]).toEqual([1, 2, 3, 4]);
    await mkdir(join(folder, "sub"));
    await refuseExisting([join(folder, "sub/none")]);
    await expectCode(() => refuseExisting([join(folder, "sub")]), "target_exists");
  });
});
