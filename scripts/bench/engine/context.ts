/** What a step costs as the context grows: it should grow with attention only, linearly. */
import type { BenchRow } from "../report.ts";
import { type BenchSetup, median, ourLoad, ourProcess, RandomIds } from "./setup.ts";

const CONTEXTS = [128, 1024, 4096];

export async function benchContext(setup: BenchSetup): Promise<BenchRow[]> {
  const label = `${setup.shape.name} ${setup.precision}`;
  console.error(`engine: ${label}: long contexts …`);
  const ids = new RandomIds(setup.shape);
  const tokens = 16;
  const times = new Map<number, number[]>(CONTEXTS.map((context) => [context, []]));
  const subject = ourProcess();
  try {
    await subject.send({ ...(await ourLoad(setup)), maxPositions: 8192 });
    const rounds = setup.large ? 1 : setup.rounds;
    for (let round = 0; round < rounds; round++) {
      for (const context of CONTEXTS) {
        const seconds = await subject.seconds({ command: "decode", ids: ids.take(context), tokens });
        times.get(context)?.push((seconds / tokens) * 1000);
      }
    }
  } finally {
    await subject.close();
  }
  return CONTEXTS.map((context) => ({
    name: `${label}: step at context ${context}`,
    value: median(times.get(context) as number[]),
    unit: "ms",
  }));
}
