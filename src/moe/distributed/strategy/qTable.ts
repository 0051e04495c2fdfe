/**
 * The table of Q-learning: what each action in each state is worth (Watkins 1989, "Learning from Delayed Rewards";
 * Watkins and Dayan 1992, https://doi.org/10.1007/BF00992698).
 *
 *   Q(s, a) += rate (r + gamma max_b Q(s', b) - Q(s, a))          the last state of an episode: without the maximum
 *
 * The rate is alpha, and 1/n at the n-th update of a value while that is larger: values then begin as the mean of what
 * was seen. With alpha alone a strategy that was tried seldom would look worse than it is, because all values begin at 0.
 *
 * Invariant: all values are within `MAX_VALUE` of 0, because rewards are bounded and gamma is at most `MAX_GAMMA`.
 */
import { STRATEGIES, type Strategy } from "../breakdown/plan.ts";
import { expectThat } from "../errors.ts";
import { MAX_REWARD } from "./facts.ts";
import { STATES } from "./state.ts";

export interface Experience {
  readonly state: number;
  readonly action: Strategy;
  /** Within `MAX_REWARD` of 0. */
  readonly reward: number;
  /** Absent: nothing follows from the action. */
  readonly nextState?: number;
}

export const MAX_GAMMA = 0.999;
/** The sum of a geometric series, and room for rounding. */
export const MAX_VALUE = (1.001 * MAX_REWARD) / (1 - MAX_GAMMA);

export interface LearningRates {
  readonly alpha: number;
  readonly gamma: number;
}

export class QTable {
  /** [state][action] */
  readonly values = new Float64Array(STATES * STRATEGIES.length);
  /** How often each was updated. */
  readonly visits = new Float64Array(STATES * STRATEGIES.length);

  value(state: number, action: Strategy): number {
    return this.values[indexOf(state, action)] as number;
  }

  visitsOf(state: number, action: Strategy): number {
    return this.visits[indexOf(state, action)] as number;
  }

  /** The best action among `allowed`, the first of equal ones. Throws `strategy_input_invalid` without any. */
  best(state: number, allowed: readonly Strategy[] = STRATEGIES): Strategy {
    expectThat(allowed.length > 0, "strategy_input_invalid", "allowed", "at least one strategy", "none");
    return allowed.reduce((best, action) => (this.value(state, action) > this.value(state, best) ? action : best));
  }

  /** Throws `strategy_input_invalid`; the table is then as it was. */
  update({ state, action, reward, nextState }: Experience, { alpha, gamma }: LearningRates): void {
    const code = "strategy_input_invalid";
    expectThat(Math.abs(reward) <= MAX_REWARD, code, "reward", `-${MAX_REWARD} to ${MAX_REWARD}`, reward);
    const at = indexOf(state, action);
    const ahead = nextState === undefined ? 0 : gamma * this.value(nextState, this.best(nextState));
    const old = this.values[at] as number;
    const visit = (this.visits[at] as number) + 1;
    this.values[at] = old + Math.max(alpha, 1 / visit) * (reward + ahead - old);
    this.visits[at] = visit;
  }
}

function indexOf(state: number, action: Strategy): number {
  const inRange = Number.isInteger(state) && state >= 0 && state < STATES;
  expectThat(inRange, "strategy_input_invalid", "state", `an integer from 0 to ${STATES - 1}`, state);
  const index = STRATEGIES.indexOf(action);
  expectThat(index >= 0, "strategy_input_invalid", "action", STRATEGIES.join(", "), action);
  return state * STRATEGIES.length + index;
}
