/** From a process that has only loaded its code to the first token of an answer. */
import type { BenchRow } from "../report.ts";
import { type BenchSetup, labelOf, RandomIds } from "./setup.ts";
import { Numbers, type Side, sidesOf } from "./sides.ts";

/** One token needs few experts, 32 need nearly all. */
const PROMPTS = [1, 32];

export async function benchLoad(setup: BenchSetup): Promise<BenchRow[]> {
  const sides = await sidesOf(setup);
  const ids = new RandomIds(setup.shape);
  const cold = await loadOnce(sides[0] as Side, ids.take(32));
  const numbers = new Numbers();
  const nameOf = (length: number): string => `load to first token of ${length}`;
  for (const length of PROMPTS) {
    for (let round = 0; round < setup.rounds; round++) {
      for (const [i, side] of sides.entries()) numbers.add(nameOf(length), i, await loadOnce(side, ids.take(length)));
    }
  }
  return [
    { name: `${labelOf(setup)}: ${nameOf(32)}, maybe nothing prepared`, value: cold, unit: "s" },
    ...PROMPTS.map((length) => numbers.row(setup, nameOf(length), "s", "<= 0.5")),
  ];
}

async function loadOnce(side: Side, ids: readonly number[]): Promise<number> {
  const subject = side.start();
  try {
    await subject.memory();
    return (await subject.seconds(side.load)) + (await subject.seconds({ command: "prompt", ids }));
  } finally {
    await subject.close();
  }
}
