/**
 * How a graph gets its weight matrices: as inputs in float32, or as quantised constants inside it.
 *
 * Measured with onnxruntime 1.30: float32 weights as inputs are as fast as constants (both wait for memory) and one
 * session serves all layers; 4-bit weights as inputs are 30 times slower, because they are packed again at each run.
 */
import type { GraphBuilder, Value } from "./graph.ts";

/** A matrix product with a weight [outputs, inputs] and, where `bias` names one, an added vector [outputs]. */
export interface LinearShape {
  readonly outputs: number;
  readonly inputs: number;
  readonly bias?: boolean;
}

export interface Matrices {
  /** x [rows, inputs] times the transpose of the matrix `NAME.weight`, plus `NAME.bias`: [rows, outputs]. */
  linear(g: GraphBuilder, x: Value, name: string, shape: LinearShape): Value;
}

export const floatMatrices: Matrices = {
  linear(g, x, name, { outputs, inputs, bias }) {
    const weight = g.input(`${name}.weight`, "float32", [outputs, inputs]);
    const terms = bias ? [g.input(`${name}.bias`, "float32", [outputs])] : [];
    return g.op("Gemm", [x, weight, ...terms], { transB: 1 });
  },
};
