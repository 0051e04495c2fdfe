/** Checkpoints as slots: nothing is lost, nothing is counted twice, and what does not fit is refused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSlot } from "../../../src/core/slot.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { parseConfig, parseConfigText } from "../../../src/moe/model/parseConfig.ts";
import { checkpointTable, payloadParts, type TensorRange } from "../../../src/moe/model/slotTable.ts";
import type { ModelSpec } from "../../../src/moe/model/spec.ts";
import type { TensorInfo } from "../../../src/moe/tensor.ts";

const CHECKPOINTS = join(import.meta.dirname, "../../fixtures/checkpoints");
const NAMES = [
  "mixtral",
  "mixtral-f16",
  "olmoe",
  "qwen2moe-mix",
  "qwen3moe-mix-v5",
  "deepseek_v2-group",
  "deepseek_v3",
  "gpt_oss",
  "gpt_oss-mxfp4",
  "granitemoe",
  "phimoe",
  "mixtral-bf16-pt",
];

for (const name of NAMES) {
  test(`${name}: split into slots and assembled again, every tensor has its bytes`, async () => {
    const checkpoint = await openCheckpoint(join(CHECKPOINTS, name));
    const source = await folderSlotSource(join(CHECKPOINTS, name));
    const assembled = new Map<string, Uint8Array>();
    const covered = new Map<string, number>();
    for (const [slot, { parts }] of source.slots) {
      for (const { name: tensor, byteLength } of parts.flatMap(({ tensors }) => tensors)) {
        const bytes = await source.read(slot, tensor);
        expect(bytes.length).toBe(byteLength);
        const range = source.table.ranges.get(tensor) as TensorRange;
        const whole = assembled.get(range.name) ?? new Uint8Array(checkpoint.tensors.get(range.name)?.byteLength ?? 0);
        whole.set(bytes, range.byteOffset);
        assembled.set(range.name, whole);
        covered.set(range.name, (covered.get(range.name) ?? 0) + bytes.length);
      }
    }
    for (const [tensor, { byteLength }] of checkpoint.tensors) {
      if (source.table.ignored.includes(tensor)) continue;
      expect(covered.get(tensor)).toBe(byteLength);
      expect(Buffer.compare(assembled.get(tensor) as Uint8Array, await checkpoint.read(tensor))).toBe(0);
    }
    expect(assembled.size + source.table.ignored.length).toBe(checkpoint.tensors.size);
    await source.close();
    await checkpoint.close();
  });

  test(`${name}: a slot's parts are found again from its payload alone`, async () => {
    const source = await folderSlotSource(join(CHECKPOINTS, name));
    for (const [slot, { parts }] of source.slots) {
      const payload = new Map(parts.flatMap(({ tensors }) => tensors).map((tensor) => [tensor.name, tensor]));
      const parsed = parseSlot(slot);
      if (parsed === undefined) throw new Error(slot);
      expect(payloadParts(source.spec, parsed, "hugging-face", payload)).toEqual(parts);
    }
    await source.close();
  });
}

test("slices of stacked experts carry the expert's number in their names", async () => {
  const source = await folderSlotSource(join(CHECKPOINTS, "granitemoe"));
  const tensors = source.slots.get("layer1.expert5")?.parts.flatMap((part) => part.tensors);
  expect(tensors?.map(({ name, shape }) => ({ name, shape }))).toEqual([
    { name: "model.layers.1.block_sparse_moe.input_linear.weight[5]", shape: [48, 64] },
    { name: "model.layers.1.block_sparse_moe.output_linear.weight[5]", shape: [64, 24] },
  ]);
  await source.close();
});

function tensorsOf(name: string): Promise<Map<string, TensorInfo>> {
  return openCheckpoint(join(CHECKPOINTS, name)).then(async (checkpoint) => {
    await checkpoint.close();
    return new Map(checkpoint.tensors);
  });
}

test("experts fused into stacks, as newer libraries hold them, are found as well", async () => {
  const spec = parseConfig(parseConfigText(readFileSync(join(CHECKPOINTS, "mixtral", "config.json"), "utf8")));
  const tensors = await tensorsOf("mixtral");
  for (const key of [...tensors.keys()]) if (key.includes(".experts.")) tensors.delete(key);
  const add = (name: string, shape: number[]): void => {
    tensors.set(name, { name, dtype: "F32", shape, byteLength: 4 * shape.reduce((a, b) => a * b) });
  };
  for (const layer of [0, 1, 2]) {
    add(`model.layers.${layer}.mlp.experts.gate_up_proj`, [8, 80, 64]);
    add(`model.layers.${layer}.mlp.experts.down_proj`, [8, 64, 40]);
  }
  const table = checkpointTable(spec, tensors);
  expect(table.ignored).toEqual([]);
  expect(table.ranges.get("model.layers.2.mlp.experts.down_proj[3]")).toEqual({
    name: "model.layers.2.mlp.experts.down_proj",
    index: 3,
    byteOffset: 3 * 64 * 40 * 4,
    byteLength: 64 * 40 * 4,
  });
  add("model.layers.1.mlp.experts.down_proj", [7, 64, 40]);
  expect(() => checkpointTable(spec, tensors)).toThrow(expect.objectContaining({ code: "tensor_shape_mismatch" }));
});

function readSpec(name: string): ModelSpec {
  return parseConfig(parseConfigText(readFileSync(join(CHECKPOINTS, name, "config.json"), "utf8")));
}

function renamed(tensors: ReadonlyMap<string, TensorInfo>, rename: (name: string) => string): Map<string, TensorInfo> {
  return new Map([...tensors.values()].map((info) => [rename(info.name), { ...info, name: rename(info.name) }]));
}

const shortNames = (name: string): string => name.replace(/^model\./, "");
const graniteNames = (name: string): string =>
  name
    .replace("router.layer.weight", "router.weight")
    .replace("input_linear.weight", "experts.gate_up_proj")
    .replace("output_linear.weight", "experts.down_proj");
const phiNames = (name: string): string =>
  name.replace(".gate.weight", ".router.weight").replace(".block_sparse_moe.", ".mlp.");

for (const [name, what, rename] of [
  ["qwen2moe-mix", "without the prefix, as a model without its head is saved", shortNames],
  ["mixtral", "without the prefix, as a model without its head is saved", shortNames],
  ["gpt_oss-mxfp4", "without the prefix, as a model without its head is saved", shortNames],
  ["granitemoe", "as version 5 of the library calls its own modules", graniteNames],
  ["phimoe", "as version 5 of the library calls its own modules", phiNames],
] as const) {
  test(`${name}: every tensor is found under its name ${what}`, async () => {
    const spec = readSpec(name);
    const tensors = renamed(await tensorsOf(name), rename);
    const table = checkpointTable(spec, tensors);
    expect(table.ignored).toEqual([]);
    for (const [slot, parts] of table.slots) {
      const payload = new Map(parts.flatMap((part) => part.tensors).map((tensor) => [tensor.name, tensor]));
      const parsed = parseSlot(slot);
      if (parsed === undefined) throw new Error(slot);
      expect(payloadParts(spec, parsed, "hugging-face", payload)).toEqual(parts);
    }
  });
}

test("a tied embedding may be there under the head's name only; one that is not tied may not", async () => {
  const tensors = renamed(await tensorsOf("mixtral-bf16"), (name) =>
    name === "model.embed_tokens.weight" ? "lm_head.weight" : name,
  );
  const spec = readSpec("mixtral-bf16");
  const [embedding] = checkpointTable(spec, tensors).slots.get("embedding") ?? [];
  expect(embedding?.tensors.map(({ name }) => name)).toEqual(["lm_head.weight"]);
  expect(() => checkpointTable({ ...spec, tiedEmbeddings: false }, tensors)).toThrow(
    expect.objectContaining({
      code: "tensor_missing",
      data: expect.objectContaining({ tensor: "model.embed_tokens.weight" }),
    }),
  );
});

test("eight-bit values are taken as they are, but refused where a factor for them lies beside", async () => {
  const spec = readSpec("mixtral");
  const name = "model.layers.1.self_attn.q_proj.weight";
  const tensors = await tensorsOf("mixtral");
  const whole = tensors.get(name) as TensorInfo;
  tensors.set(name, { ...whole, dtype: "F8_E4M3", byteLength: whole.byteLength / 4 });
  expect(checkpointTable(spec, tensors).ignored).toEqual([]);
  for (const end of ["_scale_inv", "_scale"]) {
    const scaled = new Map<string, TensorInfo>([
      ...tensors,
      [name + end, { name: name + end, dtype: "F32", shape: [1, 1], byteLength: 4 }],
    ]);
    expect(() => checkpointTable(spec, scaled)).toThrow(
      expect.objectContaining({ code: "tensor_dtype_unsupported", data: expect.objectContaining({ tensor: name }) }),
    );
  }
});

test.each(["deepseek_v2-lite", "deepseek_v3", "qwen2moe"])(
  "%s: a shared expert that the config denies is refused, unless it has no width",
  async (name) => {
    const spec = { ...readSpec(name), shared: undefined };
    const tensors = await tensorsOf(name);
    expect(() => checkpointTable(spec, tensors)).toThrow(
      expect.objectContaining({
        code: "tensor_shape_mismatch",
        data: expect.objectContaining({ tensor: expect.stringContaining(".mlp.shared_expert") }),
      }),
    );
    for (const [tensor, info] of tensors) {
      if (/\.shared_experts?\./.test(tensor)) tensors.set(tensor, { ...info, shape: [0, 1], byteLength: 0 });
    }
    expect(checkpointTable(spec, tensors).slots.has("layer1.shared")).toBe(false);
  },
);

test("MXFP4 experts whose inputs fill no whole groups are refused: rows would begin inside a group", async () => {
  const spec = readSpec("gpt_oss-mxfp4");
  const narrow = { ...spec, experts: { ...spec.experts, intermediateSize: 48 } };
  const tensors = await tensorsOf("gpt_oss-mxfp4");
  for (const [name, info] of tensors) {
    // 48 inputs of `down_proj` stay in two groups a row; what else follows the intermediate size is cut.
    if (!name.includes(".experts.gate_up_proj")) continue;
    const [experts = 0, outputs = 0, ...rest] = info.shape;
    const cut = (outputs * 48) / 64;
    tensors.set(name, { ...info, shape: [experts, cut, ...rest], byteLength: (info.byteLength * cut) / outputs });
  }
  expect(() => checkpointTable(narrow, tensors)).toThrow(
    expect.objectContaining({
      code: "tensor_shape_mismatch",
      data: expect.objectContaining({ tensor: "model.layers.0.mlp.experts.down_proj_blocks[0]" }),
    }),
  );
});

test("tensors that are missing, misshapen or of a type that holds no weights are refused, naming them", async () => {
  const spec = parseConfig(parseConfigText(readFileSync(join(CHECKPOINTS, "deepseek_v3", "config.json"), "utf8")));
  const tensors = await tensorsOf("deepseek_v3");
  for (const [name, info] of tensors) {
    if (!/layers\.[012]\.|embed|lm_head|model\.norm/.test(name)) continue;
    const expectRefused = (changed: TensorInfo | undefined, code: string): void => {
      const others = new Map(tensors);
      if (changed === undefined) others.delete(name);
      else others.set(name, changed);
      expect(() => checkpointTable(spec, others)).toThrow(
        expect.objectContaining({ code, data: expect.objectContaining({ tensor: name }) }),
      );
    };
    expectRefused(undefined, "tensor_missing");
    expectRefused(
      { ...info, shape: [...info.shape.slice(0, -1), (info.shape.at(-1) as number) + 1] },
      "tensor_shape_mismatch",
    );
    expectRefused({ ...info, dtype: "I32" }, "tensor_dtype_unsupported");
  }
});
