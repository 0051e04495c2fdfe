/**
 * The three methods on problems whose answer is known: worker i minimises a_i/2 (w - b_i)^2 by gradient descent, and the
 * minimum of the mean is sum(a_i b_i) / sum(a_i).
 */
import {
  type FederatedOptions,
  type FederatedWorker,
  trainFederated,
} from "../../../../src/moe/distributed/federated/federatedTraining.ts";
import { correctionOf, type FederatedMethod } from "../../../../src/moe/distributed/federated/method.ts";
import { type TensorSet, zerosLike } from "../../../../src/moe/distributed/federated/tensorSet.ts";
import { tensors } from "./tensors.ts";

const PROBLEMS = [
  { a: 1, b: 0 },
  { a: 10, b: 1 },
  { a: 2, b: 4 },
];
const OPTIMUM = (1 * 0 + 10 * 1 + 2 * 4) / 13;
const start = tensors({ w: [3] });

function worker(index: number): FederatedWorker {
  const { a, b } = PROBLEMS[index]!;
  let [control, pending]: [TensorSet, TensorSet] = [zerosLike(start), zerosLike(start)];
  return {
    id: `w${index}`,
    samples: 1,
    train: async ({ round, weights, method, steps, optimizer, control: all, accepted }) => {
      if (accepted?.controlScale === 1) control = pending;
      const correction = correctionOf(method, weights, all, control);
      const from = weights.get("w")![0]!;
      const added = correction?.addend?.get("w")?.[0] ?? 0;
      let [w, sum] = [from, 0];
      for (let step = 0; step < steps; step++) {
        const gradient = a * (w - b);
        sum += gradient / steps;
        const pull = correction === undefined ? 0 : correction.mu * (w - correction.centre.get("w")![0]!);
        w -= optimizer.learningRate * (gradient + pull + added);
      }
      const controlChange = tensors({ w: [sum - control.get("w")![0]!] });
      pending = tensors({ w: [sum] });
      return { worker: `w${index}`, round, samples: 1, change: tensors({ w: [w - from] }), controlChange };
    },
  };
}

async function distanceAfter(method: FederatedMethod, change: Partial<FederatedOptions> = {}): Promise<number> {
  const { weights } = await trainFederated({
    workers: PROBLEMS.map((_, i) => worker(i)),
    weights: start,
    method,
    rounds: 400,
    localSteps: 10,
    optimizer: { kind: "sgd", learningRate: 0.05 },
    ...change,
  });
  return Math.abs(weights.get("w")![0]! - OPTIMUM);
}

test("with one local step FedAvg is gradient descent and finds the minimum of the mean", async () => {
  expect(await distanceAfter({ kind: "fedavg" }, { localSteps: 1 })).toBeLessThan(1e-5);
});

test("with many local steps on different data FedAvg stops beside the minimum, FedProx nearer, SCAFFOLD on it", async () => {
  const [fedavg, fedprox, scaffold] = [
    await distanceAfter({ kind: "fedavg" }),
    await distanceAfter({ kind: "fedprox", mu: 5 }),
    await distanceAfter({ kind: "scaffold" }),
  ];
  expect(fedavg).toBeGreaterThan(0.05);
  expect(fedprox).toBeLessThan(0.7 * fedavg);
  expect(scaffold).toBeLessThan(1e-5);
});

test("SCAFFOLD finds the minimum when only some workers take part in each round", async () => {
  expect(await distanceAfter({ kind: "scaffold" }, { fraction: 0.67, rounds: 800, seed: 5 })).toBeLessThan(1e-3);
});

test("a worker that fails is reported and the round goes on; when all fail the round fails", async () => {
  const failing: FederatedWorker = {
    id: "broken",
    samples: 1,
    train: async () => Promise.reject(new Error("no power")),
  };
  const reports: string[] = [];
  const options: FederatedOptions = {
    workers: [worker(0), failing],
    weights: start,
    method: { kind: "fedavg" },
    rounds: 2,
    localSteps: 2,
    optimizer: { kind: "sgd", learningRate: 0.05 },
    onRound: ({ round, refused }) => {
      reports.push(`${round} ${refused.map((one) => `${one.worker}: ${one.message}`)}`);
    },
  };
  await trainFederated(options);
  expect(reports).toEqual(["1 broken: no power", "2 broken: no power"]);
  await expect(trainFederated({ ...options, workers: [failing] })).rejects.toMatchObject({
    code: "no_update_accepted",
  });
});

test("a worker cannot send an update in another's name", async () => {
  const liar: FederatedWorker = {
    id: "liar",
    samples: 1,
    train: async (work) => ({ ...(await worker(1).train(work)), worker: "w0" }),
  };
  const accepted: string[] = [];
  await trainFederated({
    workers: [worker(0), liar],
    weights: start,
    method: { kind: "fedavg" },
    rounds: 1,
    localSteps: 1,
    optimizer: { kind: "sgd", learningRate: 0.05 },
    onRound: (report) => {
      accepted.push(...report.accepted.map((share) => share.worker));
    },
  });
  expect(accepted).toEqual(["liar", "w0"]);
});

test("the workers of a round depend on seed and round only", async () => {
  const chosen = async (seed: number): Promise<string> => {
    const rounds: string[] = [];
    await distanceAfter(
      { kind: "fedavg" },
      {
        fraction: 0.34,
        rounds: 30,
        seed,
        onRound: ({ accepted }) => {
          rounds.push(accepted.map((share) => share.worker).join("+"));
        },
      },
    );
    return rounds.join(" ");
  };
  expect(await chosen(1)).toBe(await chosen(1));
  expect(await chosen(1)).not.toBe(await chosen(2));
  expect(new Set((await chosen(1)).split(" ")).size).toBe(3);
});

test("an abort ends the training with the signal's reason", async () => {
  const controller = new AbortController();
  const onRound = ({ round }: { round: number }): void => {
    if (round === 3) controller.abort(new Error("enough"));
  };
  await expect(distanceAfter({ kind: "fedavg" }, { signal: controller.signal, onRound })).rejects.toThrow("enough");
});

test("wrong options are refused before any worker is asked", async () => {
  const never: FederatedWorker = { id: "never", samples: 1, train: () => Promise.reject(new Error("asked")) };
  const cases: readonly (readonly [Partial<FederatedOptions>, string])[] = [
    [{ rounds: 0 }, "distributed_option_invalid"],
    [{ localSteps: 1.5 }, "distributed_option_invalid"],
    [{ fraction: 0 }, "distributed_option_invalid"],
    [{ fraction: Number.NaN }, "distributed_option_invalid"],
    [{ method: { kind: "fedprox", mu: -1 } }, "distributed_option_invalid"],
    [{ method: { kind: "fedprox", mu: Number.NaN } }, "distributed_option_invalid"],
    [{ method: { kind: "median" } as unknown as FederatedMethod }, "distributed_option_invalid"],
    [{ workers: [] }, "workers_invalid"],
    [{ workers: [never, never] }, "workers_invalid"],
    [{ workers: [{ ...never, samples: 0 }] }, "workers_invalid"],
  ];
  for (const [change, code] of cases) {
    await expect(distanceAfter({ kind: "fedavg" }, { workers: [never], ...change })).rejects.toMatchObject({ code });
  }
});
