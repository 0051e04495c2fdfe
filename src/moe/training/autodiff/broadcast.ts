/** Shapes under broadcasting, and sums that undo it: https://onnx.ai/onnx/repo-docs/Broadcasting.html */
import { AiBlockError } from "../../../core/errors.ts";
import type { Dimension, GraphBuilder, Value } from "../../graph/graph.ts";
import type { Shape } from "./dimension.ts";
import type { GradientContext } from "./operator.ts";

/** Throws `shape_mismatch` when two sizes differ and neither is 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Dimension => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new AiBlockError("shape_mismatch", `shapes: [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
  });
}

/** Sums a value of shape `from` over the axes along which `to` was broadcast to it. */
export function sumTo(g: GraphBuilder, value: Value, from: Shape, to: Shape): Value {
  const extra = from.length - to.length;
  let result = value;
  if (extra > 0) {
    const axes = Array.from({ length: extra }, (_, axis) => axis);
    result = g.op("ReduceSum", [result, g.integers(axes)], { keepdims: 0 });
  }
  const stretched = to.flatMap((size, axis) => (size === 1 && from[axis + extra] !== 1 ? [axis] : []));
  if (stretched.length === 0) return result;
  return g.op("ReduceSum", [result, g.integers(stretched)], { keepdims: 1 });
}

/** The gradient of input `index` of an elementwise node, from one of the shape of the output. */
export function unbroadcast(context: GradientContext, index: number, gradient: Value): Value {
  return sumTo(context.g, gradient, context.outputShape(0), context.inputShape(index));
}

/**
 * `value`, of shape `from`, in the shape `to`. Sizes that are not numbers are copied from the same axis where they stay,
 * read from a size input of their name, or (one of them) left for onnxruntime to work out.
 */
export function reshape(
  g: GraphBuilder,
  value: Value,
  from: Shape,
  to: Shape,
  sizeInput: (name: string) => Value | undefined,
): Value {
  if (from.length === to.length && from.every((size, axis) => size === to[axis])) return value;
  let open = false;
  const parts = to.map((size, axis): number | Value => {
    if (typeof size === "number") return size;
    if (from[axis] === size) return 0;
    const known = sizeInput(size);
    if (known !== undefined) return known;
    if (open) throw new AiBlockError("shape_unknown", `reshape: two sizes of [${to.join(", ")}] are unknown`);
    open = true;
    return -1;
  });
  return g.op("Reshape", [value, sizeVector(g, parts)]);
}

/** An int64 vector of numbers and of int64 values with one element each. */
export function sizeVector(g: GraphBuilder, parts: readonly (number | Value)[]): Value {
  if (parts.every((part) => typeof part === "number")) return g.integers(parts as readonly number[]);
  return g.op(
    "Concat",
    parts.map((part) => (typeof part === "number" ? g.integers([part]) : part)),
    { axis: 0 },
  );
}
