/** Tasks and workers for tests. */
import fc from "fast-check";
import type { TrainingTask, WorkerFacts } from "../../../../src/moe/distributed/breakdown/task.ts";
import { parseConfig } from "../../../../src/moe/model/parseConfig.ts";
import type { ModelSpec } from "../../../../src/moe/model/spec.ts";
import { tinyConfig } from "../../training/tinyModel.ts";

export function tinySpec(change: Readonly<Record<string, unknown>> = {}): ModelSpec {
  return parseConfig(tinyConfig(change));
}

export function taskOf(change: Partial<TrainingTask> = {}): TrainingTask {
  return {
    spec: tinySpec({ num_hidden_layers: 4 }),
    mode: { kind: "all" },
    sequences: 1000,
    sequenceLength: 32,
    batchSequences: 16,
    steps: 100,
    ...change,
  };
}

export function worker(id: string, change: Partial<WorkerFacts> = {}): WorkerFacts {
  return { id, memoryBytes: 64 * 2 ** 20, flopsPerSecond: 1e10, bytesPerSecond: 1e8, latencyMs: 1, ...change };
}

export function workersOf(count: number, change: Partial<WorkerFacts> = {}): WorkerFacts[] {
  return Array.from({ length: count }, (_, i) => worker(`w${i}`, change));
}

const aSpec = fc
  .record({
    num_hidden_layers: fc.integer({ min: 1, max: 6 }),
    num_experts: fc.constantFrom(2, 4, 8),
    tie_word_embeddings: fc.boolean(),
    vocab_size: fc.constantFrom(48, 500),
  })
  .map(tinySpec);

export const aTask: fc.Arbitrary<TrainingTask> = fc
  .tuple(
    aSpec,
    fc.boolean(),
    fc.nat(),
    fc.nat(),
    fc.record({
      length: fc.integer({ min: 2, max: 64 }),
      batch: fc.integer({ min: 1, max: 40 }),
      more: fc.nat({ max: 5000 }),
      steps: fc.integer({ min: 1, max: 50 }),
    }),
  )
  .map(([spec, one, layer, expert, { length, batch, more, steps }]) => ({
    spec,
    mode: one
      ? { kind: "expert", layer: layer % spec.layers.length, expert: expert % spec.experts.count }
      : { kind: "all" },
    sequences: batch + more,
    sequenceLength: length,
    batchSequences: batch,
    steps,
    localSteps: 1 + (more % steps),
  }));

/** From far too small for anything to large enough for all. */
export const someWorkers: fc.Arbitrary<WorkerFacts[]> = fc
  .array(
    fc.record({
      memoryBytes: fc.oneof(fc.integer({ min: 0, max: 2 ** 18 }), fc.integer({ min: 0, max: 2 ** 23 })),
      flopsPerSecond: fc.double({ min: 1e6, max: 1e13, noNaN: true }),
      bytesPerSecond: fc.double({ min: 1e3, max: 1e10, noNaN: true }),
      latencyMs: fc.double({ min: 0, max: 500, noNaN: true }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((list) => list.map((facts, i) => ({ id: `w${i}`, ...facts })));
