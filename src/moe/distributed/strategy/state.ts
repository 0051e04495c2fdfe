/**
 * What the strategy chooser knows of a task: four features, each in a few buckets.
 *
 *   model       parameters below 1e6, 1e8, 1e9, or more        0 to 3
 *   dataset     sequences below 10,000, 100,000, or more       0 to 2
 *   nodes       at most 2, 5, 10, or more                      0 to 3
 *   latency     below 20 ms, 100 ms, or more, one way          0 to 2
 */
import { expectThat } from "../errors.ts";

export interface StrategyFacts {
  readonly parameters: number;
  readonly sequences: number;
  readonly nodes: number;
  readonly latencyMs: number;
}

const FEATURES = ["parameters", "sequences", "nodes", "latencyMs"] as const satisfies readonly (keyof StrategyFacts)[];

/** Upper ends of all buckets but the last. `nodes` are at most the bound, the others below it. */
const BOUNDS: Readonly<Record<keyof StrategyFacts, readonly number[]>> = {
  parameters: [1e6, 1e8, 1e9],
  sequences: [10_000, 100_000],
  nodes: [3, 6, 11],
  latencyMs: [20, 100],
};

/** 4 * 3 * 4 * 3 */
export const STATES = FEATURES.reduce((count, feature) => count * (BOUNDS[feature].length + 1), 1);

/** The number of the state, from 0 to `STATES` - 1. Throws `strategy_input_invalid`, naming the feature. */
export function stateOf(facts: StrategyFacts): number {
  let state = 0;
  for (const feature of FEATURES) {
    const value = facts[feature];
    expectThat(
      value >= 0 && value < Number.POSITIVE_INFINITY,
      "strategy_input_invalid",
      feature,
      "a number from 0 on",
      value,
    );
    const bounds = BOUNDS[feature];
    const bucket = bounds.filter((bound) => value >= bound).length;
    state = state * (bounds.length + 1) + bucket;
  }
  return state;
}
