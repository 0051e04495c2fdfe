/** What all parts of a pass share within one thread. */
import type { ModelSpec } from "../../model/spec.ts";
import type { FloatMemory } from "../kernels/floatMemory.ts";
import type { Gradients } from "../memory/gradients.ts";
import type { Scratch } from "../memory/scratch.ts";
import type { Weights } from "../memory/weights.ts";
import type { GraphSessions } from "./sessions.ts";

export interface PassContext {
  readonly spec: ModelSpec;
  readonly weights: Weights;
  /** Added up during a step. */
  readonly gradients: Gradients;
  readonly sessions: GraphSessions;
  readonly memory: FloatMemory;
  readonly scratch: Scratch;
  /** Called between runs of graphs; throws when the step is to stop. */
  readonly checkpoint: () => void;
}
