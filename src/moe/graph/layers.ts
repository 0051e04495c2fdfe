/** Pieces that several graphs share: norms and activations, in standard operators. */
import type { ActivationKind, ActivationSpec, NormSpec } from "../model/spec.ts";
import type { GraphBuilder, Value } from "./graph.ts";

/** x [rows, size] normalised along its last axis; weights come in as `NAME.weight` and, for layer norms, `NAME.bias`. */
export function norm(g: GraphBuilder, x: Value, name: string, size: number, spec: NormSpec): Value {
  const weight = g.input(`${name}.weight`, "float32", [size]);
  if (spec.kind === "rms") return rmsNorm(g, x, weight, spec.epsilon);
  const bias = g.input(`${name}.bias`, "float32", [size]);
  return g.op("LayerNormalization", [x, weight, bias], { axis: -1, epsilon: { float: spec.epsilon } });
}

export function rmsNorm(g: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  return g.op("RMSNormalization", [x, weight], { axis: -1, epsilon: { float: epsilon } });
}

/** gateUp [rows, 2 * size]: the gate's columns, then those of the up projection. Gives [rows, size]. */
export function activate(g: GraphBuilder, gateUp: Value, size: number, spec: ActivationSpec): Value {
  const [gate, up] = g.ops("Split", [gateUp, g.integers([size, size])], 2, { axis: -1 }) as [Value, Value];
  if (spec.kind === "gated") return g.op("Mul", [ACTIVATIONS[spec.function](g, gate), up]);
  const limit = g.floats([spec.limit], []);
  const lower = g.floats([-spec.limit], []);
  const clippedGate = g.op("Min", [gate, limit]);
  const clippedUp = g.op("Max", [g.op("Min", [up, limit]), lower]);
  const swish = g.op("Mul", [clippedGate, g.op("Sigmoid", [g.op("Mul", [clippedGate, g.floats([spec.alpha], [])])])]);
  return g.op("Mul", [g.op("Add", [clippedUp, g.floats([1], [])]), swish]);
}

type Activation = (g: GraphBuilder, x: Value) => Value;

const ACTIVATIONS: { readonly [K in ActivationKind]: Activation } = {
  silu: (g, x) => g.op("Mul", [x, g.op("Sigmoid", [x])]),
  // x * (1 + erf(x / sqrt(2))) / 2
  gelu: (g, x) => {
    const erf = g.op("Erf", [g.op("Mul", [x, g.floats([Math.SQRT1_2], [])])]);
    return g.op("Mul", [g.op("Mul", [x, g.floats([0.5], [])]), g.op("Add", [erf, g.floats([1], [])])]);
  },
  // x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) / 2
  "gelu-tanh": (g, x) => {
    const cube = g.op("Mul", [g.op("Mul", [x, x]), x]);
    const inner = g.op("Add", [x, g.op("Mul", [cube, g.floats([0.044715], [])])]);
    const tanh = g.op("Tanh", [g.op("Mul", [inner, g.floats([Math.sqrt(2 / Math.PI)], [])])]);
    return g.op("Mul", [g.op("Mul", [x, g.floats([0.5], [])]), g.op("Add", [tanh, g.floats([1], [])])]);
  },
  "quick-gelu": (g, x) => g.op("Mul", [x, g.op("Sigmoid", [g.op("Mul", [x, g.floats([1.702], [])])])]),
  relu: (g, x) => g.op("Relu", [x]),
  "relu-squared": (g, x) => {
    const positive = g.op("Relu", [x]);
    return g.op("Mul", [positive, positive]);
  },
  tanh: (g, x) => g.op("Tanh", [x]),
  sigmoid: (g, x) => g.op("Sigmoid", [x]),
};
