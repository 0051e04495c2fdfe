import fc from "fast-check";
import {
  DEFAULTS,
  NUMBERS,
  parseNumber,
  parseStops,
  placeholderOf,
  requestFields,
} from "../../../frontend/chat/settings.js";

type NumberName = keyof typeof NUMBERS;

const NAMES = Object.keys(NUMBERS) as NumberName[];

test("a request has what was set and nothing else: the rest is the model's own", () => {
  expect(requestFields(DEFAULTS)).toEqual({ use_moe: true });
  expect(requestFields({ ...DEFAULTS, temperature: 0, topP: 0, seed: 0, stop: ["END"], topKExperts: 1 })).toEqual({
    use_moe: true,
    temperature: 0,
    top_p: 0,
    seed: 0,
    stop: ["END"],
    top_k_experts: 1,
  });
});

test("every number of a field's range is read as it is written, with a comma too; nothing else is", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.nat(1000), (name, step) => {
      const { min, max, integer } = NUMBERS[name];
      const value = integer ? min + step : min + ((max - min) * step) / 1000;
      const isAllowed = value <= max;
      const read = () => parseNumber(name, ` ${String(value).replace(".", ",")} `);
      if (isAllowed) expect(read()).toBe(value);
      else expect(read).toThrow(String(max));
    }),
    { numRuns: 200 },
  );
  for (const name of NAMES) {
    expect(parseNumber(name, " ")).toBe(null);
    for (const text of ["-1", "nine", "NaN", "Infinity", "1e400"]) expect(() => parseNumber(name, text)).toThrow();
  }
  expect(() => parseNumber("seed", "1.5")).toThrow("a whole number from 0 up");
  expect(() => parseNumber("temperature", "2.1")).toThrow("a number from 0 to 2");
});

test("stop texts are lines, at most four, in which \\n is a line break", () => {
  expect(parseStops("END\n\n\\n\\n")).toEqual(["END", "\n\n"]);
  expect(() => parseStops("1\n2\n3\n4\n5")).toThrow("at most 4 lines");
});

test("an empty field says what then holds, where that is one number", () => {
  const model = { top_k: 8, sampling: { temperature: 0, top_p: 0.95 } };
  const shown = NAMES.map((name) => [name, placeholderOf(name, model)]);
  expect(Object.fromEntries(shown)).toEqual({
    temperature: "0, this model's default",
    topP: "0.95, this model's default",
    maxTokens: "",
    seed: "",
    topKExperts: "8, this model's default",
  });
  expect(placeholderOf("temperature", null)).toBe("the model's default");
  expect(placeholderOf("seed", null)).toBe("");
});
