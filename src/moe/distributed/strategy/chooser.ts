/**
 * Chooses a training strategy and learns from how it went: mostly the best one known, and now and then another
 * (epsilon-greedy). How often falls with each choice in a state, so a state that is new is explored however old the
 * table is.
 *
 *   epsilon(n) = max(epsilonEnd, epsilonStart * epsilonDecay^n)         n: choices learned from in this state
 *
 * Invariant: a choice depends on seed, table and number of choices only, so a chooser that is saved and loaded goes on
 * as if it had not been.
 */

import { RandomSource } from "../../training/random.ts";
import { STRATEGIES, type Strategy } from "../breakdown/plan.ts";
import { expectThat } from "../errors.ts";
import { type Experience, MAX_GAMMA, QTable } from "./qTable.ts";

export interface ChooserOptions {
  readonly seed: number;
  /** Learning rate. Default 0.1. */
  readonly alpha?: number;
  /** What a reward one choice later is worth now. Default 0.9. */
  readonly gamma?: number;
  /** Default 1: the first choices in a state are random. */
  readonly epsilonStart?: number;
  /** Default 0.1. */
  readonly epsilonEnd?: number;
  /** Default 0.97. */
  readonly epsilonDecay?: number;
}

export class StrategyChooser {
  readonly options: Required<ChooserOptions>;
  readonly table: QTable;
  #choices: number;

  /** Throws `distributed_option_invalid`. @param choices made before, with this table */
  constructor(options: ChooserOptions, table: QTable = new QTable(), choices = 0) {
    this.options = { alpha: 0.1, gamma: 0.9, epsilonStart: 1, epsilonEnd: 0.1, epsilonDecay: 0.97, ...options };
    this.table = table;
    this.#choices = choices;
    const { seed, alpha, gamma, epsilonStart, epsilonEnd, epsilonDecay } = this.options;
    const check = (name: string, value: number, ok: boolean, expected: string): void =>
      expectThat(ok, "distributed_option_invalid", name, expected, value);
    check("seed", seed, Number.isFinite(seed), "a finite number");
    check("alpha", alpha, alpha > 0 && alpha <= 1, "above 0, at most 1");
    check("gamma", gamma, gamma >= 0 && gamma <= MAX_GAMMA, `0 to ${MAX_GAMMA}`);
    for (const [name, value] of Object.entries({ epsilonStart, epsilonEnd, epsilonDecay })) {
      check(name, value, value >= 0 && value <= 1, "0 to 1");
    }
  }

  /** Choices made so far. */
  get choices(): number {
    return this.#choices;
  }

  /** The probability with which the next choice in this state is a random one. */
  epsilon(state: number): number {
    const { epsilonStart, epsilonEnd, epsilonDecay } = this.options;
    const learned = STRATEGIES.reduce((sum, action) => sum + this.table.visitsOf(state, action), 0);
    return Math.max(epsilonEnd, epsilonStart * epsilonDecay ** learned);
  }

  /** @param allowed strategies that are possible for the task. Throws `strategy_input_invalid`. */
  choose(state: number, allowed: readonly Strategy[] = STRATEGIES): Strategy {
    const best = this.table.best(state, allowed);
    const random = new RandomSource(this.options.seed, `choice ${this.#choices}`);
    this.#choices++;
    if (random.next() >= this.epsilon(state)) return best;
    return allowed[random.below(allowed.length)] as Strategy;
  }

  /** Throws `strategy_input_invalid`; the table is then as it was. */
  learn(experience: Experience): void {
    this.table.update(experience, this.options);
  }
}
