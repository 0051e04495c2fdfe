import fc from "fast-check";
import { GgufMetadata, type GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { readGgufSampling, writeGgufSampling } from "../../../src/moe/sampling/ggufSampling.ts";
import { type FoundModelSampling, readModelSampling } from "../../../src/moe/sampling/modelSampling.ts";

function read(entries: ReadonlyMap<string, GgufValue>): FoundModelSampling {
  const config = readGgufSampling(new GgufMetadata(entries));
  return readModelSampling(new Map([["generation_config.json", JSON.stringify(config)]]));
}

/** What a file holds of a number: its type's nearest. */
function stored(entries: ReadonlyMap<string, GgufValue>): Map<string, GgufValue> {
  const round = (value: GgufValue): GgufValue =>
    value.type === "f32" ? { type: "f32", value: Math.fround(value.value as number) } : value;
  return new Map([...entries].map(([key, value]) => [key, round(value)]));
}

test("every sampling of up to six digits is the same after it was written and read", () => {
  const decimal = (max: number) => fc.integer({ min: 0, max: max * 1e5 }).map((steps) => steps / 1e5);
  const sampling = fc.record(
    {
      temperature: decimal(2),
      topK: fc.nat(2 ** 31 - 1),
      topP: decimal(1),
      minP: decimal(1),
      repetitionPenalty: decimal(9).map((value) => Math.max(value, 0.01)),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(sampling, (given) => {
      expect(read(stored(writeGgufSampling(given)))).toEqual({ sampling: given, ignored: [] });
    }),
    { numRuns: 500 },
  );
});

test("numbers of every type are taken, and keys of other methods are not looked at", () => {
  const { sampling, ignored } = read(
    new Map<string, GgufValue>([
      ["general.sampling.temp", { type: "f64", value: 0.6 }],
      ["general.sampling.top_k", { type: "u32", value: 40 }],
      ["general.sampling.top_p", { type: "f32", value: Math.fround(0.95) }],
      ["general.sampling.mirostat", { type: "i32", value: 2 }],
      ["general.sampling.sequence", { type: "string", value: "temperature;top_k" }],
    ]),
  );
  expect([sampling, ignored]).toEqual([{ temperature: 0.6, topK: 40, topP: 0.95 }, []]);
});

test.each<[GgufValue, string]>([
  [{ type: "f32", value: Number.NaN }, '"NaN"'],
  [{ type: "f32", value: -1 }, "-1"],
  [{ type: "u64", value: 2n ** 64n - 1n }, '"18446744073709551615"'],
  [{ type: "string", value: "9".repeat(1000) }, `"${"9".repeat(47)}… (66 characters)`],
  [{ type: "bool", value: true }, '"true"'],
  [{ type: "array", items: "f32", value: [0.5] }, '"an array of f32"'],
])("what is no number of the range is left out and named (%#)", (value, got) => {
  expect(read(new Map([["general.sampling.temp", value]]))).toEqual({
    sampling: {},
    ignored: [
      `generation_config.json: temperature: expected a number from 0 to 2, got ${got}; 1 is the default instead`,
    ],
  });
});

test("a file without them says nothing", () => {
  expect(readGgufSampling(new GgufMetadata(new Map()))).toEqual({});
  expect(writeGgufSampling({})).toEqual(new Map());
});
