import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportGguf } from "../../../src/moe/export/gguf/exportGguf.ts";
import { GGUF_EXPORT_TYPES } from "../../../src/moe/export/gguf/types.ts";
import { fromFloat32, readFloat32, toFloat32 } from "../../../src/moe/formats/float32.ts";
import { ggufConfig } from "../../../src/moe/model/ggufConfig.ts";
import { parseConfig } from "../../../src/moe/model/parseConfig.ts";
import { expectCode } from "../formats/expectCode.ts";
import { CHECKPOINTS } from "../formats/fixtures.ts";
import { expectSameBytes, expectSameMaps } from "../formats/sameBytes.ts";
import { withFolder } from "../formats/temporaryFolder.ts";
import { allParts, withSource } from "../model/ggufFiles.ts";
import { exportFixture, readConfig } from "./ggufExport.ts";

const EXPORTABLE = [
  "mixtral",
  "mixtral-bf16",
  "mixtral-f16",
  "mixtral-pt",
  "olmoe",
  "olmoe-f16",
  "qwen2moe",
  "qwen3moe",
  "deepseek_v2-group",
  "deepseek_v3",
  "gpt_oss",
  "gpt_oss-mxfp4",
  "granitemoe",
  "phimoe",
];

test.each(EXPORTABLE)("%s: the float32 export has every part of the model bit for bit", async (name) => {
  await withFolder(async (folder) => {
    const path = join(folder, "m.gguf");
    const report = await exportFixture(name, path, { type: "f32", allowDifferences: true });
    const spec = parseConfig(await readConfig(name));
    const original = await withSource(join(CHECKPOINTS, name), (source) => allParts(spec, source));
    await withSource(path, async (source) => {
      expect(source.tensors.size).toBe(report.tensors);
      expectSameMaps(await allParts(spec, source), original);
    });
  });
});

test.each(["olmoe", "mixtral", "deepseek_v3", "gpt_oss-mxfp4"])(
  "%s: in every smaller type, parts are the originals rounded once; norms, biases and routers are exact",
  async (name) => {
    await withFolder(async (folder) => {
      const spec = parseConfig(await readConfig(name));
      const original = await withSource(join(CHECKPOINTS, name), (source) => allParts(spec, source));
      for (const type of GGUF_EXPORT_TYPES) {
        const path = join(folder, `${type}.gguf`);
        const { fileBytes } = await exportFixture(name, path, { type, allowDifferences: true });
        await withSource(path, async (source) => {
          expect(source.files[0]?.byteLength).toBe(fileBytes);
          for (const [key, values] of await allParts(spec, source)) {
            const exact = original.get(key)!;
            if (!/^(?!.*router).*(query|key|value|output|gateUp|down|head|embedding|latent\w+)\.weight$/i.test(key)) {
              expectSameBytes(values, exact);
            } else
              expect(relativeError(values, exact)).toBeLessThan(
                { f32: 0, f16: 1e-3, bf16: 4e-3, q8_0: 1e-2, q4_0: 0.15 }[type] + 1e-9,
              );
          }
        });
      }
    });
  },
);

function relativeError(values: Float32Array, exact: Float32Array): number {
  const square = (list: Float32Array) => list.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(square(values.map((value, i) => value - exact[i]!)) / square(exact));
}

test("MXFP4 experts are carried over without touching a value", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "m.gguf");
    await exportFixture("gpt_oss-mxfp4", path, { type: "q4_0", allowDifferences: true });
    const spec = parseConfig(await readConfig("gpt_oss-mxfp4"));
    const original = await withSource(join(CHECKPOINTS, "gpt_oss-mxfp4"), (source) => allParts(spec, source));
    await withSource(path, async (source) => {
      expect(source.tensors.get("blk.0.ffn_down_exps.weight")).toMatchObject({ dtype: "MXFP4", shape: [6, 64, 64] });
      const parts = await allParts(spec, source);
      for (const [key, values] of original) if (/expert\d+ /.test(key)) expectSameBytes(parts.get(key), values);
    });
  });
});

test("rows of queries and keys are paired for the llama architecture and left alone for the others", async () => {
  await withFolder(async (folder) => {
    await exportFixture("mixtral", join(folder, "mixtral.gguf"), { type: "f32" });
    await exportFixture("olmoe", join(folder, "olmoe.gguf"), { type: "f32" });
    for (const [name, paired] of [
      ["mixtral", true],
      ["olmoe", false],
    ] as const) {
      const theirs = await withSource(join(CHECKPOINTS, name), (source) =>
        readFloat32(source, "model.layers.0.self_attn.k_proj.weight"),
      );
      const ours = await withSource(join(folder, `${name}.gguf`), (source) =>
        readFloat32(source, "blk.0.attn_k.weight"),
      );
      const row = (values: Float32Array, i: number) => values.slice(i * 64, (i + 1) * 64);
      // Heads of 16 rows: row 1 of the file is row 8 of the head where pairs are neighbours.
      expect(row(ours, 1)).toEqual(row(theirs, paired ? 8 : 1));
      expect(row(ours, 16 + 2)).toEqual(row(theirs, 16 + (paired ? 1 : 2)));
    }
  });
});

const EXACT = ["mixtral", "olmoe", "qwen2moe", "qwen3moe", "deepseek_v3", "granitemoe", "gpt_oss"];

test.each(EXACT)("%s: the metadata describes the same model as config.json", async (name) => {
  await withFolder(async (folder) => {
    const path = join(folder, "m.gguf");
    await exportFixture(name, path, { type: "f32", allowDifferences: true });
    const expected = parseConfig(await readConfig(name));
    const found = await withSource(path, async (source) => parseConfig(await ggufConfig(source.gguf!, source)));
    for (const key of ["hiddenSize", "vocabSize", "maxPositions", "layers", "router"] as const) {
      expect(found[key]).toEqual(expected[key]);
    }
    expect(found.experts).toEqual(expected.experts);
    expect(found.norm.epsilon).toBe(Math.fround(expected.norm.epsilon));
    expect(found.attention.scale).toBeCloseTo(expected.attention.scale, 5);
    expect(found.rope?.theta).toBe(expected.rope?.theta);
  });
});

/**
 * SHA-256 of exports that llama.cpp (node-llama-cpp 3.22.1, one thread) was fed with the ids of reference.json: all 72
 * greedy tokens of each model were those of the reference library. Another hash means another file: check it again.
 */
const VERIFIED = {
  mixtral: "b179cbfdd65b15328904e2c225ccac362f35e2e8c93395d823bfccec0e99cf3c",
  "mixtral-f16": "d661c41ace44698b69eb75a6ba1580f5a3c15a4aaaa0c8e41592d295f193adb9",
  olmoe: "8d5963c76a342617b30d3d4e82e9d7c395a7ecc9acea2c6c62c74ff1d77b6841",
  qwen2moe: "59df21aadb39faee63ffb538094e5ea554e454d6d856f9faec76ffba2d3a7d15",
  qwen3moe: "6cd018ef8416fbd44212e0a5c72ddb05b98d767c8fd8c02a56fe9e029b55daca",
  deepseek_v3: "0950f13004bd8b99d317736fa25b90d02f678082f503af3ece7d7e1b19d4ae6c",
  granitemoe: "ae8e5f4b10321d18318cc311a72bcf609e561bcfa1783470c25481cd27f926ec",
} as const;

test.each(Object.entries(VERIFIED))(
  "%s: the export is the file that llama.cpp was checked with",
  async (name, sha256) => {
    await withFolder(async (folder) => {
      const path = join(folder, "m.gguf");
      const { differences } = await exportFixture(name, path, { type: "f32" });
      expect(differences).toEqual([]);
      expect(
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
      ).toBe(sha256);
    });
  },
);

test.each([
  ["olmoe-bf16", /key and value heads/],
  ["qwen2moe-mix", /without experts between/],
  ["qwen3moe-mix-v5", /without experts between/],
  ["deepseek_v2-lite", /uncompressed queries/],
])("%s cannot be expressed and is refused, with nothing written", async (name, reason) => {
  await withFolder(async (folder) => {
    const attempt = () => exportFixture(name, join(folder, "m.gguf"), { type: "f16", allowDifferences: true });
    await expectCode(attempt, "export_unsupported");
    await expect(attempt()).rejects.toThrow(reason);
    expect(await readdir(folder)).toEqual([]);
  });
});

test.each([
  ["mixtral-bf16", /sliding window/],
  ["olmoe-f16", /not clipped/],
  ["deepseek_v2-group", /expert groups/],
  ["gpt_oss", /YaRN/],
  ["phimoe", /softmax/],
])("%s would be computed differently: refused unless that is accepted", async (name, difference) => {
  await withFolder(async (folder) => {
    const path = join(folder, "m.gguf");
    await expectCode(() => exportFixture(name, path, { type: "f16" }), "export_differs");
    const { differences } = await exportFixture(name, path, { type: "f16", allowDifferences: true });
    expect(differences.join("; ")).toMatch(difference);
  });
});

test("a checkpoint with infinite weights is not exported, and nothing is left behind", async () => {
  await withFolder(async (folder) => {
    await withSource(join(CHECKPOINTS, "bad/nan-weights"), async (source) => {
      const config = await readConfig("bad/nan-weights");
      for (const type of ["f32", "q8_0"] as const) {
        await expectCode(
          () => exportGguf(source, config, undefined, join(folder, "m.gguf"), { type }),
          "tensor_data_invalid",
        );
      }
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

test("a file that is there is not replaced unless asked for", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "m.gguf");
    await writeFile(path, "mine");
    await expectCode(() => exportFixture("olmoe", path, { type: "f16" }), "target_exists");
    expect(await readFile(path, "utf8")).toBe("mine");
    await exportFixture("olmoe", path, { type: "f16", overwrite: true });
    await withSource(path, async (source) => expect(source.format).toBe("gguf"));
  });
});

test("a GGUF file is a source like any other: quantised in, float32 out", async () => {
  await withFolder(async (folder) => {
    const small = join(folder, "q8.gguf");
    const large = join(folder, "f32.gguf");
    await exportFixture("mixtral", small, { type: "q8_0" });
    await withSource(small, async (source) => {
      await exportGguf(source, await readConfig("mixtral"), undefined, large, { type: "f32" });
      const { dtype } = source.tensors.get("blk.0.attn_q.weight")!;
      const values = toFloat32(await source.read("blk.0.attn_q.weight"), dtype);
      await withSource(large, async (copy) => {
        expectSameBytes(await readFloat32(copy, "blk.0.attn_q.weight"), values);
        expect(fromFloat32(values, "Q8_0").length).toBe(source.tensors.get("blk.0.attn_q.weight")!.byteLength);
        expect(copy.gguf?.string("tokenizer.ggml.model")).toBe("no_vocab");
      });
    });
  });
});
