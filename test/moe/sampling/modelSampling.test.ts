import fc from "fast-check";
import { fullModelSampling, overModelSampling, readModelSampling } from "../../../src/moe/sampling/modelSampling.ts";
import { resolveSamplingOptions } from "../../../src/moe/sampling/options.ts";
import { TEST_SEED } from "../../seed.ts";

function read(config: unknown) {
  return readModelSampling(new Map([["generation_config.json", JSON.stringify(config)]]));
}

test("the numbers of generation_config.json are taken by their names", () => {
  const config = { do_sample: true, temperature: 0.6, top_k: 20, top_p: 0.95, min_p: 0.01, repetition_penalty: 1.05 };
  const sampling = { temperature: 0.6, topK: 20, topP: 0.95, minP: 0.01, repetitionPenalty: 1.05 };
  expect(read({ ...config, eos_token_id: 2, max_new_tokens: 2048, num_beams: 4 })).toEqual({ sampling, ignored: [] });
  expect(fullModelSampling(sampling)).toEqual(sampling);
});

test("what is absent or null keeps its default; without the file all do", () => {
  expect(read({ temperature: null, top_k: null, do_sample: null })).toEqual({ sampling: {}, ignored: [] });
  expect(readModelSampling(new Map())).toEqual({ sampling: {}, ignored: [] });
  const { temperature, topK, topP, minP, repetitionPenalty } = resolveSamplingOptions();
  expect(fullModelSampling({})).toEqual({ temperature, topK, topP, minP, repetitionPenalty });
});

test("do_sample: false is greedy, whatever temperature stands beside it", () => {
  expect(read({ do_sample: false, temperature: 0.6, top_p: 0.9 }).sampling).toEqual({ temperature: 0, topP: 0.9 });
  expect(read({ do_sample: false, temperature: 3 })).toEqual({ sampling: { temperature: 0 }, ignored: [] });
});

test.each([
  [{ temperature: 2.5 }, "generation_config.json: temperature: expected a number from 0 to 2, got 2.5; 1 is"],
  [{ top_k: -1 }, "generation_config.json: top_k: expected an integer from 0 to 2147483647, got -1; 0 is"],
  [{ top_p: "0.9" }, 'generation_config.json: top_p: expected a number from 0 to 1, got "0.9"; 1 is'],
  [{ min_p: [] }, "generation_config.json: min_p: expected a number from 0 to 1, got "],
  [
    { repetition_penalty: 0 },
    "generation_config.json: repetition_penalty: expected a number from 0.01 to 10, got 0; 1",
  ],
  [{ do_sample: "yes" }, "generation_config.json: do_sample: expected true or false, got string"],
])("%j is left out, and told by its name", (config, sentence) => {
  const { sampling, ignored } = read({ min_p: 0.1, ...config });
  expect(ignored).toEqual([expect.stringContaining(sentence)]);
  expect(sampling).toEqual("min_p" in config ? {} : { minP: 0.1 });
});

test("whatever the file holds, the sampling that comes of it is a valid one", () => {
  const fields = ["temperature", "top_k", "top_p", "min_p", "repetition_penalty", "do_sample", "__proto__", "toString"];
  const value = fc.oneof(fc.jsonValue(), fc.double({ noNaN: true }), fc.integer());
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fields), value), (config) => {
      const { sampling } = read(config);
      expect(resolveSamplingOptions(sampling)).toMatchObject(fullModelSampling(sampling));
    }),
    { seed: TEST_SEED, numRuns: 1000 },
  );
});

test("a file that is no JSON object is refused, as by the tokenizer", () => {
  expect(() => read([])).toThrow(expect.objectContaining({ code: "tokenizer_invalid" }));
  expect(() => readModelSampling(new Map([["generation_config.json", "{"]]))).toThrow(
    expect.objectContaining({ code: "tokenizer_invalid" }),
  );
});

test("a caller's value goes over the model's; undefined and null are none", () => {
  const model = { temperature: 0.6, topK: 20, topP: 0.95 };
  const given = { temperature: 0, topK: undefined, topP: null, seed: 7 };
  expect(overModelSampling(model, given)).toEqual({ temperature: 0, topK: 20, topP: 0.95, seed: 7 });
});
