import fc from "fast-check";
import { STRATEGIES, type Strategy } from "../../../../src/moe/distributed/breakdown/plan.ts";
import { type ChooserOptions, StrategyChooser } from "../../../../src/moe/distributed/strategy/chooser.ts";
import { MAX_REWARD, timeReward } from "../../../../src/moe/distributed/strategy/facts.ts";
import { MAX_VALUE, QTable } from "../../../../src/moe/distributed/strategy/qTable.ts";
import { STATES, stateOf } from "../../../../src/moe/distributed/strategy/state.ts";
import { RandomSource } from "../../../../src/moe/training/random.ts";
import { SCENARIOS, simulatedReward } from "./scenarios.ts";

const invalid = (argument: string) => expect.objectContaining({ code: "strategy_input_invalid", data: { argument } });

test("features fall into the buckets of the specification, and every state has its own number", () => {
  const [parameters, sequences, nodes, latencies] = [
    [0, 1e6, 1e8, 1e9],
    [0, 10_000, 100_000],
    [1, 3, 6, 11],
    [0, 20, 100],
  ] as const;
  const states: number[] = [];
  for (const p of parameters) {
    for (const s of sequences) {
      for (const n of nodes) {
        for (const l of latencies) states.push(stateOf({ parameters: p, sequences: s, nodes: n, latencyMs: l }));
      }
    }
  }
  expect(states).toEqual(Array.from({ length: STATES }, (_, i) => i));
  expect(STATES).toBe(4 * 3 * 4 * 3);
  const facts = { parameters: 999_999, sequences: 9999, nodes: 2, latencyMs: 19.9 };
  expect(stateOf(facts)).toBe(0);
  expect(() => stateOf({ ...facts, nodes: Number.NaN })).toThrow(invalid("nodes"));
  expect(() => stateOf({ ...facts, latencyMs: -1 })).toThrow(invalid("latencyMs"));
  expect(() => stateOf({ ...facts, parameters: Number.POSITIVE_INFINITY })).toThrow(invalid("parameters"));
});

test("an update is Q + rate (r + gamma max Q' - Q), with 1/n for a rate until alpha is larger", () => {
  const table = new QTable();
  const rates = { alpha: 0.4, gamma: 0.9 };
  table.update({ state: 5, action: "federated", reward: 4 }, rates);
  expect(table.value(5, "federated")).toBe(4);
  table.update({ state: 5, action: "data_parallel", reward: 6 }, rates);
  table.update({ state: 3, action: "single_node", reward: -1, nextState: 5 }, rates);
  const first = -1 + 0.9 * 6;
  expect(table.value(3, "single_node")).toBeCloseTo(first, 12);
  table.update({ state: 3, action: "single_node", reward: 2, nextState: 5 }, rates);
  const second = first + 0.5 * (2 + 0.9 * 6 - first);
  expect(table.value(3, "single_node")).toBeCloseTo(second, 12);
  table.update({ state: 3, action: "single_node", reward: 2 }, rates);
  expect(table.value(3, "single_node")).toBeCloseTo(second + 0.4 * (2 - second), 12);
  expect(table.visitsOf(3, "single_node")).toBe(3);
  expect([...table.values].filter((value) => value !== 0).length).toBe(3);
});

test("values stay within their bound whatever the experience, and a reward out of range changes nothing", () => {
  const state = fc.integer({ min: 0, max: STATES - 1 });
  const experience = fc.record(
    {
      state: fc.constantFrom(1, 2),
      action: fc.constantFrom(...STRATEGIES),
      reward: fc.double({ min: -MAX_REWARD, max: MAX_REWARD, noNaN: true }),
      nextState: fc.option(fc.constantFrom(1, 2), { nil: 1 }),
    },
    { requiredKeys: ["state", "action", "reward"] },
  );
  fc.assert(
    fc.property(fc.array(experience, { maxLength: 200 }), state, (list, other) => {
      const table = new QTable();
      for (const one of list) table.update(one, { alpha: 1, gamma: 0.999 });
      expect(table.values.every((value) => Math.abs(value) <= MAX_VALUE)).toBe(true);
      const before = table.values.slice();
      for (const reward of [Number.NaN, Number.POSITIVE_INFINITY, -11]) {
        const wrong = { state: other, action: "federated", reward } as const;
        expect(() => table.update(wrong, { alpha: 0.1, gamma: 0.9 })).toThrow(invalid("reward"));
      }
      expect(table.values).toEqual(before);
    }),
    { numRuns: 50 },
  );
  const table = new QTable();
  expect(() => table.value(STATES, "federated")).toThrow(invalid("state"));
  expect(() => table.value(0.5, "federated")).toThrow(invalid("state"));
  expect(() => table.value(0, "constructor" as Strategy)).toThrow(invalid("action"));
  expect(() => table.best(0, [])).toThrow(invalid("allowed"));
});

/** The values that satisfy Bellman's equation, by iterating it. */
function optimalValues(rewards: readonly (readonly number[])[], next: readonly (readonly number[])[], gamma: number) {
  let q = rewards.map((row) => row.map(() => 0));
  for (let i = 0; i < 2000; i++) {
    q = rewards.map((row, s) => row.map((reward, a) => reward + gamma * Math.max(...q[next[s]![a]!]!)));
  }
  return q;
}

test("with random choices the table becomes the solution of Bellman's equation", () => {
  const states = [0, 1, 2, 3];
  const random = new RandomSource(11, "environment");
  const table = (of: () => number): number[][] => states.map(() => STRATEGIES.map(of));
  const [rewards, next] = [table(() => 4 * random.next() - 2), table(() => random.below(states.length))];
  const chooser = new StrategyChooser({ seed: 1, alpha: 0.5, gamma: 0.9, epsilonEnd: 1 });
  let state = 0;
  for (let step = 0; step < 6000; step++) {
    const action = chooser.choose(state);
    const a = STRATEGIES.indexOf(action);
    const [reward, nextState] = [rewards[state]![a]!, next[state]![a]!];
    chooser.learn({ state, action, reward, nextState });
    state = nextState;
  }
  const expected = optimalValues(rewards, next, 0.9);
  for (const s of states) {
    for (const [a, action] of STRATEGIES.entries()) {
      expect(Math.abs(chooser.table.value(s, action) - expected[s]![a]!)).toBeLessThan(1e-3);
    }
  }
});

const EPISODES = 100;
const SEEDS = 20;

/** The chooser after so many runs of each scenario. */
function trained(seed: number, options: Partial<ChooserOptions> = {}) {
  const chooser = new StrategyChooser({ seed, ...options });
  const random = new RandomSource(seed, "runs");
  const rewards: number[] = [];
  for (let episode = 0; episode < EPISODES; episode++) {
    for (const scenario of SCENARIOS) {
      const action = chooser.choose(scenario.state, [...scenario.seconds.keys()]);
      const reward = simulatedReward(scenario, action, random);
      chooser.learn({ state: scenario.state, action, reward });
      rewards.push(reward);
    }
  }
  return { chooser, rewards };
}

test("the simulated tasks have four different best strategies, each by at least 10 %", () => {
  expect(new Set(SCENARIOS.map(({ best }) => best)).size).toBe(4);
  expect(new Set(SCENARIOS.map(({ state }) => state)).size).toBe(SCENARIOS.length);
  for (const { seconds } of SCENARIOS) {
    const [first, second] = [...seconds.values()].sort((a, b) => a - b);
    expect(second! / first!).toBeGreaterThan(1.1);
  }
});

test(`after ${EPISODES} noisy runs of each task the best known strategy is the best one in 99 % of cases, over ${SEEDS} seeds`, () => {
  let right = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const { table } = trained(seed).chooser;
    for (const { state, seconds, best } of SCENARIOS) if (table.best(state, [...seconds.keys()]) === best) right++;
  }
  expect(right / (SEEDS * SCENARIOS.length)).toBeGreaterThanOrEqual(0.99);
});

test("its last choices are worth more than its first, and than random ones", () => {
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const { rewards } = trained(1);
  const random = trained(1, { epsilonEnd: 1 }).rewards;
  const last = mean(rewards.slice(-200));
  expect(last).toBeGreaterThan(mean(rewards.slice(0, 200)) + 0.5);
  expect(last).toBeGreaterThan(mean(random) + 0.5);
});

test("epsilon falls with what was learned in a state, not in others, down to its end", () => {
  const chooser = new StrategyChooser({ seed: 1, epsilonStart: 0.8, epsilonDecay: 0.5, epsilonEnd: 0.15 });
  const seen = Array.from({ length: 4 }, () => {
    const epsilon = chooser.epsilon(7);
    chooser.learn({ state: 7, action: "federated", reward: 1 });
    return epsilon;
  });
  expect(seen).toEqual([0.8, 0.4, 0.2, 0.15]);
  expect(chooser.epsilon(8)).toBe(0.8);
});

test("the part of choices that are not the best known is epsilon, without those that hit it by chance", () => {
  const chooser = new StrategyChooser({ seed: 3, epsilonStart: 0.3, epsilonEnd: 0.3 });
  chooser.learn({ state: 0, action: "model_parallel", reward: 5 });
  let other = 0;
  for (let i = 0; i < 4000; i++) if (chooser.choose(0) !== "model_parallel") other++;
  // 0.3 * 4/5; four standard deviations of 4,000 draws are 0.027.
  expect(Math.abs(other / 4000 - 0.24)).toBeLessThan(0.027);
});

test("a strategy that is not allowed is never chosen, however good it was", () => {
  const chooser = new StrategyChooser({ seed: 3 });
  chooser.learn({ state: 0, action: "data_parallel", reward: 10 });
  const allowed = ["federated", "single_node"] as const;
  for (let i = 0; i < 200; i++) expect(allowed).toContain(chooser.choose(0, allowed));
});

test("the same seed gives the same choices, another seed others", () => {
  expect(trained(4).rewards).toEqual(trained(4).rewards);
  expect(trained(4).rewards).not.toEqual(trained(5).rewards);
});

test("a reward is the logarithm of the gain, within its bounds", () => {
  expect(timeReward(10, 5)).toBe(1);
  expect(timeReward(10, 20)).toBe(-1);
  expect(timeReward(1e300, 1e-300)).toBe(MAX_REWARD);
  expect(timeReward(1e-300, 1e300)).toBe(-MAX_REWARD);
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => timeReward(1, wrong)).toThrow(invalid("takenSeconds"));
  }
});

test("options out of range are refused by name", () => {
  const cases = { seed: Number.NaN, alpha: 0, gamma: 1, epsilonStart: 1.1, epsilonEnd: -0.1, epsilonDecay: Number.NaN };
  for (const [name, value] of Object.entries(cases)) {
    expect(() => new StrategyChooser({ seed: 1, [name]: value })).toThrow(
      expect.objectContaining({ code: "distributed_option_invalid", data: { argument: name } }),
    );
  }
});
