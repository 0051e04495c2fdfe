/** A file that llama.cpp's quantiser wrote, with a type of its own for almost every tensor. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createEngine } from "../../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { halvesToFloats } from "../../../src/moe/formats/float16.ts";
import { readFloat32, toFloat32 } from "../../../src/moe/formats/float32.ts";
import { FORMATS } from "./fixtures.ts";

const FILE = join(FORMATS, "gguf/quantised.gguf");
const { tensors, prompts } = JSON.parse(readFileSync(join(FORMATS, "gguf/quantised.json"), "utf8")) as {
  tensors: Record<string, { type: string; sha256: string }>;
  prompts: { input_ids: number[]; greedy_ids: number[] }[];
};

test("every tensor has the type that llama.cpp gave it, and the very floats that llama.cpp makes of it", async () => {
  const source = await openCheckpoint(FILE);
  expect([...source.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, { type, sha256 }] of Object.entries(tensors)) {
    expect(source.tensors.get(name)?.dtype).toBe(type);
    const values = await readFloat32(source, name);
    expect(
      createHash("sha256")
        .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
        .digest("hex"),
    ).toBe(sha256);
  }
  await source.close();
});

test("every type that llama.cpp's mixtures use is in that file", () => {
  const types = new Set(Object.values(tensors).map(({ type }) => type));
  const all = "F32 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS MXFP4".split(" ");
  expect([...types].sort()).toEqual(all.sort());
});

test("the engine continues prompts with the tokens that llama.cpp computes", async () => {
  const source = await folderSlotSource(FILE);
  const engine = await createEngine({ source });
  for (const { input_ids, greedy_ids } of prompts) {
    const ids: number[] = [];
    for await (const event of engine.generate({ ids: input_ids, maxTokens: 24, sampling: { temperature: 0 } })) {
      if (event.type === "token") ids.push(event.id);
    }
    expect(ids).toEqual(greedy_ids);
  }
  await engine.close();
  await source.close();
});

/** What a block's four bits stand for, from ggml's documentation of the type. */
const STEPS = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
const half = (bytes: Uint8Array) => halvesToFloats(Uint16Array.of(bytes[0]! + 256 * bytes[1]!))[0]!;
const finiteScale = (bytes: Uint8Array) => (bytes[1]! & 0x7c) !== 0x7c;

test("IQ4_NL: element i is the step of one nibble times the scale", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 18, maxLength: 18 }).filter(finiteScale), (bytes) => {
      const expected = Array.from({ length: 32 }, (_, i) => {
        const byte = bytes[2 + (i % 16)]!;
        return Math.fround(half(bytes) * STEPS[i < 16 ? byte % 16 : Math.floor(byte / 16)]!);
      });
      expect(toFloat32(bytes, "IQ4_NL")).toEqual(Float32Array.from(expected));
    }),
    { numRuns: 100 },
  );
});

test("IQ4_XS: six bits of scale for every 32 elements, low four and high two in different places", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 136, maxLength: 136 }).filter(finiteScale), (bytes) => {
      const bit = (at: number) => Math.floor(bytes[Math.floor(at / 8)]! / 2 ** (at % 8)) % 2;
      const bits = (at: number, count: number) =>
        Array.from({ length: count }, (_, i) => bit(at + i) * 2 ** i).reduce((sum, value) => sum + value, 0);
      const expected = Array.from({ length: 256 }, (_, i) => {
        const sub = Math.floor(i / 32);
        const scale = bits(8 * 4 + 4 * sub, 4) + 16 * bits(8 * 2 + 2 * sub, 2) - 32;
        const nibble = bits(8 * (8 + 16 * sub + (i % 16)) + (i % 32 < 16 ? 0 : 4), 4);
        return Math.fround(half(bytes) * scale * STEPS[nibble]!);
      });
      expect(toFloat32(bytes, "IQ4_XS")).toEqual(Float32Array.from(expected));
    }),
    { numRuns: 50 },
  );
});
