import type { SlotSource } from "../../../src/moe/slotSource.ts";
import { createTrainer, type Trainer, type TrainerOptions } from "../../../src/moe/training/trainer.ts";
import { randomTokens, tensorDifference, tinyModel } from "./tinyModel.ts";

const source = tinyModel();

async function withTrainer<T>(options: Partial<TrainerOptions>, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = await createTrainer({ source, threads: 2, schedule: { learningRate: 1e-2 }, ...options });
  try {
    return await use(trainer);
  } finally {
    await trainer.close();
  }
}

const even = { sequences: randomTokens([9, 9, 9, 9], 1) };
const ragged = { sequences: randomTokens([3, 11, 6, 2, 8], 2) };

test("micro-batches add up to the gradient of one batch", () =>
  withTrainer({}, async (trainer) => {
    const whole = await trainer.gradients(ragged);
    const parts = await trainer.gradients([
      { sequences: ragged.sequences.slice(0, 2) },
      { sequences: ragged.sequences.slice(2) },
    ]);
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
    expect(parts.sequenceLosses.length).toBe(5);
    expect(tensorDifference(parts.gradients, whole.gradients)).toBeLessThan(1e-4);
    expect(parts.expertPositions).toEqual(whole.expertPositions);
  }));

test("padding changes neither losses nor gradients", () =>
  withTrainer({ threads: 1 }, async (trainer) => {
    const whole = await trainer.gradients(ragged);
    const single = await trainer.gradients(ragged.sequences.map((sequence) => ({ sequences: [sequence] })));
    for (const [i, loss] of whole.sequenceLosses.entries()) expect(single.sequenceLosses[i]).toBeCloseTo(loss, 5);
    expect(tensorDifference(single.gradients, whole.gradients)).toBeLessThan(1e-4);
  }));

test("only marked tokens are learned, and unmarked ones still count as context", () =>
  withTrainer({}, async (trainer) => {
    const sequences = randomTokens([6, 7], 3);
    const targets = sequences.map((tokens) => tokens.map((_, i) => i >= 4));
    const marked = await trainer.loss({ sequences, targets });
    expect(marked.targets).toBe(2 + 3);
    const all = await trainer.loss({ sequences });
    const none = await trainer.loss({ sequences, targets: sequences.map((tokens) => tokens.map((_, i) => i < 4)) });
    expect(marked.loss * 5 + none.loss * 6).toBeCloseTo(all.loss * 11, 4);
  }));

test("the same seed and threads give the same weights, bit for bit", async () => {
  const run = () =>
    withTrainer({ clipNorm: 0.5, auxiliaryLoss: 0.01 }, async (trainer) => {
      for (let step = 0; step < 4; step++) await trainer.step(step % 2 === 0 ? even : ragged);
      return trainer.trainedTensors();
    });
  expect(tensorDifference(await run(), await run())).toBe(0);
});

test("clipping scales the whole gradient: the first update of AdamW does not notice, its moments do", async () => {
  const moments = (clipNorm?: number) =>
    withTrainer(clipNorm === undefined ? {} : { clipNorm }, async (trainer) => {
      const { gradientNorm } = await trainer.step(even);
      return { gradientNorm, first: trainer.memory.first.slice() };
    });
  const [free, clipped] = [await moments(), await moments(0.1)];
  expect(clipped.gradientNorm).toBe(free.gradientNorm);
  const factor = 0.1 / free.gradientNorm;
  for (const [i, value] of free.first.entries())
    expect(Math.abs(clipped.first[i]! - factor * value)).toBeLessThan(1e-8);
});

test("frozen routers stay as they are, and everything else learns", () =>
  withTrainer({ mode: { kind: "all", router: "frozen" } }, async (trainer) => {
    const names = [...trainer.trainedTensors().keys()];
    expect(names.some((name) => name.includes("mlp.gate."))).toBe(false);
    const { loss } = await trainer.step(even);
    for (let step = 0; step < 10; step++) await trainer.step(even);
    expect((await trainer.loss(even)).loss).toBeLessThan(loss - 0.5);
  }));

test("the load-balancing loss spreads positions over experts that the router neglects", async () => {
  // A router with one large row sends nearly everything to two experts.
  const skewed = async (auxiliaryLoss: number): Promise<number> =>
    withTrainer({ auxiliaryLoss }, async (trainer) => {
      for (const { part, offset } of trainer.layout.parameters) {
        if (part === "router.weight") trainer.memory.trained.subarray(offset, offset + 24).fill(1);
      }
      let last = 0;
      for (let step = 0; step < 30; step++) last = (await trainer.step(even)).auxiliaryLoss;
      return last;
    });
  const [without, with_] = [await skewed(0), await skewed(1)];
  expect(with_).toBeLessThan(without);
  expect(with_).toBeLessThan(2.2);
});

test.each([["a loss", { learningRate: 1e20 }]])(
  "%s that is not finite stops the step and leaves the weights of the step before",
  (_, schedule) =>
    withTrainer({ schedule }, async (trainer) => {
      await trainer.step(even);
      const before = { weights: trainer.memory.trained.slice(), second: trainer.memory.second.slice() };
      await expect(trainer.step(even)).rejects.toMatchObject({
        code: expect.stringMatching(/^(loss|gradient)_not_finite$/),
      });
      expect(trainer.steps).toBe(1);
      expect(trainer.memory.trained).toEqual(before.weights);
      expect(trainer.memory.second).toEqual(before.second);
    }),
);

test("a stopped step changes nothing, and training goes on after it", () =>
  withTrainer({}, async (trainer) => {
    const before = trainer.memory.trained.slice();
    const controller = new AbortController();
    const step = trainer.step(even, controller.signal);
    controller.abort(new Error("enough"));
    await expect(step).rejects.toThrow("enough");
    expect(trainer.memory.trained).toEqual(before);
    const { step: number } = await trainer.step(even);
    expect(number).toBe(1);
  }));

test("wrong options are refused by name before any thread starts", async () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ threads: 0 }, "training_option_invalid"],
    [{ clipNorm: -1 }, "training_option_invalid"],
    [{ schedule: { learningRate: 0 } }, "training_option_invalid"],
    [{ schedule: { learningRate: 1, warmupSteps: 1.5 } }, "training_option_invalid"],
    [{ optimizer: { betas: [0.9, 1] } }, "training_option_invalid"],
    [{ optimizer: { weightDecay: Number.NaN } }, "training_option_invalid"],
    [{ auxiliaryLoss: Number.POSITIVE_INFINITY }, "training_option_invalid"],
    [{ mode: { kind: "expert", layer: 0, expert: 0 }, auxiliaryLoss: 1 }, "training_option_invalid"],
    [{ mode: { kind: "expert", layer: 2, expert: 0 } }, "expert_missing"],
    [{ mode: { kind: "expert", layer: 0, expert: 4 } }, "expert_missing"],
  ];
  for (const [options, code] of cases) {
    await expect(createTrainer({ source, ...options })).rejects.toMatchObject({ code });
  }
});

test("a wrong batch is refused, and the trainer goes on", () =>
  withTrainer({}, async (trainer) => {
    await expect(trainer.step({ sequences: [[1, 2, 999]] })).rejects.toMatchObject({ code: "token_out_of_range" });
    await expect(trainer.loss({ sequences: [] })).rejects.toMatchObject({ code: "corpus_empty" });
    await trainer.step(even);
  }));

test("closing waits for the step in flight, may be done twice, and ends the trainer", async () => {
  const trainer = await createTrainer({ source, threads: 2 });
  const step = trainer.step(even);
  await Promise.all([trainer.close(), trainer.close()]);
  expect((await step).step).toBe(1);
  await expect(trainer.step(even)).rejects.toMatchObject({ code: "trainer_closed" });
});

test("weights that are not finite are refused when they are read", async () => {
  const broken: SlotSource = {
    ...source,
    read: async (slot, tensor, options) => {
      const bytes = await source.read(slot, tensor, options);
      if (slot === "layer1.expert2") new DataView(bytes.buffer).setFloat32(8, Number.NaN, true);
      return bytes;
    },
  };
  await expect(createTrainer({ source: broken })).rejects.toMatchObject({ code: "tensor_not_finite" });
});
