import fc from "fast-check";
import { floatData, floats, OrtSession } from "../../../src/moe/engine/ort.ts";
import { blockSizeFor, dequantiseMatrix, quantiseMatrix } from "../../../src/moe/engine/quantise.ts";
import { GraphBuilder, MICROSOFT_DOMAIN } from "../../../src/moe/graph/graph.ts";

const weight = fc.float({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true });

test("every weight comes back within half a step of its block, in 4 and in 8 bits", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4 as const, 8 as const),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 70 }),
      fc.infiniteStream(weight),
      (bits, outputs, inputs, stream) => {
        const weights = Float32Array.from(stream.take(outputs * inputs));
        const quantised = quantiseMatrix(weights, outputs, inputs, bits, 32);
        const back = dequantiseMatrix(quantised);
        const blocks = Math.ceil(inputs / 32);
        for (let i = 0; i < weights.length; i++) {
          const scale = quantised.scales[Math.floor(i / inputs) * blocks + Math.floor((i % inputs) / 32)] as number;
          const error = Math.abs((weights[i] as number) - (back[i] as number));
          // With 4 bits the levels are -8 to 7: what lies beyond 7.5 steps on the short side is cut to 7.
          const allowed = bits === 8 ? 0.5 : 1;
          expect(error).toBeLessThanOrEqual(Math.abs(scale) * allowed * 1.001 + 127 * 2 ** -126);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("zeros stay zeros, and a block of one repeated value keeps it", () => {
  for (const bits of [4, 8] as const) {
    const weights = new Float32Array(64).fill(0, 0, 32).fill(-0.375, 32);
    expect([...dequantiseMatrix(quantiseMatrix(weights, 1, 64, bits, 32))]).toEqual([...weights]);
  }
});

test("a block size divides the row where one does", () => {
  expect([2048, 1024, 64, 96, 48, 24].map(blockSizeFor)).toEqual([128, 128, 64, 32, 16, 16]);
});

test("onnxruntime multiplies with the same weights as dequantiseMatrix gives, also in rows that do not fill a block", () => {
  for (const bits of [4, 8] as const) {
    for (const inputs of [256, 100]) {
      const outputs = 24;
      const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step));
      const quantised = quantiseMatrix(wave(outputs * inputs, 0.37), outputs, inputs, bits, 32);
      const blocks = Math.ceil(inputs / 32);
      const g = new GraphBuilder("product");
      const x = g.input("x", "float32", ["rows", inputs]);
      const data = g.constant("data", "uint8", [outputs, blocks, 4 * bits], quantised.data);
      const scales = g.constant("scales", "float32", [outputs * blocks], new Uint8Array(quantised.scales.buffer));
      const attributes = { K: inputs, N: outputs, bits, block_size: 32, accuracy_level: 4 };
      g.output("y", g.op("MatMulNBits", [x, data, scales], attributes, MICROSOFT_DOMAIN), ["rows", outputs]);
      const session = new OrtSession(g.build());
      const input = wave(3 * inputs, 0.11);
      const y = floatData(session.run({ x: floats(input, [3, inputs]) }).y);
      session.close();
      const weights = dequantiseMatrix(quantised);
      for (let row = 0; row < 3; row++) {
        for (let output = 0; output < outputs; output++) {
          let sum = 0;
          for (let i = 0; i < inputs; i++)
            sum += (input[row * inputs + i] as number) * (weights[output * inputs + i] as number);
          // Activations have 8 bits: each is wrong by at most 1/254 of its block's largest, 1.
          expect(Math.abs((y[row * outputs + output] as number) - sum)).toBeLessThan(0.004 * inputs);
        }
      }
    }
  }
});
