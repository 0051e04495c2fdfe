/** How long an abort in the middle of a long prompt takes, beside one step of that prompt. */
import { type BenchRow, compared } from "../report.ts";
import { type BenchSetup, labelOf, median, ourLoad, ourProcess, RandomIds } from "./setup.ts";

const PROMPT_TOKENS = 4096;
/** The engine's default for the rows of a step. */
const STEP_TOKENS = 256;

export async function benchAbort(setup: BenchSetup): Promise<BenchRow[]> {
  const ids = new RandomIds(setup.shape);
  const subject = ourProcess();
  const steps: number[] = [];
  const aborts: number[] = [];
  try {
    await subject.send({ ...(await ourLoad(setup)), maxPositions: 8192 });
    await subject.send({ command: "prompt", ids: ids.take(STEP_TOKENS) });
    for (let round = 0; round < setup.rounds; round++) {
      steps.push(await subject.seconds({ command: "prompt", ids: ids.take(STEP_TOKENS) }));
      aborts.push(await subject.seconds({ command: "abort", ids: ids.take(PROMPT_TOKENS) }));
    }
  } finally {
    await subject.close();
  }
  return [
    compared({
      name: `${labelOf(setup)}: abort in a prompt of ${PROMPT_TOKENS}`,
      value: 1000 * median(aborts),
      unit: "ms",
      floor: { name: `a step of ${STEP_TOKENS} rows`, value: 1000 * median(steps) },
      aim: "<= 1",
    }),
  ];
}
