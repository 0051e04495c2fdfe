/** What is to be trained, and by whom: the inputs of every plan, checked. Facts about workers come from others. */
import type { ModelSpec } from "../../model/spec.ts";
import type { TrainingMode } from "../../training/options.ts";
import { distributedError, expectThat } from "../errors.ts";

export interface TrainingTask {
  readonly spec: ModelSpec;
  readonly mode: TrainingMode;
  /** Sequences of the training data. */
  readonly sequences: number;
  /** Tokens of a sequence. */
  readonly sequenceLength: number;
  /** Sequences of one update. */
  readonly batchSequences: number;
  /** Updates in all. */
  readonly steps: number;
  /** Federated: updates of a worker between two exchanges. Default 16. */
  readonly localSteps?: number;
}

export interface WorkerFacts {
  readonly id: string;
  /** That training may take. */
  readonly memoryBytes: number;
  /** Floating-point operations a second that its matrix products reach. */
  readonly flopsPerSecond: number;
  /** In each direction, to any other worker. */
  readonly bytesPerSecond: number;
  /** One way. */
  readonly latencyMs: number;
}

/** Workers of a plan. Its tasks grow with workers times micro-batches. */
export const MAX_PLAN_WORKERS = 128;
export const DEFAULT_LOCAL_STEPS = 16;

const MAX_STEPS = 1e9;
const MAX_SEQUENCES = 1e12;
/** So that products of facts stay finite and exact enough. */
const MAX_RATE = 1e21;
const MAX_MEMORY_BYTES = 2 ** 50;
const MAX_LATENCY_MS = 600_000;

/** Throws `task_invalid`, naming the field. */
export function checkTask(task: TrainingTask): void {
  const { spec, mode, sequences, sequenceLength, batchSequences, steps, localSteps = 1 } = task;
  const whole = (name: string, value: number, most: number): void =>
    expectThat(
      Number.isSafeInteger(value) && value >= 1 && value <= most,
      "task_invalid",
      name,
      `an integer from 1 to ${most}`,
      value,
    );
  whole("sequences", sequences, MAX_SEQUENCES);
  whole("sequenceLength", sequenceLength, spec.maxPositions);
  whole("batchSequences", batchSequences, sequences);
  whole("steps", steps, MAX_STEPS);
  whole("localSteps", localSteps, steps);
  if (mode.kind === "all") return;
  const sparse = spec.layers[mode.layer]?.feedForward === "experts";
  const ok = sparse && Number.isInteger(mode.expert) && mode.expert >= 0 && mode.expert < spec.experts.count;
  const place = `layer ${mode.layer}, expert ${mode.expert}`;
  expectThat(ok, "task_invalid", "mode", "an expert of the model", place);
}

/** Throws `workers_invalid`, naming worker and fact. */
export function checkWorkers(workers: readonly WorkerFacts[]): void {
  const ids = new Set(workers.map(({ id }) => id));
  if (workers.length === 0 || workers.length > MAX_PLAN_WORKERS || ids.size !== workers.length) {
    const text = `workers: expected 1 to ${MAX_PLAN_WORKERS} with different ids, got ${workers.length} with ${ids.size} ids`;
    throw distributedError("workers_invalid", text, { workers: workers.length, ids: ids.size });
  }
  for (const { id, memoryBytes, flopsPerSecond, bytesPerSecond, latencyMs } of workers) {
    const check = (name: string, value: number, ok: boolean, expected: string): void =>
      expectThat(ok, "workers_invalid", `worker ${id}: ${name}`, expected, value);
    const memoryFits = Number.isSafeInteger(memoryBytes) && memoryBytes >= 0 && memoryBytes <= MAX_MEMORY_BYTES;
    check("memoryBytes", memoryBytes, memoryFits, `an integer from 0 to ${MAX_MEMORY_BYTES}`);
    for (const [name, rate] of Object.entries({ flopsPerSecond, bytesPerSecond })) {
      check(name, rate, rate > 0 && rate <= MAX_RATE, `above 0, at most ${MAX_RATE}`);
    }
    check("latencyMs", latencyMs, latencyMs >= 0 && latencyMs <= MAX_LATENCY_MS, `0 to ${MAX_LATENCY_MS}`);
  }
}
