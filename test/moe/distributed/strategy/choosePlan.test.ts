import { STRATEGIES } from "../../../../src/moe/distributed/breakdown/plan.ts";
import { choosePlan } from "../../../../src/moe/distributed/strategy/choosePlan.ts";
import { StrategyChooser } from "../../../../src/moe/distributed/strategy/chooser.ts";
import { MAX_REWARD } from "../../../../src/moe/distributed/strategy/facts.ts";
import { taskOf, worker, workersOf } from "../breakdown/samples.ts";

test("the plan is one of the possible ones, and after each was tried the fastest in reality is the best known", () => {
  const chooser = new StrategyChooser({ seed: 2 });
  // In reality everything but a single node takes an hour.
  let state = 0;
  for (let run = 0; run < 60; run++) {
    const chosen = choosePlan(chooser, taskOf(), workersOf(3));
    chosen.learn(chosen.plan.strategy === "single_node" ? 10 : 3600);
    ({ state } = chosen);
  }
  expect(STRATEGIES.every((strategy) => chooser.table.visitsOf(state, strategy) > 0)).toBe(true);
  expect(chooser.table.best(state)).toBe("single_node");
  const crowded = [worker("a"), worker("b", { memoryBytes: 1000 })];
  for (let run = 0; run < 20; run++) expect(choosePlan(chooser, taskOf(), crowded).plan.strategy).toBe("single_node");
});

test("a run that failed has the lowest reward", () => {
  const chooser = new StrategyChooser({ seed: 2 });
  const { plan, state, learn } = choosePlan(chooser, taskOf(), workersOf(3));
  learn("failed");
  expect(chooser.table.value(state, plan.strategy)).toBe(-MAX_REWARD);
});

test("when nothing is possible the error says why for every strategy, and nothing is chosen", () => {
  const chooser = new StrategyChooser({ seed: 2 });
  expect(() => choosePlan(chooser, taskOf(), workersOf(3, { memoryBytes: 1000 }))).toThrow(
    expect.objectContaining({
      code: "plan_impossible",
      message: expect.stringMatching(
        /data_parallel: .*model_parallel: .*pipeline_parallel: .*federated: .*single_node: /,
      ),
    }),
  );
  expect(chooser.choices).toBe(0);
});
