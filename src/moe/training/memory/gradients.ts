/**
 * A thread's gradients of one step. The first contribution to a part is copied, later ones are added, and parts without
 * any become 0 at the end: clearing everything first would cost another pass over all of it.
 */
import type { PartName } from "../../model/parts.ts";
import type { FloatMemory, SharedFloats } from "../kernels/floatMemory.ts";
import type { Parameter, ParameterLayout } from "./layout.ts";

export class Gradients {
  readonly #values: SharedFloats;
  readonly #memory: FloatMemory;
  readonly #parameters = new Map<string, Parameter>();
  readonly #touched = new Set<Parameter>();

  /** @param values in the layout of the trained weights */
  constructor(layout: ParameterLayout, values: SharedFloats, memory: FloatMemory) {
    this.#values = values;
    this.#memory = memory;
    for (const parameter of layout.parameters) {
      if (parameter.trained) this.#parameters.set(keyOf(parameter.slot, parameter.part), parameter);
    }
  }

  begin(): void {
    this.#touched.clear();
  }

  /** Adds factor * values to the gradient of a trained part; parts that are not trained are left alone. */
  add(slot: string, part: PartName, values: Float32Array, factor = 1): void {
    const parameter = this.#parameters.get(keyOf(slot, part));
    if (parameter === undefined) return;
    if (factor === 1 && !this.#touched.has(parameter)) {
      this.#touched.add(parameter);
      this.#view(parameter).set(values);
    } else this.#memory.addScaled(this.#sum(parameter), values, factor);
  }

  /** Adds factor * row i of `values` to row `rows[i]` of the part's gradient. */
  addRows(slot: string, part: PartName, values: Float32Array, rows: Int32Array, factor: number): void {
    const parameter = this.#parameters.get(keyOf(slot, part));
    if (parameter === undefined) return;
    this.#memory.scatterAddRows(this.#sum(parameter), values, rows, parameter.shape[1] as number, factor);
  }

  /** After this, every trained part has its sum. */
  finish(): void {
    for (const parameter of this.#parameters.values()) this.#sum(parameter);
  }

  /** What has been added up so far. */
  #sum(parameter: Parameter): SharedFloats {
    const view = this.#view(parameter);
    if (this.#touched.has(parameter)) return view;
    this.#touched.add(parameter);
    return view.fill(0);
  }

  #view({ offset, length }: Parameter): SharedFloats {
    return this.#values.subarray(offset, offset + length);
  }
}

function keyOf(slot: string, part: PartName): string {
  return `${slot} ${part}`;
}
