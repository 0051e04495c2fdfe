/**
 * What a model costs to train, unit by unit: the embedding, each layer, the head. Units are what a plan gives to workers.
 *
 * Counted from the shapes of the parts. A product with a matrix of n entries is 2 n operations a position forward and
 * 4 n backward (by the input and by the matrix); experts count as many times as a position goes through one. Memory is
 * the trainer's: float32 weights, for trained ones a gradient and two moments, and the inputs and outputs of all
 * products of the positions in flight. When one expert is trained, what lies below its layer is only run forward.
 */
import { type Slot, slotName } from "../../../core/slot.ts";
import { modelSlots, type Part, slotParts } from "../../model/parts.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { trainedBy } from "../../training/options.ts";
import type { TrainingTask } from "./task.ts";

export interface UnitCost {
  /** `embedding`, `layer3`, `head` */
  readonly name: string;
  readonly slots: readonly string[];
  readonly weightBytes: number;
  /** Of the weights that are trained: bytes of their gradient, which is what an exchange of updates sends. */
  readonly trainedBytes: number;
  /** Weights, gradients and moments. */
  readonly fixedBytes: number;
  /** Of one sequence between its forward and its backward pass. */
  readonly activationBytes: number;
  /** Of one sequence. */
  readonly forwardFlops: number;
  readonly backwardFlops: number;
}

const FLOAT_BYTES = 4;
/** A gradient and two moments. */
const TRAINED_COPIES = 3;

export function unitCosts(task: TrainingTask): UnitCost[] {
  const { spec, mode } = task;
  const units = new Map<string, Slot[]>();
  for (const slot of modelSlots(spec)) {
    const name = "layer" in slot ? `layer${slot.layer}` : slot.kind;
    units.set(name, [...(units.get(name) ?? []), slot]);
  }
  const lowest = mode.kind === "expert" ? mode.layer : Number.NEGATIVE_INFINITY;
  return [...units].map(([name, slots]) => {
    const [first] = slots as [Slot];
    const reversed = "layer" in first ? first.layer >= lowest : first.kind === "head" || mode.kind === "all";
    return unitCost(task, name, slots, reversed);
  });
}

/** Bytes of the hidden states of one sequence, which pass from one unit to the next. */
export function hiddenBytes({ spec, sequenceLength }: TrainingTask): number {
  return FLOAT_BYTES * sequenceLength * spec.hiddenSize;
}

function unitCost(task: TrainingTask, name: string, slots: readonly Slot[], reversed: boolean): UnitCost {
  const { spec, mode, sequenceLength } = task;
  const isTrained = trainedBy(mode);
  let [weights, trained, matrices, trainedMatrices, values] = [0, 0, 0, 0, 0];
  for (const slot of slots) {
    const used = slot.kind === "expert" ? spec.experts.perToken / spec.experts.count : 1;
    for (const part of slotParts(spec, slot.kind)) {
      const size = elements(part);
      const learns = isTrained(slot, part.name);
      weights += size;
      if (learns) trained += size;
      if (part.shape.length < 2 || slot.kind === "embedding") continue;
      matrices += used * size;
      if (learns) trainedMatrices += used * size;
      values += used * part.shape.reduce((sum, width) => sum + width, 0);
    }
  }
  if (name === "head" && spec.tiedEmbeddings) {
    // The matrix is the embedding's; a worker that holds only the head has a copy of it.
    const size = spec.vocabSize * spec.hiddenSize;
    matrices += size;
    if (mode.kind === "all") trainedMatrices += size;
    values += spec.vocabSize + spec.hiddenSize;
  }
  const attention = slots.some(({ kind }) => kind === "attention") ? attentionCost(spec, sequenceLength) : undefined;
  // Rows of the embedding are copied, and their gradients added up.
  const lookup = slots.some(({ kind }) => kind === "embedding") ? spec.hiddenSize : 0;
  const forward = 2 * matrices + (attention?.flops ?? 0) + lookup;
  const kept = reversed ? values + (attention?.values ?? 0) : 0;
  const byInput = forward + (attention?.flops ?? 0);
  return {
    name,
    slots: slots.map(slotName),
    weightBytes: FLOAT_BYTES * weights,
    trainedBytes: FLOAT_BYTES * trained,
    fixedBytes: FLOAT_BYTES * (weights + TRAINED_COPIES * trained),
    // One layer's residual stream in and out is there even when nothing is kept.
    activationBytes: FLOAT_BYTES * sequenceLength * Math.ceil(kept + 2 * spec.hiddenSize),
    forwardFlops: sequenceLength * forward,
    backwardFlops: reversed ? sequenceLength * (byInput + 2 * trainedMatrices) : 0,
  };
}

/** Scores and weighted values of one position against all of a sequence, which is what the graphs compute. */
function attentionCost({ attention }: ModelSpec, length: number): { flops: number; values: number } {
  const { heads } = attention;
  const width =
    attention.kind === "heads" ? 2 * attention.headDim : attention.plainDim + attention.rotaryDim + attention.valueDim;
  return { flops: 2 * heads * width * length, values: 2 * heads * length };
}

function elements({ shape }: Part): number {
  return shape.reduce((count, size) => count * size, 1);
}
