/** The engine against the reference library, for every architecture and file format. */
import type { Engine, TraceEvent } from "../../../src/moe/engine/engine.ts";
import {
  ARCHITECTURE_NAMES,
  difference,
  greedy,
  PYTORCH_NAMES,
  promptOf,
  type Reference,
  readReference,
  readTraining,
  withEngine,
} from "./support.ts";

async function trace(engine: Engine, ids: readonly number[]): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of engine.generate({ ids, maxTokens: 0, trace: true })) {
    if (event.type === "trace") events.push(event);
  }
  return events;
}

function checkRouting(reference: Reference, events: readonly TraceEvent[]): void {
  for (const [row, event] of events.entries()) {
    expect(event.routing.map(({ layer }) => layer)).toEqual(reference.detail.router.map(({ layer }) => layer));
    for (const [i, { experts, weights }] of event.routing.entries()) {
      const expected = reference.detail.router[i];
      const byExpert = new Map(
        expected?.indices[row]?.map((expert, j) => [expert, expected.weights[row]?.[j] as number]),
      );
      expect(new Set(experts)).toEqual(new Set(byExpert.keys()));
      for (const [j, expert] of experts.entries()) {
        expect(Math.abs((weights[j] as number) - (byExpert.get(expert) as number))).toBeLessThan(1e-4);
      }
    }
  }
}

for (const name of [...ARCHITECTURE_NAMES, ...PYTORCH_NAMES]) {
  test(`${name}: logits, hidden states, routing and greedy tokens are the reference library's`, async () => {
    const reference = readReference(name);
    await withEngine(name, {}, async (engine, source) => {
      // PyTorch files hold a tied head under both of its names.
      const ignored = source.ignoredTensors.filter(
        (tensor) => !(source.spec.tiedEmbeddings && tensor === "lm_head.weight"),
      );
      expect(ignored.toSorted()).toEqual(reference.ignored_tensors.toSorted());
      const detailed = promptOf(reference, reference.detail.prompt);
      const events = await trace(engine, detailed.input_ids);
      expect(events.map(({ position }) => position)).toEqual(detailed.input_ids.map((_, i) => i));
      const last = events.at(-1) as TraceEvent;
      expect(difference(last.embedding, reference.detail.embedding_last)).toBeLessThan(1e-3);
      expect(last.hidden.length).toBe(engine.spec.layers.length);
      for (const [layer, hidden] of last.hidden.entries()) {
        expect(difference(hidden, reference.detail.hidden_last[layer] as number[])).toBeLessThan(1e-3);
      }
      for (const [row, { logits }] of events.entries()) {
        expect(difference(logits as Float32Array, reference.detail.logits_all[row] as number[])).toBeLessThan(1e-3);
      }
      checkRouting(reference, events);
      for (const { input_ids, greedy_ids, logits_last } of reference.prompts) {
        const traced = await trace(engine, input_ids);
        expect(difference(traced.at(-1)?.logits as Float32Array, logits_last)).toBeLessThan(1e-3);
        expect(await greedy(engine, input_ids, greedy_ids.length)).toEqual(greedy_ids);
      }
    });
  });
}

for (const name of ["mixtral", "olmoe", "qwen2moe", "qwen3moe"]) {
  test(`${name}: the loss of token sequences is the reference library's, batched or one by one`, async () => {
    const { batch, loss0, loss_per_sequence, evaluation } = readTraining(name);
    await withEngine(name, {}, async (engine) => {
      const whole = await engine.loss(batch);
      expect(Math.abs(whole.loss - loss0)).toBeLessThan(1e-4);
      expect(difference(whole.perSequence, loss_per_sequence)).toBeLessThan(1e-4);
      expect(whole.tokens).toBe(4 * 23);
      for (const [i, sequence] of batch.entries()) {
        const alone = await engine.loss([sequence]);
        expect(Math.abs(alone.loss - (loss_per_sequence[i] as number))).toBeLessThan(1e-4);
      }
      const other = await engine.loss(evaluation.batch);
      expect(Math.abs(other.loss - evaluation.loss_original)).toBeLessThan(1e-4);
    });
  });
}

test("results do not depend on the number of threads, only on the number of shards", async () => {
  const { input_ids } = promptOf(readReference("olmoe"), "len7");
  const logits = async (shards: number, threads: number): Promise<Float32Array> =>
    withEngine(
      "olmoe",
      { shards, threads },
      async (engine) => (await trace(engine, input_ids)).at(-1)?.logits as Float32Array,
    );
  const one = await logits(2, 1);
  expect(await logits(2, 2)).toEqual(one);
  for (const shards of [1, 3, 4, 7]) expect(difference(await logits(shards, 1), one)).toBeLessThan(1e-4);
});

test("every architecture computes the same in several shards, also where heads and widths do not divide", async () => {
  for (const name of ["mixtral-bf16", "mixtral-f16", "qwen2moe-mix", "deepseek_v2-group", "gpt_oss", "phimoe"]) {
    const { input_ids, logits_last } = promptOf(readReference(name), "len7");
    await withEngine(name, { shards: 3 }, async (engine) => {
      expect(difference((await trace(engine, input_ids)).at(-1)?.logits as Float32Array, logits_last)).toBeLessThan(
        1e-3,
      );
    });
  }
});
