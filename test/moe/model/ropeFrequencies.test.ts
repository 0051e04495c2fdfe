/** Frequencies of rotary positions against their formulas in plain arithmetic. */
import { ropeFrequencies, rotations, usesLongFactors } from "../../../src/moe/model/ropeFrequencies.ts";
import type { RopeScaling, RopeSpec } from "../../../src/moe/model/spec.ts";

const rope = (scaling: RopeScaling): RopeSpec => ({ dimension: 8, interleaved: false, theta: 10_000, scaling });
const plain = [1, 0.1, 0.01, 0.001];

function expectClose(got: Float32Array, expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs((got[i] as number) / value - 1)).toBeLessThan(1e-6);
}

test("default frequencies are powers of theta; linear scaling divides them", () => {
  expectClose(ropeFrequencies(rope({ kind: "default" }), 5).inverse, plain);
  expectClose(
    ropeFrequencies(rope({ kind: "linear", factor: 4 }), 5).inverse,
    plain.map((x) => x / 4),
  );
});

test("Llama 3 scaling leaves short wavelengths, divides long ones, and blends between", () => {
  const scaling: RopeScaling = {
    kind: "llama3",
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalPositions: 1000,
  };
  // Wavelengths 6.3, 63, 628, 6283; short is below 250, long above 1000.
  const smooth = (1000 / (2 * Math.PI * 100) - 1) / 3;
  expectClose(ropeFrequencies(rope(scaling), 5).inverse, [
    1,
    0.1,
    ((1 - smooth) * 0.01) / 8 + smooth * 0.01,
    0.001 / 8,
  ]);
});

test("YaRN keeps fast turning pairs, divides slow ones, and scales cosines", () => {
  const scaling: RopeScaling = {
    kind: "yarn",
    factor: 10,
    originalPositions: 1000,
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
    attentionFactor: 1.25,
  };
  const { inverse, scale } = ropeFrequencies(rope(scaling), 5);
  expect(scale).toBe(1.25);
  expect(inverse[0]).toBe(1);
  expect((inverse[3] as number) / 0.0001).toBeCloseTo(1, 5);
  expect(inverse[1] as number).toBeLessThan(0.1);
  expect(inverse[1] as number).toBeGreaterThan(0.01);
  const smooth = ropeFrequencies(rope({ ...scaling, truncate: false }), 5).inverse;
  expect(smooth[1]).not.toBe(inverse[1]);
});

test("LongRoPE takes the long factors for sequences past the original length", () => {
  const scaling: RopeScaling = {
    kind: "longrope",
    originalPositions: 64,
    shortFactors: [1, 1, 1, 1],
    longFactors: [2, 4, 8, 16],
    shortScale: 1.1,
    longScale: 1.3,
  };
  expectClose(ropeFrequencies(rope(scaling), 64).inverse, plain);
  expect(ropeFrequencies(rope(scaling), 64).scale).toBe(1.1);
  expectClose(ropeFrequencies(rope(scaling), 65).inverse, [1 / 2, 0.1 / 4, 0.01 / 8, 0.001 / 16]);
  expect(usesLongFactors(rope(scaling), 64)).toBe(false);
  expect(usesLongFactors(rope(scaling), 65)).toBe(true);
  expect(usesLongFactors(undefined, 1e9)).toBe(false);
});

test("rotations are the cosines and sines of position times frequency", () => {
  const { cos, sin } = rotations({ inverse: Float32Array.of(1, 0.5), scale: 2 }, [0, 3]);
  expect([...cos].map((x) => x.toFixed(5))).toEqual(
    [2, 2, 2 * Math.cos(3), 2 * Math.cos(1.5)].map((x) => x.toFixed(5)),
  );
  expect([...sin].map((x) => x.toFixed(5))).toEqual(
    [0, 0, 2 * Math.sin(3), 2 * Math.sin(1.5)].map((x) => x.toFixed(5)),
  );
});
