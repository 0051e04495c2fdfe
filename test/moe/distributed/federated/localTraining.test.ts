/**
 * Federated training of one expert of a gold checkpoint, with the real trainer, against training on all data in one
 * place: as many steps of the same optimiser as each worker does in all rounds.
 */
import { join } from "node:path";
import { trainFederated } from "../../../../src/moe/distributed/federated/federatedTraining.ts";
import type { LocalOptimizerOptions } from "../../../../src/moe/distributed/federated/localOptimizer.ts";
import { LocalTrainer, type LocalWork } from "../../../../src/moe/distributed/federated/localTraining.ts";
import type { FederatedMethod } from "../../../../src/moe/distributed/federated/method.ts";
import { combine, normOf, type TensorSet, zerosLike } from "../../../../src/moe/distributed/federated/tensorSet.ts";
import { setTrainedWeights, trainedWeights } from "../../../../src/moe/distributed/federated/trainerTensors.ts";
import { folderSlotSource } from "../../../../src/moe/folderSource.ts";
import type { SlotSource } from "../../../../src/moe/slotSource.ts";
import { createTrainer, type Trainer } from "../../../../src/moe/training/trainer.ts";
import { FIXTURES } from "../../training/gold.ts";
import { SHARDS, shards } from "./shards.ts";

/** All methods are within 5 % of central training after so many rounds; one shard alone is beyond this factor of it. */
const EXPECTED = { alike: { rounds: 10, aloneFactor: 1.03 }, different: { rounds: 20, aloneFactor: 1.3 } } as const;
const LOCAL_STEPS = 4;
const METHODS = [{ kind: "fedavg" }, { kind: "fedprox", mu: 0.03 }, { kind: "scaffold" }] as const;
const ADAMW: LocalOptimizerOptions = { kind: "adamw", learningRate: 0.01 };
const SGD: LocalOptimizerOptions = { kind: "sgd", learningRate: 0.5 };

let source: SlotSource;
let trainers: Trainer[];
let start: TensorSet;

beforeAll(async () => {
  source = await folderSlotSource(join(FIXTURES, "qwen3moe"));
  const mode = { kind: "expert", layer: 1, expert: 7 } as const;
  trainers = await Promise.all(Array.from({ length: SHARDS }, () => createTrainer({ source, mode, threads: 1 })));
  start = trainedWeights(trainers[0]!);
});

afterAll(async () => {
  await Promise.all(trainers.map((trainer) => trainer.close()));
  await source.close();
});

function localTrainer(shard: number, sequences: number[][]): LocalTrainer {
  const options = { worker: `w${shard}`, samples: sequences.length, batches: () => ({ sequences }) };
  return new LocalTrainer(trainers[shard]!, options);
}

function work(change: Partial<LocalWork> = {}): LocalWork {
  return { round: 1, weights: start, method: { kind: "fedavg" }, steps: LOCAL_STEPS, optimizer: SGD, ...change };
}

async function lossOf(weights: TensorSet, sequences: number[][]): Promise<number> {
  setTrainedWeights(trainers[0]!, weights);
  return (await trainers[0]!.loss({ sequences })).loss;
}

/** The loss over all data after training on some of it in one place. */
async function lossAfter(rounds: number, own: number[][], all: number[][]): Promise<number> {
  const steps = rounds * LOCAL_STEPS;
  const { change } = await localTrainer(0, own).train(work({ steps, optimizer: ADAMW }));
  return lossOf(
    combine(start, change, (weight, moved) => weight + moved),
    all,
  );
}

describe.each(["alike", "different"] as const)("shards that are %s", (kind) => {
  const data = shards(kind);
  const all = data.flat();
  const { rounds, aloneFactor } = EXPECTED[kind];
  let [before, central, alone] = [0, 0, 0];

  beforeAll(async () => {
    before = await lossOf(start, all);
    central = await lossAfter(rounds, all, all);
    alone = await lossAfter(rounds, data[0]!, all);
  });

  test("central training learns, and training on one shard alone learns clearly less", () => {
    expect(central).toBeLessThan(0.85 * before);
    expect(alone).toBeGreaterThan(aloneFactor * central);
  });

  test.each(METHODS)(`$kind reaches within 5 % of the loss of central training in ${rounds} rounds`, async (method) => {
    const workers = data.map((sequences, shard) => localTrainer(shard, sequences));
    const options = { workers, method, rounds, localSteps: LOCAL_STEPS, optimizer: ADAMW };
    const { weights } = await trainFederated({ ...options, weights: start });
    const loss = await lossOf(weights, all);
    expect(loss).toBeLessThan(1.05 * central);
    expect((before - loss) / (before - central)).toBeGreaterThan(0.9);
  });
});

const sequences = shards("different")[0]!;

async function changeBy(method: FederatedMethod, change: Partial<LocalWork> = {}): Promise<TensorSet> {
  return (await localTrainer(0, sequences).train(work({ method, ...change }))).change;
}

test("FedProx with mu 0 is FedAvg bit for bit, and the larger mu is, the nearer the weights stay", async () => {
  const free = await changeBy({ kind: "fedavg" });
  expect(await changeBy({ kind: "fedprox", mu: 0 })).toEqual(free);
  const norms = [normOf(free)];
  for (const mu of [0.1, 1]) norms.push(normOf(await changeBy({ kind: "fedprox", mu })));
  expect(norms.toSorted((a, b) => b - a)).toEqual(norms);
  expect(norms[2]).toBeLessThan(0.9 * norms[0]!);
});

test("SCAFFOLD: with gradient descent the new control variate is c_i - c + (x - y) / (K rate)", async () => {
  const worker = localTrainer(0, sequences);
  const control = new Map([...start].map(([name, { length }]) => [name, new Float32Array(length).fill(1e-3)]));
  const { change, controlChange } = await worker.train(work({ method: { kind: "scaffold" }, control }));
  const rate = SGD.learningRate * LOCAL_STEPS;
  const expected = combine(control, change, (c, moved) => -c - moved / rate);
  const difference = normOf(combine(controlChange!, expected, (a, b) => a - b));
  expect(difference).toBeLessThan(1e-4 * normOf(expected));
});

test("SCAFFOLD: a worker takes over its control variate only when the server says that its update counted", async () => {
  const method = { kind: "scaffold" } as const;
  const control = zerosLike(start);
  const second = async (accepted?: LocalWork["accepted"]) => {
    const worker = localTrainer(0, sequences);
    const { controlChange } = await worker.train(work({ method, control }));
    const next = await worker.train(work({ method, control, round: 2, ...(accepted && { accepted }) }));
    return { first: controlChange!, change: next.change, controlChange: next.controlChange! };
  };
  const lost = await second();
  expect(lost.controlChange).toEqual(lost.first);
  expect((await second({ round: 0, controlScale: 1 })).change).toEqual(lost.change);
  const counted = await second({ round: 1, controlScale: 1 });
  expect(normOf(combine(counted.change, lost.change, (a, b) => a - b))).toBeGreaterThan(0.1 * normOf(lost.change));
});

test("the same work gives the same update, bit for bit, whatever came before", async () => {
  const first = await changeBy({ kind: "fedavg" }, { optimizer: ADAMW });
  await changeBy({ kind: "fedprox", mu: 1 });
  expect(await changeBy({ kind: "fedavg" }, { optimizer: ADAMW })).toEqual(first);
});

test("AdamW of a round is the trainer's own", async () => {
  const change = await changeBy({ kind: "fedavg" }, { optimizer: ADAMW });
  const mode = { kind: "expert", layer: 1, expert: 7 } as const;
  const trainer = await createTrainer({ source, mode, threads: 1, schedule: { learningRate: 0.01 } });
  try {
    for (let step = 0; step < LOCAL_STEPS; step++) await trainer.step({ sequences });
    const expected = combine(trainedWeights(trainer), start, (after, before) => after - before);
    expect(change).toEqual(expected);
  } finally {
    await trainer.close();
  }
});

test("work that cannot be done is refused, and the worker goes on", async () => {
  const worker = localTrainer(0, sequences);
  const short = new Map([...start].slice(1));
  const broken = new Map([...start].map(([name, values]) => [name, values.map(() => Number.NaN)]));
  const huge = new Map([...start].map(([name, values]) => [name, values.map((value) => 1e38 * Math.sign(value))]));
  const cases: readonly (readonly [Partial<LocalWork>, RegExp])[] = [
    [{ weights: short }, /^update_tensors_mismatch$/],
    [{ weights: broken }, /^update_not_finite$/],
    [{ steps: 0 }, /^distributed_option_invalid$/],
    [{ optimizer: { kind: "sgd", learningRate: -1 } }, /^distributed_option_invalid$/],
    [{ weights: huge }, /^(loss|gradient)_not_finite$/],
  ];
  for (const [change, code] of cases) {
    await expect(worker.train(work(change))).rejects.toMatchObject({ code: expect.stringMatching(code) });
  }
  await expect(worker.train(work(), AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  expect(normOf((await worker.train(work())).change)).toBeGreaterThan(0);
});
