import { join } from "node:path";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import type { SlotSource } from "../../../src/moe/slotSource.ts";
import type { Batch } from "../../../src/moe/training/batch/batch.ts";
import { createTrainer, type Trainer, type TrainerOptions } from "../../../src/moe/training/trainer.ts";
import { FIXTURES } from "./gold.ts";
import { randomTokens, tensorDifference, tinyModel } from "./tinyModel.ts";

async function withTrainer<T>(options: TrainerOptions, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = await createTrainer(options);
  try {
    return await use(trainer);
  } finally {
    await trainer.close();
  }
}

/** What all-parameter training says about one expert must be what one-expert training says. */
async function compare(source: SlotSource, layer: number, sequences: number[][]): Promise<void> {
  await compareBatch(source, layer, { sequences });
  // Answers only: the last layer leaves out what nothing depends on.
  await compareBatch(source, layer, { sequences, targets: sequences.map(lastThird) });
}

function lastThird(tokens: readonly number[]): boolean[] {
  return tokens.map((_, i) => i >= (2 * tokens.length) / 3);
}

async function compareBatch(source: SlotSource, layer: number, batch: Batch): Promise<void> {
  const full = await withTrainer({ source, threads: 1 }, (trainer) => trainer.gradients(batch));
  const used = full.expertPositions[layer]!.map((count, expert) => ({ count, expert }));
  const { expert } = used.toSorted((a, b) => b.count - a.count)[0]!;
  const mode = { kind: "expert", layer, expert } as const;
  for (const maxPrefixBytes of [0, 1 << 20]) {
    await withTrainer({ source, mode, threads: 2, maxPrefixBytes }, async (trainer) => {
      // The second time what lies below the expert is remembered, if there is memory for it.
      for (let round = 0; round < 2; round++) {
        const { loss, sequenceLosses, gradients } = await trainer.gradients(batch);
        expect(loss).toBeCloseTo(full.loss, 5);
        for (const [i, one] of sequenceLosses.entries()) expect(one).toBeCloseTo(full.sequenceLosses[i] as number, 4);
        const expected = new Map([...gradients.keys()].map((name) => [name, full.gradients.get(name)!]));
        expect(tensorDifference(gradients, expected)).toBeLessThan(1e-4);
      }
    });
  }
}

test.each([0, 1, 2])("in layer %d of a small model: losses and gradients are those of full training", (layer) =>
  compare(tinyModel({ num_hidden_layers: 3, num_experts: 8 }), layer, randomTokens([2, 9, 4, 3, 7, 2, 5], 4)),
);

test.each(["qwen2moe-mix", "deepseek_v3", "gpt_oss", "granitemoe", "phimoe"])(
  "%s: losses and gradients are those of full training",
  async (name) => {
    const source = await folderSlotSource(join(FIXTURES, name));
    try {
      const layer = source.spec.layers.findIndex(({ feedForward }) => feedForward === "experts");
      await compare(source, layer, randomTokens([3, 8, 5, 12], 5, source.spec.vocabSize));
    } finally {
      await source.close();
    }
  },
);

test("an expert that no position goes to has a gradient of 0, and the loss is still right", async () => {
  const source = tinyModel({ num_experts: 16, num_experts_per_tok: 1 });
  const sequences = randomTokens([2, 2], 6);
  const full = await withTrainer({ source, threads: 1 }, (trainer) => trainer.gradients({ sequences }));
  const expert = full.expertPositions[1]!.indexOf(0);
  expect(expert).toBeGreaterThanOrEqual(0);
  const mode = { kind: "expert", layer: 1, expert } as const;
  await withTrainer({ source, mode, threads: 2 }, async (trainer) => {
    const { loss, gradientNorm } = await trainer.gradients({ sequences });
    expect(loss).toBeCloseTo(full.loss, 5);
    expect(gradientNorm).toBe(0);
  });
});

test("only the expert's own tensors change", async () => {
  const source = tinyModel();
  const mode = { kind: "expert", layer: 1, expert: 0 } as const;
  await withTrainer({ source, mode, schedule: { learningRate: 0.01 } }, async (trainer) => {
    const frozen = trainer.memory.frozen.slice();
    const batch = { sequences: randomTokens([12, 12, 12], 7) };
    const { loss } = await trainer.step(batch);
    for (let step = 0; step < 9; step++) await trainer.step(batch);
    expect((await trainer.loss(batch)).loss).toBeLessThan(loss);
    expect(trainer.memory.frozen).toEqual(frozen);
    const names = ["down_proj", "gate_proj", "up_proj"].map((part) => `model.layers.1.mlp.experts.0.${part}.weight`);
    expect([...trainer.trainedTensors().keys()].sort()).toEqual(names);
  });
});
