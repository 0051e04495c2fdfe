/** What a step costs as the context grows: it should grow with attention only, linearly. */
import type { BenchRow } from "../report.ts";
import { type BenchSetup, labelOf, median, ourLoad, ourProcess, RandomIds, warmUp } from "./setup.ts";

const CONTEXTS = [128, 1024, 4096];
const TOKENS = 8;

export async function benchContext(setup: BenchSetup): Promise<BenchRow[]> {
  const ids = new RandomIds(setup.shape);
  const subject = ourProcess();
  const rows: BenchRow[] = [];
  try {
    await subject.send({ ...(await ourLoad(setup)), maxPositions: 8192 });
    await warmUp(subject, ids);
    for (const context of CONTEXTS) {
      await subject.send({ command: "begin", ids: ids.take(context) });
      const times: number[] = [];
      for (let round = 0; round < setup.rounds; round++) {
        times.push(((await subject.seconds({ command: "next", tokens: TOKENS })) / TOKENS) * 1000);
      }
      rows.push({ name: `${labelOf(setup)}: step at context ${context}`, value: median(times), unit: "ms" });
    }
  } finally {
    await subject.close();
  }
  return rows;
}
