/** Memory of one expert in each precision, known from the model alone: what the expert cache counts. */
import { slotParts } from "../model/parts.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Precision } from "./options.ts";

/** Bytes of one expert over all shards. */
export function expertBytes(spec: ModelSpec, precision: Precision, _shards: number): number {
  const elements = slotParts(spec, "expert").map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  if (precision === "f32") return elements.reduce((total, count) => total + 4 * count, 0);
  return elements.reduce((total, count) => total + count, 0);
}
