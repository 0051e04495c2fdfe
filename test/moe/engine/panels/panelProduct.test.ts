import fc from "fast-check";
import { packPanels, panelBlockSize, panelBytes } from "../../../../src/moe/engine/panels/packPanels.ts";
import { PanelMemory } from "../../../../src/moe/engine/panels/panelMemory.ts";
import { PanelProduct } from "../../../../src/moe/engine/panels/panelProduct.ts";
import { dequantiseMatrix, type QuantisedBits, quantiseMatrix } from "../../../../src/moe/engine/quantise.ts";

const memory = new PanelMemory();

function wave(length: number, step: number, phase = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * step + phase));
}

function productOf(weights: Float32Array, outputs: number, inputs: number, bits: QuantisedBits) {
  const quantised = quantiseMatrix(weights, outputs, inputs, bits, panelBlockSize(inputs, bits));
  const packed = packPanels(quantised);
  const bytes = panelBytes(packed);
  const place = memory.take(bytes.data + bytes.scales);
  new Uint8Array(place.arena.floats.buffer, place.address).set(packed.data);
  place.arena.floats.set(packed.scales, (place.address + bytes.data) / 4);
  return { product: new PanelProduct(packed, place), exact: dequantiseMatrix(quantised), place };
}

function reference(x: Float32Array, weights: Float32Array, rows: number, outputs: number, inputs: number): number[] {
  return Array.from({ length: rows * outputs }, (_, at) => {
    const [row, output] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += (x[row * inputs + i] as number) * (weights[output * inputs + i] as number);
    return sum;
  });
}

test.each([
  // 16-bit activations are wrong by at most 1/65534 of the row's largest, 8-bit ones by 1/254; blocks sum in float32.
  [8, 2e-5],
  [4, 0.004],
] as const)(
  "with %i bits the product is that of the dequantised weights, for all shapes and numbers of rows",
  (bits, each) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        (rows, outputs, inputs, step) => {
          const { product, exact, place } = productOf(wave(outputs * inputs, step), outputs, inputs, bits);
          const x = wave(rows * inputs, 0.7 * step, 1);
          const y = product.multiply(x, rows);
          memory.give(place);
          expect(y).toHaveLength(rows * outputs);
          const wanted = reference(x, exact, rows, outputs, inputs);
          for (const [i, value] of wanted.entries()) {
            expect(Math.abs((y[i] as number) - value)).toBeLessThan(each * inputs + 1e-5);
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);

test("a row's outputs are the same to the bit, whatever rows are computed beside it", () => {
  for (const bits of [4, 8] as const) {
    const [outputs, inputs, rows] = [40, 384, 70];
    const { product, place } = productOf(wave(outputs * inputs, 0.3), outputs, inputs, bits);
    const x = wave(rows * inputs, 0.9);
    const together = product.multiply(x, rows);
    for (let row = 0; row < rows; row++) {
      const alone = product.multiply(x.subarray(row * inputs, (row + 1) * inputs), 1);
      expect([...together.subarray(row * outputs, (row + 1) * outputs)]).toEqual([...alone]);
    }
    memory.give(place);
  }
});

test("as floats the matrix is the dequantised one, bit for bit", () => {
  for (const [outputs, inputs] of [
    [8, 16],
    [40, 384],
    [64, 1024],
  ] as const) {
    const { product, exact, place } = productOf(wave(outputs * inputs, 0.3), outputs, inputs, 8);
    expect(product.floatBytes).toBe(4 * outputs * inputs);
    expect(product.dequantise(4096)).toEqual(exact);
    memory.give(place);
  }
  // Rows and outputs that were filled up do not lie as a matrix would.
  expect(productOf(wave(9 * 16, 0.3), 9, 16, 8).product.floatBytes).toBeUndefined();
  expect(productOf(wave(8 * 20, 0.3), 8, 20, 8).product.floatBytes).toBeUndefined();
});

test("sums of the largest weights and activations do not overflow", () => {
  for (const bits of [4, 8] as const) {
    for (const sign of [-1, 1]) {
      const [outputs, inputs] = [9, 512];
      const { product, exact, place } = productOf(new Float32Array(outputs * inputs).fill(sign), outputs, inputs, bits);
      const x = new Float32Array(inputs).fill(-3);
      const wanted = reference(x, exact, 1, outputs, inputs);
      for (const [i, value] of product.multiply(x, 1).entries())
        expect(value / (wanted[i] as number)).toBeCloseTo(1, 5);
      memory.give(place);
    }
  }
});

test("rows of zeros give zeros, and what is no number gives none", () => {
  for (const bits of [4, 8] as const) {
    const { product, place } = productOf(wave(16 * 128, 0.3), 16, 128, bits);
    const x = new Float32Array(3 * 128);
    x[128 + 5] = Number.NaN;
    x[256 + 5] = Number.POSITIVE_INFINITY;
    const y = [...product.multiply(x, 3)];
    expect(y.slice(0, 16).every((value) => value === 0)).toBe(true);
    expect(y.slice(16).every(Number.isNaN)).toBe(true);
    memory.give(place);
  }
});

test("memory that was given back is taken again by the next matrix of that size", () => {
  const own = new PanelMemory();
  const first = own.take(1_000_000);
  const second = own.take(1_000_000);
  const bytes = second.arena.floats.byteLength;
  own.give(first);
  expect(own.take(999_990).address).toBe(first.address);
  expect(second.arena.floats.byteLength).toBe(bytes);
});
