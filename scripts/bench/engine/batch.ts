/** Several generations at once: tokens per second of all together. */
import { type BenchRow, compared } from "../report.ts";
import { type BenchSetup, labelOf, median, ourLoad, ourProcess, RandomIds, warmUp } from "./setup.ts";

const SIZES = [1, 4, 8, 16];
const PROMPT_TOKENS = 32;

export async function benchBatch(setup: BenchSetup): Promise<BenchRow[]> {
  const label = labelOf(setup);
  const ids = new RandomIds(setup.shape);
  const tokens = setup.large ? 12 : 16;
  const rates = new Map<number, number[]>(SIZES.map((size) => [size, []]));
  const subject = ourProcess();
  try {
    await subject.send(await ourLoad(setup));
    await warmUp(subject, ids);
    for (let round = 0; round < setup.rounds; round++) {
      for (const size of SIZES) {
        const prompts = Array.from({ length: size }, () => ids.take(PROMPT_TOKENS));
        rates.get(size)?.push((size * tokens) / (await subject.seconds({ command: "batch", prompts, tokens })));
      }
    }
  } finally {
    await subject.close();
  }
  const alone = median(rates.get(1) as number[]);
  return SIZES.map((size) =>
    compared({
      name: `${label}: ${size} at once`,
      value: median(rates.get(size) as number[]),
      unit: "tokens/s",
      floor: { name: "one alone", value: alone },
    }),
  );
}
