import { join } from "node:path";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import type { SlotSource } from "../../../src/moe/slotSource.ts";
import { createTrainer, type Trainer } from "../../../src/moe/training/trainer.ts";
import { FIXTURES, GOLD_CHECKPOINTS, type Gold, norm, optionsOf, readGold, worst } from "./gold.ts";

describe.each(GOLD_CHECKPOINTS)("%s", (name) => {
  let gold: Gold;
  let source: SlotSource;

  beforeAll(async () => {
    gold = readGold(name);
    source = await folderSlotSource(join(FIXTURES, name));
  });

  afterAll(() => source.close());

  async function withTrainer(options: object, use: (trainer: Trainer) => Promise<void>): Promise<void> {
    const trainer = await createTrainer({ source, threads: 2, ...options });
    try {
      await use(trainer);
    } finally {
      await trainer.close();
    }
  }

  test.each([1, 3])("losses and gradients are those of the reference library, with %d threads", (threads) =>
    withTrainer({ threads }, async (trainer) => {
      const { loss, sequenceLosses, expertPositions, gradients } = await trainer.gradients({ sequences: gold.batch });
      expect(worst([loss, ...sequenceLosses], [gold.loss0, ...gold.loss_per_sequence], () => 1e-4)).toBeLessThan(1);
      expect(expertPositions).toEqual(gold.expert_tokens);
      expectNorms(gradients, gold.grad_norms);
      for (const { name: tensor, indices, values } of gold.grad_samples) {
        const gradient = gradients.get(tensor)!;
        const share = (gold.grad_norms[tensor] as number) / Math.sqrt(gradient.length);
        const got = indices.map((i) => gradient[i] as number);
        expect(worst(got, values, (i) => 1e-3 * (Math.abs(values[i] as number) + share))).toBeLessThan(1);
      }
    }),
  );

  test("without kept activations the gradients are the same", () =>
    withTrainer({ keepActivations: false }, async (trainer) => {
      const { gradients } = await trainer.gradients({ sequences: gold.batch });
      expectNorms(gradients, gold.grad_norms);
    }));

  test("experts that no position with a target chose have a gradient of exactly 0", () =>
    withTrainer({}, async (trainer) => {
      const { loss, expertPositions, gradients } = await trainer.gradients({ sequences: gold.short.batch });
      expect(Math.abs(loss - gold.short.loss0)).toBeLessThan(1e-4);
      expect(expertPositions).toEqual(gold.short.expert_tokens);
      expectNorms(gradients, gold.short.grad_norms);
    }));

  test("AdamW on all parameters follows the reference curve", () =>
    withTrainer(optionsOf(gold.full_adamw), async (trainer) => {
      const losses = await curve(trainer, gold, gold.full_adamw.steps);
      expect(worst(losses, gold.full_adamw.losses, (i) => (i === 0 ? 1e-4 : 3e-4))).toBeLessThan(1);
    }));

  test("AdamW on one expert follows the reference curve and ends with its norms", () => {
    const run = gold.expert_adamw;
    const mode = { kind: "expert", layer: run.layer, expert: run.expert };
    return withTrainer({ ...optionsOf(run), mode }, async (trainer) => {
      const before = trainer.trainedTensors();
      expect([...before.keys()].sort()).toEqual([...run.tensors].sort());
      const evaluation = { sequences: gold.evaluation.batch };
      expect(Math.abs((await trainer.loss(evaluation)).loss - gold.evaluation.loss_original)).toBeLessThan(1e-4);
      expect(worst(await curve(trainer, gold, run.steps), run.losses, () => 1e-4)).toBeLessThan(1);
      expect(Math.abs((await trainer.loss(evaluation)).loss - gold.evaluation.loss_trained_expert)).toBeLessThan(1e-4);
      for (const [tensor, values] of trainer.trainedTensors()) {
        const change = values.map((value, i) => value - (before.get(tensor)![i] as number));
        expect(Math.abs(norm(values) / run.final_norms[tensor]! - 1)).toBeLessThan(1e-4);
        expect(Math.abs(norm(change) / run.change_norms[tensor]! - 1)).toBeLessThan(1e-4);
      }
    });
  });
});

/** The loss before each step and after the last. */
async function curve(trainer: Trainer, gold: Gold, steps: number): Promise<number[]> {
  const batch = { sequences: gold.batch };
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await trainer.step(batch)).loss);
  return [...losses, (await trainer.loss(batch)).loss];
}

function expectNorms(gradients: ReadonlyMap<string, Float32Array>, expected: Readonly<Record<string, number>>): void {
  expect([...gradients.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [tensor, value] of Object.entries(expected)) {
    const got = norm(gradients.get(tensor)!);
    if (value === 0) expect(got).toBe(0);
    else expect(Math.abs(got / value - 1)).toBeLessThan(1e-3);
  }
}
