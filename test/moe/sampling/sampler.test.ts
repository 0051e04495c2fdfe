import fc from "fast-check";
import { errorCode } from "../../../src/core/errors.ts";
import { uniformAt } from "../../../src/moe/sampling/random.ts";
import { createSampler } from "../../../src/moe/sampling/sampler.ts";
import { createSharedScratch } from "../../../src/moe/sampling/scratch.ts";
import { distribution, OFF, penalised, pick } from "./reference.ts";

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

const logit = fc.double({ min: -30, max: 30, noNaN: true });
const vocabulary = fc.array(logit, { minLength: 1, maxLength: 60 }).map((values) => Float32Array.from(values));

test("greedy takes the highest logit, the lowest id among equals, for any seed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 40 }),
      fc.bigInt(0n, 99n),
      (values, seed) => {
        const sampler = createSampler({ temperature: 0, seed });
        expect(sampler.sample(Float32Array.from(values)).id).toBe(values.indexOf(Math.max(...values)));
      },
    ),
    { numRuns: 300 },
  );
});

test("every choice equals the plain reference: penalties, temperature, top-k, top-p, min-p, one draw", () => {
  const options = fc.record({
    temperature: fc.double({ min: 0.05, max: 2, noNaN: true }),
    topK: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 70 })),
    topP: fc.oneof(fc.constant(1), fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
    minP: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.99, noNaN: true })),
    repetitionPenalty: fc.oneof(fc.constant(1), fc.double({ min: 0.5, max: 2, noNaN: true })),
    frequencyPenalty: fc.oneof(fc.constant(0), fc.double({ min: -2, max: 2, noNaN: true })),
    presencePenalty: fc.oneof(fc.constant(0), fc.double({ min: -2, max: 2, noNaN: true })),
  });
  const ids = fc.array(fc.nat(), { maxLength: 12 });
  const biases = fc.array(fc.tuple(fc.nat(), fc.double({ min: -100, max: 100, noNaN: true })), { maxLength: 4 });
  fc.assert(
    fc.property(
      vocabulary,
      options,
      ids,
      ids,
      biases,
      fc.bigInt(0n, 2n ** 64n - 1n),
      (logits, chosen, p, a, b, seed) => {
        const inside = (id: number) => id % logits.length;
        const prompt = p.map(inside);
        const answer = a.map(inside);
        const logitBias = new Map(b.map(([id, bias]) => [inside(id), bias]));
        const sampler = createSampler({ ...chosen, logitBias, seed });
        sampler.acceptPrompt(prompt);
        for (const id of answer) sampler.accept(id);
        const before = logits.slice();
        const { id } = sampler.sample(logits);
        expect(logits).toEqual(before);

        const expected = distribution(penalised(logits, { ...chosen, logitBias }, prompt, answer), {
          ...chosen,
          logitBias,
        });
        const u = uniformAt(seed, answer.length);
        // Sums in another order differ in the last bits; both neighbours of such a boundary are right.
        const accepted = new Set([u - 1e-9, u, u + 1e-9].map((value) => pick(expected, Math.max(0, value))));
        for (const shift of [-1e-12, 1e-12]) {
          const edge = { ...chosen, logitBias, topP: chosen.topP + shift };
          accepted.add(pick(distribution(penalised(logits, edge, prompt, answer), edge), u));
          const other = { ...chosen, logitBias, minP: chosen.minP + shift };
          accepted.add(pick(distribution(penalised(logits, other, prompt, answer), other), u));
        }
        expect([...accepted]).toContain(id);
      },
    ),
    { numRuns: 1500 },
  );
});

test("over many draws the frequencies follow the distribution (chi-squared, fixed seed)", () => {
  const logits = Float32Array.from([2, 1, 0, -1, 3, 0.5, 2.5, -4]);
  for (const options of [
    { ...OFF },
    { ...OFF, temperature: 0.6 },
    { ...OFF, topK: 4 },
    { ...OFF, topP: 0.8 },
    { ...OFF, minP: 0.15, temperature: 1.5 },
  ]) {
    const expected = distribution([...logits], options);
    const draws = 20_000;
    const seen = new Array<number>(logits.length).fill(0);
    const { temperature, topK, topP, minP } = options;
    const sampler = createSampler({ temperature, topK, topP, minP, seed: 42 });
    for (let draw = 0; draw < draws; draw++) {
      const { id } = sampler.sample(logits);
      seen[id] = (seen[id] ?? 0) + 1;
      sampler.accept(id);
    }
    let chiSquared = 0;
    for (const [id, p] of expected.entries()) {
      if (p === 0) expect(seen[id]).toBe(0);
      else chiSquared += ((seen[id] ?? 0) - draws * p) ** 2 / (draws * p);
    }
    // 7 degrees of freedom: above 24.3 with probability 0.001 (less with fewer).
    expect(chiSquared).toBeLessThan(24.3);
  }
});

test("random numbers are uniform, and neighbouring seeds and positions are unrelated", () => {
  const n = 20_000;
  const bins = new Array<number>(16).fill(0);
  let product = 0;
  for (let i = 0; i < n; i++) {
    const u = uniformAt(BigInt(i % 200), Math.floor(i / 200));
    expect(u >= 0 && u < 1).toBe(true);
    bins[Math.floor(u * 16)] = (bins[Math.floor(u * 16)] ?? 0) + 1;
    product += (u - 0.5) * (uniformAt(BigInt((i % 200) + 1), Math.floor(i / 200)) - 0.5);
  }
  const chiSquared = bins.reduce((total, count) => total + (count - n / 16) ** 2 / (n / 16), 0);
  expect(chiSquared).toBeLessThan(37.7); // 15 degrees of freedom, probability 0.001
  expect(Math.abs(product / n) * 12).toBeLessThan(0.03); // correlation; standard error 0.007
});

test("the same seed gives the same choices, another seed others; without a seed each sampler has its own", () => {
  const logits = Float32Array.from({ length: 100 }, (_, id) => Math.sin(id));
  const run = (seed: number) => {
    const sampler = createSampler({ seed });
    return Array.from({ length: 50 }, () => {
      const { id } = sampler.sample(logits);
      sampler.accept(id);
      return id;
    });
  };
  expect(run(5)).toEqual(run(5));
  expect(run(5)).not.toEqual(run(6));
  expect(createSampler().seed).not.toBe(createSampler().seed);
});

test("a restored sampler, and one that was given the same tokens, go on with the same choices", () => {
  const options = { seed: 2n ** 64n - 5n, repetitionPenalty: 1.3, frequencyPenalty: 0.5, topP: 0.9 };
  const logitsAt = (step: number) => Float32Array.from({ length: 300 }, (_, id) => Math.sin(id * 7 + step) * 4);
  const original = createSampler(options);
  original.acceptPrompt([1, 2, 3, 2]);
  const tokens: number[] = [];
  for (let step = 0; step < 40; step++) {
    const { id } = original.sample(logitsAt(step));
    expect(original.sample(logitsAt(step)).id).toBe(id);
    original.accept(id);
    tokens.push(id);
    if (step === 20) {
      const restored = createSampler({ ...options, seed: undefined });
      restored.restore(JSON.parse(JSON.stringify(original.state())));
      const replayed = createSampler(options);
      replayed.acceptPrompt([3, 2, 1]);
      for (const token of tokens) replayed.accept(token);
      expect([restored.length, replayed.length]).toEqual([21, 21]);
      const forward = structuredClone(original.state());
      for (let next = 21; next < 40; next++) {
        const ahead = original.sample(logitsAt(next)).id;
        expect(restored.sample(logitsAt(next)).id).toBe(ahead);
        expect(replayed.sample(logitsAt(next)).id).toBe(ahead);
        for (const sampler of [original, restored, replayed]) sampler.accept(ahead);
      }
      original.restore(forward);
    }
  }
});

test("a forged state is refused", () => {
  const good = createSampler({ seed: 1 }).state();
  for (const change of [
    { seed: 1 },
    { seed: "-1" },
    { seed: "99999999999999999999" },
    { promptIds: [-1] },
    { promptIds: "12" },
    { promptIds: new Array(2 ** 20 + 1) },
    { counts: [[1, 0]] },
    { counts: [[1, 1.5]] },
    { counts: [5] },
    { counts: [null] },
    {
      counts: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      counts: [
        [1, 2 ** 53 - 1],
        [2, 2 ** 53 - 1],
      ],
    },
  ]) {
    const forged = { ...good, ...change } as unknown as typeof good;
    expect(codeOf(() => createSampler().restore(forged))).toBe("bad_sampler_state");
  }
  expect(codeOf(() => createSampler().restore(null as unknown as typeof good))).toBe("bad_sampler_state");
});

test("log probabilities are of the raw logits, whatever the penalties, and sorted best first", () => {
  const logits = Float32Array.from([1, 4, 2, 4, -3]);
  const total = [...logits].reduce((sum, value) => sum + Math.exp(value), 0);
  const sampler = createSampler({
    temperature: 0,
    logprobs: true,
    topLogprobs: 3,
    logitBias: { "2": 100 },
    frequencyPenalty: 2,
  });
  const { id, logprob, topLogprobs } = sampler.sample(logits);
  expect(id).toBe(2);
  expect(logprob).toBeCloseTo(2 - Math.log(total), 12);
  expect(topLogprobs?.map((entry) => entry.id)).toEqual([1, 3, 2]);
  expect(topLogprobs?.[0]?.logprob).toBeCloseTo(4 - Math.log(total), 12);
  const sum = createSampler({ logprobs: true, topLogprobs: 20, seed: 1 })
    .sample(logits)
    .topLogprobs?.reduce((all, entry) => all + Math.exp(entry.logprob), 0);
  expect(sum).toBeCloseTo(1, 12);
  expect(createSampler({ temperature: 0 }).sample(logits).logprob).toBeUndefined();
  expect(createSampler({ temperature: 0, logprobs: true }).sample(logits).topLogprobs).toEqual([]);
});

test("NaN, infinite and missing logits are refused with a code; huge finite ones are not", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const temperature of [0, 1]) {
      const sampler = createSampler({ temperature });
      expect(codeOf(() => sampler.sample(Float32Array.from([0, 1, value, 3])))).toBe("non_finite_logits");
    }
  }
  expect(codeOf(() => createSampler().sample(new Float32Array(0)))).toBe("bad_logits");
  const huge = Float32Array.from([3.4e38, -3.4e38, 3.3e38]);
  for (const repetitionPenalty of [0.01, 10]) {
    const sampler = createSampler({ repetitionPenalty, seed: 1, temperature: 1e-300, logprobs: true, topLogprobs: 3 });
    sampler.acceptPrompt([0, 1]);
    const { id, logprob } = sampler.sample(huge);
    expect(id).toBe(repetitionPenalty < 1 ? 0 : 2);
    expect(Number.isFinite(logprob)).toBe(true);
  }
});

test("ids outside the vocabulary are refused, when accepted or when used", () => {
  for (const id of [-1, 0.5, Number.NaN, 2 ** 24]) {
    expect(codeOf(() => createSampler().accept(id))).toBe("bad_token_id");
    expect(codeOf(() => createSampler().acceptPrompt([id]))).toBe("bad_token_id");
  }
  const logits = new Float32Array(4);
  expect(codeOf(() => createSampler({ logitBias: { "4": 1 } }).sample(logits))).toBe("bad_token_id");
  const sampler = createSampler({ frequencyPenalty: 1 });
  sampler.accept(4);
  expect(codeOf(() => sampler.sample(logits))).toBe("bad_token_id");
});

test("samplers that share working memory, also of different vocabularies, do not disturb each other", () => {
  const shared = createSharedScratch();
  const small = Float32Array.from({ length: 10 }, (_, id) => id % 4);
  const large = Float32Array.from({ length: 1000 }, (_, id) => Math.cos(id));
  for (let seed = 0; seed < 50; seed++) {
    const options = { seed, topK: 5, topP: 0.9 };
    expect(createSampler(options, shared).sample(small)).toEqual(createSampler(options).sample(small));
    expect(createSampler(options, shared).sample(large)).toEqual(createSampler(options).sample(large));
  }
});

test("top-k keeps exactly k among equal logits, the lowest ids", () => {
  const logits = new Float32Array(500).fill(1.25);
  const seen = new Set(Array.from({ length: 400 }, (_, seed) => createSampler({ seed, topK: 3 }).sample(logits).id));
  expect(seen).toEqual(new Set([0, 1, 2]));
  const mixed = Float32Array.from([-0, 0, -0, 0]);
  const zeros = new Set(Array.from({ length: 200 }, (_, seed) => createSampler({ seed, topK: 2 }).sample(mixed).id));
  expect(zeros).toEqual(new Set([0, 1]));
});

test("in a large vocabulary, where candidates are dropped before selecting, the choices are the same as in the plain reference", () => {
  const logits = Float32Array.from(
    { length: 40_000 },
    (_, id) => 6 * uniformAt(9n, id) ** 2 + (id % 1000 === 7 ? 4 : 0),
  );
  for (const cut of [
    { topK: 40 },
    { topK: 1 },
    { topK: 1023 },
    { topK: 5000 },
    { topP: 0.6 },
    { topP: 0.05 },
    { topK: 300, topP: 0.9 },
  ]) {
    const expected = distribution([...logits], { ...OFF, temperature: 0.7, ...cut });
    for (let seed = 0; seed < 5; seed++) {
      const { id } = createSampler({ ...cut, temperature: 0.7, seed }).sample(logits);
      expect(id).toBe(pick(expected, uniformAt(BigInt(seed), 0)));
    }
  }
});
