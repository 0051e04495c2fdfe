import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { blockSize, isDtype, tensorBytes } from "../../../src/moe/formats/dtype.ts";
import { floatsToBfloats, floatsToHalves, halvesToFloats, toHalfBits } from "../../../src/moe/formats/float16.ts";
import { type FloatTarget, fromFloat32, toFloat32 } from "../../../src/moe/formats/float32.ts";
import { mxfp4ToFloats } from "../../../src/moe/formats/mxfp4.ts";
import type { Dtype } from "../../../src/moe/tensor.ts";
import { expectCode } from "./expectCode.ts";
import { FORMATS } from "./fixtures.ts";

interface Case {
  readonly bytes: string;
  readonly floats: string;
}
const BLOCKS = JSON.parse(readFileSync(join(FORMATS, "gguf/blocks.json"), "utf8")) as Record<string, Case>;

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const floatsOf = (hex: string) => new Float32Array(bytesOf(hex).buffer);

test.each(Object.keys(BLOCKS).filter((name) => !name.startsWith("encode_")))(
  "%s blocks decode to the very floats of the reference implementation",
  (name) => {
    expect(isDtype(name)).toBe(true);
    const { bytes, floats } = BLOCKS[name]!;
    expect([...toFloat32(bytesOf(bytes), name as Dtype)]).toEqual(
      [...floatsOf(floats)].map((x) => (x === 0 ? expect.closeTo(0) : x)),
    );
  },
);

test.each(["Q8_0", "Q4_0", "F16", "BF16"])(
  "%s is encoded to the very bytes of the reference implementation",
  (name) => {
    const { bytes, floats } = BLOCKS[`encode_${name}`]!;
    expect(Buffer.from(fromFloat32(floatsOf(floats), name as FloatTarget)).toString("hex")).toBe(bytes);
  },
);

test("all 65,536 halves survive the way to float32 and back", () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const floats = halvesToFloats(halves);
  const back = floatsToHalves(floats);
  for (let i = 0; i < 65_536; i++) {
    if (Number.isNaN(floats[i]!)) expect(Number.isNaN(halvesToFloats(back.subarray(i, i + 1))[0]!)).toBe(true);
    else if (back[i] !== i) throw new Error(`half ${i} came back as ${back[i]}`);
  }
});

test("float32 to half rounds to the nearest half, ties to even, overflow to infinity", () => {
  expect(toHalfBits(65_519.99)).toBe(0x7bff);
  expect(toHalfBits(65_520)).toBe(0x7c00);
  expect(toHalfBits(2 ** -25)).toBe(0);
  expect(toHalfBits(2 ** -25 * 1.0000001)).toBe(1);
  expect(toHalfBits(1 + 2 ** -11)).toBe(0x3c00);
  expect(toHalfBits(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(toHalfBits(-0)).toBe(0x8000);
  expect(toHalfBits(Number.NaN) & 0x7fff).toBe(0x7e00);
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65_000, max: 65_000 }), (value) => {
      const bits = toHalfBits(value);
      const nearest = halvesToFloats(Uint16Array.of(bits))[0]!;
      for (const neighbour of [bits - 1, bits + 1]) {
        const other = halvesToFloats(Uint16Array.of(neighbour & 0xffff))[0]!;
        if (Number.isFinite(other)) expect(Math.abs(nearest - value)).toBeLessThanOrEqual(Math.abs(other - value));
      }
    }),
    { numRuns: 2000 },
  );
});

test("a NaN stays a NaN in bfloat16, whatever its payload", () => {
  const bits = Uint32Array.of(0x7f800001, 0xffffffff, 0x7fc00000);
  const out = floatsToBfloats(new Float32Array(bits.buffer));
  for (const value of toFloat32(new Uint8Array(out.buffer), "BF16")) expect(value).toBeNaN();
});

test("eight-bit floats have their published extremes", () => {
  const at = (byte: number, dtype: Dtype) => toFloat32(Uint8Array.of(byte), dtype)[0];
  expect([at(0x7e, "F8_E4M3"), at(0x7f, "F8_E4M3"), at(0x01, "F8_E4M3")]).toEqual([448, Number.NaN, 2 ** -9]);
  expect([at(0x7b, "F8_E5M2"), at(0x7c, "F8_E5M2"), at(0x01, "F8_E5M2")]).toEqual([57_344, Infinity, 2 ** -16]);
});

test("integers and booleans become floats, from memory at any offset", () => {
  const memory = new Uint8Array(33);
  new DataView(memory.buffer).setBigInt64(1, -5n, true);
  expect([...toFloat32(memory.subarray(1, 9), "I64")]).toEqual([-5]);
  expect([...toFloat32(Uint8Array.of(0, 1, 2), "BOOL")]).toEqual([0, 1, 1]);
  expect([...toFloat32(Uint8Array.of(255, 255), "I16")]).toEqual([-1]);
});

test("gpt-oss's MXFP4 pair: low nibble first, scale a power of two, 255 not a number", () => {
  const blocks = new Uint8Array(32);
  blocks[0] = 0x72; // element 0 is 1.0, element 1 is 6.0
  blocks[16] = 0xf1;
  const values = mxfp4ToFloats(blocks, Uint8Array.of(128, 127));
  expect([values[0], values[1], values[2]]).toEqual([2, 12, 0]);
  expect([values[32], values[33]]).toEqual([0.5, -6]);
  expect(mxfp4ToFloats(new Uint8Array(16), Uint8Array.of(255))[0]).toBeNaN();
});

test("bytes that are no whole blocks, and rows that are none, are refused", async () => {
  await expectCode(() => toFloat32(new Uint8Array(33), "Q8_0"), "tensor_size_mismatch");
  await expectCode(() => toFloat32(new Uint8Array(3), "F16"), "tensor_size_mismatch");
  await expectCode(() => mxfp4ToFloats(new Uint8Array(15), new Uint8Array(1)), "tensor_size_mismatch");
  await expectCode(() => tensorBytes("Q4_K", [3, 128]), "tensor_shape_invalid");
  await expectCode(() => fromFloat32(new Float32Array(33), "Q8_0"), "tensor_shape_invalid");
  expect(tensorBytes("Q4_K", [3, 512])).toBe(3 * 2 * blockSize("Q4_K").bytes);
});
