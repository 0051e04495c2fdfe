/**
 * A simulated environment for the chooser: five training tasks with their workers, each another state, and for each the
 * seconds that every possible strategy takes. Runs take those seconds times a random factor.
 */
import { compareStrategies } from "../../../../src/moe/distributed/breakdown/breakDown.ts";
import type { Strategy } from "../../../../src/moe/distributed/breakdown/plan.ts";
import type { TrainingTask, WorkerFacts } from "../../../../src/moe/distributed/breakdown/task.ts";
import { strategyFacts, timeReward } from "../../../../src/moe/distributed/strategy/facts.ts";
import { stateOf } from "../../../../src/moe/distributed/strategy/state.ts";
import type { RandomSource } from "../../../../src/moe/training/random.ts";
import { taskOf, tinySpec, workersOf } from "../breakdown/samples.ts";

export interface Scenario {
  readonly state: number;
  readonly seconds: ReadonlyMap<Strategy, number>;
  readonly best: Strategy;
}

const GIB = 2 ** 30;
const SMALL = tinySpec({
  num_hidden_layers: 4,
  hidden_size: 128,
  intermediate_size: 128,
  num_experts: 8,
  vocab_size: 4096,
});
const LARGE = tinySpec({
  num_hidden_layers: 16,
  hidden_size: 2048,
  intermediate_size: 1024,
  num_experts: 64,
  vocab_size: 50_304,
});

const LAN = { memoryBytes: 16 * GIB, flopsPerSecond: 1e11, bytesPerSecond: 1e9, latencyMs: 0.2 };
const WAN = { memoryBytes: 16 * GIB, flopsPerSecond: 1e11, bytesPerSecond: 2e6, latencyMs: 150 };

const ONE_EXPERT = { kind: "expert", layer: 8, expert: 3 } as const;

const CASES: readonly (readonly [TrainingTask, WorkerFacts[]])[] = [
  // A short run of a small model over the internet: sending the weights takes longer than training.
  [taskOf({ spec: SMALL, steps: 2 }), workersOf(2, WAN)],
  // A longer one in one room, where nobody may go ahead alone.
  [taskOf({ spec: SMALL, steps: 1000, batchSequences: 64, localSteps: 1 }), workersOf(4, LAN)],
  // A long one over the internet: few exchanges.
  [taskOf({ spec: SMALL, steps: 20_000, batchSequences: 64, sequences: 50_000, localSteps: 4000 }), workersOf(8, WAN)],
  // Too large for one worker.
  [taskOf({ spec: LARGE, batchSequences: 64, sequenceLength: 64 }), workersOf(12, LAN)],
  // One expert of a large model over the internet: little to exchange.
  [
    taskOf({ spec: LARGE, mode: ONE_EXPERT, sequences: 20_000, steps: 40_000, localSteps: 4000 }),
    workersOf(4, { ...WAN, memoryBytes: 64 * GIB }),
  ],
];

export const SCENARIOS: readonly Scenario[] = CASES.map(([task, workers]) => {
  const { plans } = compareStrategies(task, workers);
  const seconds = new Map(plans.map(({ strategy, coordination }) => [strategy, coordination.seconds]));
  return { state: stateOf(strategyFacts(task, workers)), seconds, best: plans[0]!.strategy };
});

/** How long a run took, as a reward: the time is off by a factor with a standard deviation of about 20 %. */
export function simulatedReward({ seconds }: Scenario, strategy: Strategy, random: RandomSource): number {
  const [noise] = random.normal(1, 0.2) as unknown as [number];
  return timeReward(Math.max(...seconds.values()), seconds.get(strategy)! * Math.exp(noise));
}
