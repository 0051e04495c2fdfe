/** GGUF files as they are found: made by older and newer converters, by other tools, and of other models. */
import { join } from "node:path";
import type { GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { yarnScale } from "../../../src/moe/model/ropeConfig.ts";
import { failureOf } from "../formats/expectCode.ts";
import { expectSameMaps } from "../formats/sameBytes.ts";
import { withFolder } from "../formats/temporaryFolder.ts";
import { editedExport, f32, type GgufContents, partsOf, specOf, u32 } from "./ggufFiles.ts";

/** The file changed by `edit` holds the same model, bit for bit, as the export it came from. */
async function expectSameModel(name: string, edit: (file: GgufContents) => void): Promise<void> {
  await withFolder(async (folder) => {
    const edited = await editedExport(name, folder, edit);
    const original = join(folder, `${name}.gguf`);
    expect(await specOf(edited)).toEqual(await specOf(original));
    expectSameMaps(await partsOf(edited), await partsOf(original));
  });
}

async function editedSpec(name: string, edit: (file: GgufContents) => void) {
  return withFolder(async (folder) => specOf(await editedExport(name, folder, edit)));
}

async function failureAfter(name: string, edit: (file: GgufContents) => void): Promise<unknown> {
  return failureOf(() => editedSpec(name, edit));
}

test("Mixtral files of the first months: every expert has tensors of its own", async () => {
  await expectSameModel("mixtral", ({ tensors }) => {
    for (const [name, { shape, values }] of [...tensors]) {
      const [, prefix] = /^(.*)_exps\.weight$/.exec(name) ?? [];
      if (prefix === undefined) continue;
      tensors.delete(name);
      const [experts = 0, ...matrix] = shape;
      const each = values.length / experts;
      for (let expert = 0; expert < experts; expert++) {
        const own = values.slice(expert * each, (expert + 1) * each);
        tensors.set(`${prefix}.${expert}.weight`, { shape: matrix, values: own });
      }
    }
  });
});

/** `[rows of a, then rows of b, …]`, along the axis before `inner` innermost ones. */
function joined(file: GgufContents, names: readonly string[], into: string, inner: number): void {
  const parts = names.map((name) => file.tensors.get(name)!);
  const shape = [...parts[0]!.shape];
  const axis = shape.length - 1 - inner;
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const pieces = Array.from({ length: outer }, (_, i) =>
    parts.map(({ values }) => values.subarray((i * values.length) / outer, ((i + 1) * values.length) / outer)),
  ).flat();
  const values = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    values.set(piece, at);
    at += piece.length;
  }
  for (const name of names) file.tensors.delete(name);
  file.tensors.set(into, { shape, values });
}

test.each(["mixtral", "qwen2moe", "qwen3moe", "gpt_oss"])(
  "%s: projections and experts' matrices that a newer converter joined are taken apart",
  async (name) => {
    await expectSameModel(name, (file) => {
      for (let layer = 0; file.tensors.has(`blk.${layer}.attn_norm.weight`); layer++) {
        const block = `blk.${layer}.`;
        const projections = (suffix: string) => ["q", "k", "v"].map((letter) => `${block}attn_${letter}.${suffix}`);
        joined(file, projections("weight"), `${block}attn_qkv.weight`, 1);
        if (file.tensors.has(`${block}attn_q.bias`)) joined(file, projections("bias"), `${block}attn_qkv.bias`, 0);
        const halves = [`${block}ffn_gate_exps.weight`, `${block}ffn_up_exps.weight`];
        joined(file, halves, `${block}ffn_gate_up_exps.weight`, 1);
      }
    });
  },
);

/** Keys [heads, rank, plain] and values [heads, valueDim, rank] as the one projection [heads (plain + valueDim), rank]. */
function withoutHalves(file: GgufContents): void {
  for (const [name, keys] of [...file.tensors]) {
    if (!name.endsWith(".attn_k_b.weight")) continue;
    const valuesName = name.replace("attn_k_b", "attn_v_b");
    const value = file.tensors.get(valuesName)!;
    const [heads = 0, rank = 0, plain = 0] = keys.shape;
    const valueDim = value.shape[1]!;
    const rows = plain + valueDim;
    const values = new Float32Array(heads * rows * rank);
    for (let head = 0; head < heads; head++) {
      for (let row = 0; row < rows; row++) {
        for (let r = 0; r < rank; r++) {
          values[(head * rows + row) * rank + r] =
            row < plain
              ? keys.values[(head * rank + r) * plain + row]!
              : value.values[(head * valueDim + row - plain) * rank + r]!;
        }
      }
    }
    file.tensors.delete(name);
    file.tensors.delete(valuesName);
    file.tensors.set(name.replace("attn_k_b", "attn_kv_b"), { shape: [heads * rows, rank], values });
  }
}

test("DeepSeek files of 2024: keys and values in one projection, sizes of heads instead of cached vectors", async () => {
  await expectSameModel("deepseek_v3", (file) => {
    withoutHalves(file);
    const { metadata } = file;
    for (const name of ["key_length", "value_length"]) {
      metadata.set(`deepseek2.attention.${name}`, metadata.get(`deepseek2.attention.${name}_mla`)!);
      metadata.delete(`deepseek2.attention.${name}_mla`);
    }
    metadata.set("deepseek2.attention.head_count_kv", metadata.get("deepseek2.attention.head_count")!);
    metadata.delete("deepseek2.expert_gating_func");
  });
});

test("layers for drafting are counted in the file and left out of the model", async () => {
  await expectSameModel("deepseek_v3", ({ metadata, tensors }) => {
    metadata.set("deepseek2.block_count", u32(4));
    metadata.set("deepseek2.nextn_predict_layers", u32(1));
    tensors.set("blk.3.nextn.eh_proj.weight", { shape: [2, 2], values: new Float32Array(4) });
    tensors.set("blk.3.attn_norm.weight", { shape: [48], values: new Float32Array(48) });
  });
});

test("sizes that are listed layer by layer are taken where all layers agree, refused where not", async () => {
  const list = (...value: number[]): GgufValue => ({ type: "array", items: "u32", value });
  await expectSameModel("qwen3moe", ({ metadata }) => {
    metadata.set("qwen3moe.attention.head_count_kv", list(2, 2, 2));
    metadata.set("qwen3moe.expert_used_count", list(2, 2, 2));
  });
  const mixed = (file: GgufContents) => file.metadata.set("qwen3moe.attention.head_count_kv", list(2, 1, 2));
  expect(await failureAfter("qwen3moe", mixed)).toBe("config_unsupported");
});

test("a stated vocabulary that the tensors do not have is not believed", async () => {
  await expectSameModel("mixtral", ({ metadata }) => metadata.set("llama.vocab_size", u32(32_000)));
});

test("absent keys mean what llama.cpp takes them for, not what a config.json would", async () => {
  const { attention, rope } = await editedSpec("olmoe", ({ metadata }) => {
    for (const key of ["attention.head_count_kv", "attention.key_length", "rope.freq_base", "rope.dimension_count"]) {
      metadata.delete(`olmoe.${key}`);
    }
  });
  expect(attention).toMatchObject({ heads: 4, keyValueHeads: 4, headDim: 16 });
  expect(rope).toMatchObject({ theta: 10_000, dimension: 16 });
  const { router } = await editedSpec("deepseek_v3", ({ metadata }) => {
    for (const key of ["weights_scale", "weights_norm", "group_count", "group_used_count"]) {
      metadata.delete(`deepseek2.expert_${key}`);
    }
  });
  expect(router).toEqual({ kind: "sigmoid", normalise: false, scale: 1, groups: { count: 1, chosen: 1 } });
  const granite = await editedSpec("granitemoe", ({ metadata }) => {
    for (const key of ["attention.scale", "residual_scale", "embedding_scale"]) metadata.delete(`granitemoe.${key}`);
  });
  expect(granite.attention.scale).toBeCloseTo(16 ** -0.5, 12);
  expect(granite.multipliers).toMatchObject({ residual: 1, embedding: 1 });
});

test("rotary positions: a factor without a type is linear, YaRN's own factor is kept, a partial rotation refused", async () => {
  const linear = await editedSpec("mixtral", ({ metadata }) => metadata.set("llama.rope.scaling.factor", f32(4)));
  expect(linear.rope?.scaling).toEqual({ kind: "linear", factor: 4 });
  const partial = ({ metadata }: GgufContents) => metadata.set("qwen3moe.rope.dimension_count", u32(18));
  expect(await failureAfter("qwen3moe", partial)).toBe("config_unsupported");
  const yarn = (extra: Record<string, number>) =>
    editedSpec("qwen3moe", ({ metadata }) => {
      metadata.set("qwen3moe.rope.scaling.type", { type: "string", value: "yarn" });
      metadata.set("qwen3moe.rope.scaling.factor", f32(4));
      metadata.set("qwen3moe.rope.scaling.original_context_length", u32(32));
      for (const [key, value] of Object.entries(extra)) metadata.set(`qwen3moe.rope.scaling.${key}`, f32(value));
    });
  const scale = yarnScale(4, 1);
  for (const [extra, attentionFactor] of [
    [{}, scale],
    [{ attn_factor: 0.5 }, 0.5 * scale],
    [{ yarn_attn_factor: 1.25 }, 1.25],
  ] as const) {
    expect((await yarn(extra)).rope?.scaling).toMatchObject({
      kind: "yarn",
      factor: 4,
      originalPositions: 32,
      attentionFactor,
    });
  }
});

test("Phi-MoE: the attention factor that the converter works out is not the model's", async () => {
  const scaling = async (factor: number) => {
    const { rope } = await editedSpec("phimoe", ({ metadata }) => {
      metadata.set("phimoe.context_length", u32(131_072));
      metadata.set("phimoe.rope.scaling.original_context_length", u32(4096));
      metadata.set("phimoe.rope.scaling.attn_factor", f32(factor));
    });
    return rope?.scaling;
  };
  const converted = Math.sqrt(1 + Math.log(32) / Math.log(4096));
  expect(await scaling(converted)).toMatchObject({ shortScale: 1.243163121016122, longScale: 1.243163121016122 });
  expect(await scaling(1.5)).toMatchObject({ shortScale: 1.5, longScale: 1.5 });
});

test("gpt-oss: layers with a window, listed or by their period", async () => {
  const windows = async (value: GgufValue) => {
    const edit = ({ metadata }: GgufContents) => metadata.set("gpt-oss.attention.sliding_window_pattern", value);
    return (await editedSpec("gpt_oss", edit)).layers.map(({ window }) => window);
  };
  expect(await windows(u32(2))).toEqual([8, undefined, 8, undefined]);
  expect(await windows(u32(4))).toEqual([8, 8, 8, undefined]);
  expect(await windows({ type: "array", items: "bool", value: [false, true, true, false] })).toEqual([
    undefined,
    8,
    8,
    undefined,
  ]);
});

test("Granite without positions is told from Granite with them", async () => {
  const edit = ({ metadata }: GgufContents) =>
    metadata.set("granitemoe.rope.scaling.finetuned", { type: "bool", value: false });
  expect((await editedSpec("granitemoe", edit)).rope).toBeUndefined();
});
