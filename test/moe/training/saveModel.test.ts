import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { safetensorsFromBytes } from "../../../src/moe/formats/safetensors/reader.ts";
import { readModelFiles, saveModel, slotPayload } from "../../../src/moe/training/store/saveModel.ts";
import { createTrainer } from "../../../src/moe/training/trainer.ts";
import { FIXTURES } from "./gold.ts";
import { randomTokens, tinyModel } from "./tinyModel.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "training-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Experts of their own, in stacks, transposed and interleaved in stacks; float32, bfloat16, float16 in shards. */
test.each(["mixtral", "granitemoe", "gpt_oss", "mixtral-f16", "olmoe-bf16"])(
  "%s: training one expert and saving changes the bytes of that expert only",
  async (name) => {
    const original = join(FIXTURES, name);
    const source = await folderSlotSource(original);
    const mode = { kind: "expert", layer: 1, expert: 2 } as const;
    const trainer = await createTrainer({ source, mode, threads: 1, schedule: { learningRate: 0.01 } });
    try {
      const batch = { sequences: randomTokens([16, 16, 16, 16], 9, source.spec.vocabSize) };
      for (let step = 0; step < 3; step++) await trainer.step(batch);
      await saveModel(trainer, folder, { files: await readModelFiles(original) });
      const [before, after] = [await openCheckpoint(original), await openCheckpoint(folder)];
      const slot = source.slots.get("layer1.expert2")!;
      const own = new Set(slot.parts.flatMap(({ tensors }) => tensors.map((tensor) => tensor.name)));
      for (const [tensor, info] of before.tensors) {
        if (source.ignoredTensors.includes(tensor)) continue;
        expect(after.tensors.get(tensor)).toMatchObject({ dtype: info.dtype, shape: info.shape });
        const [old, saved] = [await before.read(tensor), await after.read(tensor)];
        const sliced = own.has(`${tensor}[2]`);
        const size = old.length / source.spec.experts.count;
        const changed = sliced ? [2 * size, 3 * size] : own.has(tensor) ? [0, old.length] : [0, 0];
        const [from, to] = changed as [number, number];
        expect(Buffer.compare(old.subarray(0, from), saved.subarray(0, from))).toBe(0);
        expect(Buffer.compare(old.subarray(to), saved.subarray(to))).toBe(0);
        if (to > from) expect(Buffer.compare(old.subarray(from, to), saved.subarray(from, to))).not.toBe(0);
      }
      await Promise.all([before.close(), after.close()]);
      const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as object;
      expect(config).toEqual(source.config);

      // What was saved gives the loss of what was trained, up to the rounding of its element type.
      const saved = await folderSlotSource(folder);
      const again = await createTrainer({ source: saved, threads: 1 });
      const [expected, got] = [(await trainer.loss(batch)).loss, (await again.loss(batch)).loss];
      await again.close();
      await saved.close();
      expect(Math.abs(got - expected)).toBeLessThan(name === "mixtral" || name === "granitemoe" ? 1e-5 : 2e-2);
    } finally {
      await trainer.close();
      await source.close();
    }
  },
);

test("the payload of a slot has the trained values under the slot's own names", async () => {
  const source = tinyModel();
  const mode = { kind: "expert", layer: 0, expert: 3 } as const;
  const trainer = await createTrainer({ source, mode, threads: 1 });
  try {
    await trainer.step({ sequences: randomTokens([12, 12, 12], 3) });
    const payload = await safetensorsFromBytes(await slotPayload(trainer, "layer0.expert3"));
    const trained = trainer.trainedTensors();
    expect([...payload.tensors.keys()].sort()).toEqual([...trained.keys()].sort());
    for (const [name, values] of trained) {
      const bytes = await payload.read(name);
      expect(new Float32Array(bytes.buffer, bytes.byteOffset, values.length)).toEqual(values);
    }
    const other = await safetensorsFromBytes(await slotPayload(trainer, "layer1.attention"));
    const name = "model.layers.1.self_attn.q_proj.weight";
    expect(Buffer.compare(await other.read(name), await source.read("layer1.attention", name))).toBe(0);
  } finally {
    await trainer.close();
  }
});

test("a model in another precision says so in its config, and nothing is overwritten unasked", async () => {
  const trainer = await createTrainer({ source: tinyModel(), threads: 1 });
  try {
    await saveModel(trainer, folder, { dtype: "F16" });
    const saved = await folderSlotSource(folder);
    expect(saved.config.torch_dtype).toBe("float16");
    const dtypes = [...saved.slots.values()].flatMap(({ parts }) => parts.flatMap(({ tensors }) => tensors));
    expect(new Set(dtypes.map(({ dtype }) => dtype))).toEqual(new Set(["F16"]));
    await saved.close();
    await expect(saveModel(trainer, folder)).rejects.toMatchObject({ code: "target_exists" });
    await saveModel(trainer, folder, { overwrite: true });
  } finally {
    await trainer.close();
  }
});

test("weights beyond the range of float16 are refused instead of written as infinities", async () => {
  const trainer = await createTrainer({ source: tinyModel(), threads: 1 });
  try {
    trainer.memory.trained[0] = 65_519;
    await saveModel(trainer, folder, { dtype: "F16" });
    trainer.memory.trained[0] = -65_520;
    const again = saveModel(trainer, folder, { dtype: "F16", overwrite: true });
    await expect(again).rejects.toMatchObject({ code: "value_out_of_range" });
  } finally {
    await trainer.close();
  }
});
