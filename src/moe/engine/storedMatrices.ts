/**
 * Matrices of a prepared file as constants of a graph: quantised ones are multiplied with 8-bit activations, those in
 * float32 like inputs (see `floatMatrices`), with the same result to the bit.
 */
import { MICROSOFT_DOMAIN } from "../graph/graph.ts";
import type { Matrices } from "../graph/matrices.ts";
import type { StoredMatrix } from "./preparedFile.ts";

/**
 * Activations are quantised block by block to 8 bits: measured, an expert of 3 x 2048 x 1024 in 4 bits takes 0.50 ms
 * like this and 1.77 ms with float32 activations (one core, one row).
 */
const INT8_ACTIVATIONS = 4;

/** `linear` throws a TypeError for a matrix that is not among `matrices`. */
export function storedMatrices(matrices: ReadonlyMap<string, StoredMatrix>): Matrices {
  return {
    linear(g, x, name, { outputs, ...shape }) {
      const matrix = matrices.get(`${name}.weight`);
      if (matrix === undefined) throw new TypeError(`matrix ${name}.weight was not prepared`);
      const { inputs, data } = matrix;
      const bias = shape.bias ? [g.input(`${name}.bias`, "float32", [outputs])] : [];
      if (matrix.bits === 32) {
        const weight = g.constant(`${name}.weight`, "float32", [outputs, inputs], data);
        return g.op("Gemm", [x, weight, ...bias], { transB: 1 });
      }
      const { bits, blockSize, scales } = matrix;
      const blocks = Math.ceil(inputs / blockSize);
      const weight = g.constant(`${name}.weight`, "uint8", [outputs, blocks, (blockSize * bits) / 8], data);
      const scale = g.constant(`${name}.scales`, "float32", [outputs * blocks], scales);
      const product = g.op(
        "MatMulNBits",
        [x, weight, scale],
        { K: inputs, N: outputs, bits, block_size: blockSize, accuracy_level: INT8_ACTIVATIONS },
        MICROSOFT_DOMAIN,
      );
      return bias.length > 0 ? g.op("Add", [product, ...bias]) : product;
    },
  };
}
