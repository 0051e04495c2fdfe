/** The trained parts of a trainer as a tensor set, and back. No step may be in flight. */
import type { Parameter } from "../../training/memory/layout.ts";
import type { Trainer } from "../../training/trainer.ts";
import { checkFinite, checkSameTensors, type TensorSet } from "./tensorSet.ts";

/** Copies of the trained weights, named `SLOT PART`. */
export function trainedWeights(trainer: Trainer): Map<string, Float32Array> {
  return tensorsOf(trainer, trainer.memory.trained);
}

/** Copies of what the last call of `gradients` computed: the gradient of the mean loss. */
export function lastGradients(trainer: Trainer): Map<string, Float32Array> {
  return tensorsOf(trainer, trainer.memory.gradients[0] as Float32Array);
}

/** Throws `update_tensors_mismatch` and `update_not_finite`; the trainer is then as it was. */
export function setTrainedWeights(trainer: Trainer, weights: TensorSet): void {
  checkSameTensors("weights", weights, trainedWeights(trainer));
  checkFinite("weights", weights);
  for (const parameter of trainedParameters(trainer)) {
    trainer.memory.trained.set(weights.get(tensorName(parameter)) as Float32Array, parameter.offset);
  }
}

export function trainedParameters({ layout }: Trainer): Parameter[] {
  return layout.parameters.filter(({ trained }) => trained);
}

export function tensorName({ slot, part }: Parameter): string {
  return `${slot} ${part}`;
}

/** @param values in the layout of the trained weights */
function tensorsOf(trainer: Trainer, values: Float32Array): Map<string, Float32Array> {
  return new Map(
    trainedParameters(trainer).map((parameter) => {
      const { offset, length } = parameter;
      return [tensorName(parameter), Float32Array.from(values.subarray(offset, offset + length))];
    }),
  );
}
