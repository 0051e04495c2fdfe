/** Norm and rotation across shards against the formulas themselves, written down once more without any cleverness. */
import { clipAll, positionHeads } from "../../../src/moe/engine/positionHeads.ts";
import type { RopeSpec } from "../../../src/moe/model/spec.ts";

const HEAD_DIM = 6;
const WEIGHT = Float32Array.from({ length: 12 }, (_, i) => 0.5 + i / 10);
const VALUES = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i + 1));
const SCALE = Float32Array.of(1.5, 0.25);

function rotated(interleaved: boolean, clip: number | undefined): Float32Array {
  const rope = { dimension: 4, interleaved } as RopeSpec;
  const angles = Float32Array.of(0.3, 1.1, -0.7, 2);
  const values = VALUES.slice();
  positionHeads({ values, headDim: HEAD_DIM, scale: SCALE, weight: WEIGHT }, clip, {
    rope,
    cos: angles.map(Math.cos),
    sin: angles.map(Math.sin),
  });
  return values;
}

/** Pair `pair` of a head is turned by the row's angle; what lies beyond the rotated dimensions stays. */
function expected(interleaved: boolean, clip: number): number[] {
  const angles = [0.3, 1.1, -0.7, 2];
  const scaled = [...VALUES].map((value, i) => {
    const product = value * (SCALE[Math.floor(i / 12)] as number) * (WEIGHT[i % 12] as number);
    return Math.min(clip, Math.max(-clip, product));
  });
  const out = [...scaled];
  for (let row = 0; row < 2; row++) {
    for (let head = 0; head < 2; head++) {
      for (let pair = 0; pair < 2; pair++) {
        const at = row * 12 + head * HEAD_DIM;
        const [x, y] = interleaved ? [at + 2 * pair, at + 2 * pair + 1] : [at + pair, at + pair + 2];
        const angle = angles[row * 2 + pair] as number;
        out[x] = (scaled[x] as number) * Math.cos(angle) - (scaled[y] as number) * Math.sin(angle);
        out[y] = (scaled[y] as number) * Math.cos(angle) + (scaled[x] as number) * Math.sin(angle);
      }
    }
  }
  return out;
}

test.each([false, true])(
  "each head is scaled, weighted, clipped and then turned pair by pair (interleaved: %p)",
  (interleaved) => {
    for (const clip of [undefined, 0.4]) {
      const want = expected(interleaved, clip ?? Number.POSITIVE_INFINITY);
      for (const [i, value] of rotated(interleaved, clip).entries()) expect(value).toBeCloseTo(want[i] as number, 6);
    }
  },
);

test("without positions only the norm is applied", () => {
  const values = VALUES.slice();
  positionHeads({ values, headDim: HEAD_DIM, scale: SCALE, weight: WEIGHT }, undefined, undefined);
  expect(values[13]).toBeCloseTo(Math.sin(14) * 0.25 * 0.6, 6);
});

test("clipping touches only the values asked for", () => {
  const values = Float32Array.of(5, -5, 5, -5);
  clipAll(values, 1, 2, 2);
  expect([...values]).toEqual([5, -2, 2, -5]);
});
