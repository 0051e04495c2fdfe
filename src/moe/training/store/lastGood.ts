/**
 * The last trained weights whose loss was a number, kept in memory while a run goes on.
 *
 * Whether weights are good is known only when the next step has computed their loss. So two copies take turns: one that is
 * known to be good, and one of what the step under way began with.
 */
import type { Trainer } from "../trainer.ts";

/** For both copies together, 12 bytes a trained weight each. Above that nothing is kept. */
const MAX_BYTES = 512 * 1024 * 1024;

interface Copy {
  readonly arrays: readonly Float32Array[];
  steps: number;
}

export class LastGood {
  readonly #trainer: Trainer;
  readonly #copies: Copy[] = [];
  readonly #keeps: boolean;
  #good: Copy | undefined;
  #taken: Copy | undefined;

  constructor(trainer: Trainer) {
    this.#trainer = trainer;
    const bytes = this.#arrays().reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#keeps = 2 * bytes <= MAX_BYTES;
  }

  /** Before a step: copies what it begins with. */
  take(): void {
    if (!this.#keeps) return;
    const copy = this.#copies.find((one) => one !== this.#good) ?? this.#newCopy();
    for (const [i, values] of this.#arrays().entries()) (copy.arrays[i] as Float32Array).set(values);
    copy.steps = this.#trainer.steps;
    this.#taken = copy;
  }

  /** The step has found a loss that is a number: what it began with is good. */
  confirm(): void {
    this.#good = this.#taken;
  }

  /** Puts the last good weights and moments back into the trainer; false when there are none. */
  restore(): boolean {
    if (this.#good === undefined) return false;
    for (const [i, values] of this.#arrays().entries()) values.set(this.#good.arrays[i] as Float32Array);
    this.#trainer.steps = this.#good.steps;
    return true;
  }

  #newCopy(): Copy {
    const copy = { arrays: this.#arrays().map(({ length }) => new Float32Array(length)), steps: 0 };
    this.#copies.push(copy);
    return copy;
  }

  #arrays(): readonly Float32Array[] {
    const { trained, first, second } = this.#trainer.memory;
    return [trained, first, second];
  }
}
