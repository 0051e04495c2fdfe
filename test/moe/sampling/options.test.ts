import type { AiBlockError } from "../../../src/core/errors.ts";
import { resolveSamplingOptions, type SamplingOptions } from "../../../src/moe/sampling/options.ts";

function failure(options: unknown, vocabSize?: number): AiBlockError {
  try {
    resolveSamplingOptions(options as SamplingOptions, vocabSize);
  } catch (error) {
    return error as AiBlockError;
  }
  throw new Error(`accepted ${String(JSON.stringify(options))}`);
}

test("absent, undefined and null mean the default", () => {
  const defaults = resolveSamplingOptions();
  expect(defaults).toEqual({
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    repetitionPenalty: 1,
    frequencyPenalty: 0,
    presencePenalty: 0,
    logitBias: new Map(),
    seed: undefined,
    logprobs: false,
    topLogprobs: 0,
  });
  const names = Object.keys(defaults) as (keyof SamplingOptions)[];
  expect(resolveSamplingOptions(Object.fromEntries(names.map((name) => [name, null])))).toEqual(defaults);
  expect(resolveSamplingOptions(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(defaults);
});

test("both ends of each range are accepted, and what lies beyond is refused by name", () => {
  const ranges: readonly (readonly [keyof SamplingOptions, number, number, boolean])[] = [
    ["temperature", 0, 2, false],
    ["topK", 0, 2 ** 31 - 1, true],
    ["topP", 0, 1, false],
    ["minP", 0, 1, false],
    ["repetitionPenalty", 0.01, 10, false],
    ["frequencyPenalty", -2, 2, false],
    ["presencePenalty", -2, 2, false],
    ["topLogprobs", 0, 20, true],
  ];
  for (const [name, min, max, integer] of ranges) {
    for (const value of [min, max]) {
      expect(resolveSamplingOptions({ logprobs: true, [name]: value })[name]).toBe(value);
    }
    const beyond = [min - 0.001, max + 0.001, min - 1, max + 1, 1e9 * max + 1e12];
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", true, {}, [], 1n];
    for (const value of [...beyond, ...odd, ...(integer ? [0.5] : [])]) {
      const error = failure({ logprobs: true, [name]: value });
      expect([error.code, error.data.parameter]).toEqual(["bad_sampling_parameter", name]);
      expect(error.message).toContain(`${name}: expected`);
    }
  }
});

test("a seed is 64 bits, signed or not", () => {
  expect(resolveSamplingOptions({ seed: 7 }).seed).toBe(7n);
  expect(resolveSamplingOptions({ seed: -1 }).seed).toBe(2n ** 64n - 1n);
  expect(resolveSamplingOptions({ seed: -(2n ** 63n) }).seed).toBe(2n ** 63n);
  expect(resolveSamplingOptions({ seed: 2n ** 64n - 1n }).seed).toBe(2n ** 64n - 1n);
  for (const seed of [2n ** 64n, -(2n ** 63n) - 1n, 0.5, Number.NaN, 1e30, "7", true, {}]) {
    expect(failure({ seed }).data.parameter).toBe("seed");
  }
});

test("a logit bias comes as an object or a Map, with ids of the vocabulary and at most 1,024 entries", () => {
  const expected = new Map([
    [5, -100],
    [7, 100],
  ]);
  expect(resolveSamplingOptions({ logitBias: { "5": -100, "7": 100 } }).logitBias).toEqual(expected);
  expect(resolveSamplingOptions({ logitBias: expected }).logitBias).toEqual(expected);
  expect(failure({ logitBias: { "5": 1 } }, 5).message).toContain("from 0 to 4");
  const many = Object.fromEntries(Array.from({ length: 1025 }, (_, id) => [id, 1]));
  for (const logitBias of [many, [1], "5", 5, { x: 1 }, { "-1": 1 }, { "1.5": 1 }, { "01": 1 }, { 1e9: 1 }]) {
    expect(failure({ logitBias }).data.parameter).toBe("logitBias");
  }
  for (const bias of [100.5, -101, Number.NaN, "1", null]) {
    expect(failure({ logitBias: { "5": bias } }).data.parameter).toBe("logitBias");
  }
});

test("unknown names, non-boolean logprobs and topLogprobs without logprobs are refused", () => {
  expect(failure({ top_p: 0.5 }).data.parameter).toBe("top_p");
  expect(failure({ logprobs: 1 }).data.parameter).toBe("logprobs");
  expect(failure({ topLogprobs: 5 }).data.parameter).toBe("topLogprobs");
  expect(failure(null).data.parameter).toBe("options");
});

test("options survive structured cloning", () => {
  const options: SamplingOptions = { seed: 2n ** 63n, logitBias: new Map([[3, 1.5]]), temperature: 0.5 };
  expect(resolveSamplingOptions(structuredClone(options))).toEqual(resolveSamplingOptions(options));
});
