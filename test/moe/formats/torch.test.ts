/** Files that PyTorch 2.13 wrote: every tensor must have the bytes that PyTorch says it has. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import type { TensorSource } from "../../../src/moe/tensor.ts";
import { expectCode } from "./expectCode.ts";
import { FORMATS } from "./fixtures.ts";

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}
const FOLDER = join(FORMATS, "torch");
const EXPECTED = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as Record<
  string,
  Record<string, Expected>
>;
const READABLE = Object.keys(EXPECTED).filter((name) => name !== "expanded.pt");

async function using<T>(name: string, use: (source: TensorSource) => Promise<T>): Promise<T> {
  const source = await openCheckpoint(join(FOLDER, name));
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

test.each(READABLE)("%s: names, types, shapes and bytes of every tensor", async (name) => {
  await using(name, async (source) => {
    expect([...source.tensors.keys()].sort()).toEqual(Object.keys(EXPECTED[name]!).sort());
    for (const [tensor, { dtype, shape, sha256 }] of Object.entries(EXPECTED[name]!)) {
      expect(source.tensors.get(tensor)).toMatchObject({ dtype, shape });
      const bytes = await source.read(tensor);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
      const middle = Math.floor(bytes.length / 3);
      expect(await source.readRange(tensor, middle, bytes.length - middle)).toEqual(bytes.slice(middle));
    }
  });
});

test("views that are not contiguous are gathered into row-major order", async () => {
  await using("strided.pt", async (source) => {
    const floats = async (name: string) => [...new Float32Array((await source.read(name)).buffer as ArrayBuffer)];
    expect(await floats("transposed")).toEqual(Array.from({ length: 24 }, (_, i) => Math.floor(i / 4) + 6 * (i % 4)));
    expect(await floats("columns")).toEqual([0, 10, 20, 30, 40, 50].flatMap((row) => [row + 2, row + 3, row + 4]));
    expect(await floats("steps")).toEqual([0, 7, 14, 21, 28, 35, 42, 49, 56]);
    expect(await floats("scalar")).toEqual([3.5]);
  });
});

test.each([
  ["module.pt", "pickle_forbidden"],
  ["numpy-inside.pt", "pickle_forbidden"],
  ["expanded.pt", "tensor_offsets_invalid"],
  ["torchscript.pt", "zip_unsupported"],
  ["legacy.pt", "format_unknown"],
  ["list.pt", "weights_missing"],
] as const)("%s is refused with %s", async (name, code) => {
  await expectCode(() => openCheckpoint(join(FOLDER, name)), code);
});
