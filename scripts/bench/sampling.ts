/**
 * `npm run bench -- sampling`: time to choose one token, for vocabularies of 50,000 and 200,000.
 *
 * The peer, measured in the same run on the same logits, is what a plain sampler does: one exponential for each token
 * and a sort of them all. The floor for greedy is one pass over the logits.
 */
import { integerOption, withDefault } from "../../src/cli/framework/option.ts";
import type { SamplingOptions } from "../../src/moe/sampling/options.ts";
import { uniformAt } from "../../src/moe/sampling/random.ts";
import { createSampler } from "../../src/moe/sampling/sampler.ts";
import { defineScript } from "../support/script.ts";
import { type BenchReport, type BenchRow, compared } from "./report.ts";

const SETTINGS: readonly (readonly [name: string, options: SamplingOptions])[] = [
  ["greedy", { temperature: 0 }],
  ["temperature 0.8", { temperature: 0.8 }],
  ["top-k 40", { topK: 40 }],
  ["top-k 5000", { topK: 5000 }],
  ["top-p 0.9", { topP: 0.9 }],
  ["top-k 40, top-p 0.9, min-p 0.05", { topK: 40, topP: 0.9, minP: 0.05 }],
  ["top-p 0.9, three penalties", { topP: 0.9, repetitionPenalty: 1.1, frequencyPenalty: 0.2, presencePenalty: 0.2 }],
  ["top-p 0.9, 20 logprobs", { topP: 0.9, logprobs: true, topLogprobs: 20 }],
];

/** Normally distributed, as a model's logits roughly are; `spread` 0.5 is nearly flat, the hard case for top-p. */
function makeLogits(vocabSize: number, spread: number): Float32Array {
  return Float32Array.from({ length: vocabSize }, (_, id) => {
    const u = 1 - uniformAt(1n, 2 * id);
    return spread * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * uniformAt(1n, 2 * id + 1));
  });
}

/** Median milliseconds of one call. */
function medianMs(calls: number, action: () => void): number {
  for (let i = 0; i < 20; i++) action();
  const times = Array.from({ length: calls }, () => {
    const start = performance.now();
    action();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(calls / 2)] as number;
}

/** Weights of all tokens, sorted: the first half of a plain top-p. */
function sortEverything(logits: Float32Array, weights: Float64Array): void {
  for (let id = 0; id < logits.length; id++) weights[id] = Math.exp(logits[id] as number);
  weights.sort();
}

let sink = 0;

export const script = defineScript({
  description:
    "Measures the time to choose one token, for vocabularies of 50,000 and 200,000, beside one pass over the logits and " +
    "a sort of them all. Takes less than a minute.",
  options: { calls: withDefault(integerOption("Calls, of which each number is the median.", 1, 1_000_000), 200) },
  run: ({ calls }) => benchSampling(calls),
});

async function benchSampling(calls: number): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  for (const vocabSize of [50_000, 200_000]) {
    for (const [kind, spread] of [
      ["peaked", 3],
      ["nearly flat", 0.5],
    ] as const) {
      const logits = makeLogits(vocabSize, spread);
      const weights = new Float64Array(vocabSize);
      const sortMs = medianMs(Math.ceil(calls / 10), () => sortEverything(logits, weights));
      const passMs = medianMs(calls, () => {
        for (let id = 0; id < logits.length; id++) sink = Math.max(sink, logits[id] as number);
      });
      for (const [name, options] of SETTINGS) {
        const sampler = createSampler({ ...options, seed: 1 });
        sampler.acceptPrompt(Array.from({ length: 2000 }, (_, i) => (i * 7919) % vocabSize));
        for (let i = 0; i < 500; i++) sampler.accept((i * 104_729) % vocabSize);
        const value = medianMs(calls, () => {
          sink += sampler.sample(logits).id;
        });
        const floor =
          name === "greedy" ? { name: "one pass", value: passMs } : { name: "exp and full sort", value: sortMs };
        rows.push(compared({ name: `${vocabSize} ${kind}: ${name}`, value, unit: "ms", floor }));
      }
    }
  }
  return {
    rows,
    notes: [`median of ${calls} calls after 20 to warm up; 2,000 prompt and 500 answer ids for penalties`],
  };
}
