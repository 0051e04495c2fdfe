/**
 * What a bound on the experts' memory bounds: the most that the process ever holds, mapped files included, with room for
 * a quarter of the experts, beyond what it holds with room for as many as one token needs. Prompts of random tokens ask
 * for nearly all experts, so both engines load and drop them all the time.
 */
import { resolveOptions } from "../../../src/moe/engine/options.ts";
import { expertBytes } from "../../../src/moe/engine/quantisation.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { type BenchRow, compared } from "../report.ts";
import { type BenchSetup, labelOf, median, ourLoad, ourProcess, RandomIds } from "./setup.ts";
import type { LoadCommand } from "./subject.ts";

const PROMPTS = 20;
const PROMPT_TOKENS = 128;

export async function benchBudget(setup: BenchSetup): Promise<BenchRow[]> {
  const { layers, experts, topK } = setup.shape;
  const load = await ourLoad(setup);
  const each = await bytesOfExpert(load);
  const least = topK * each;
  const quarter = Math.floor((layers * experts) / 4) * each;
  const held: number[] = [];
  for (let round = 0; round < setup.rounds; round++) {
    held.push((await peakBytes(setup, load, quarter)) - (await peakBytes(setup, load, least)));
  }
  return [
    compared({
      name: `${labelOf(setup)}: peak memory of a quarter of the experts`,
      value: median(held) / 1e6,
      unit: "MB",
      floor: { name: "allowed", value: (quarter - least) / 1e6 },
      aim: "<= 1.15",
    }),
  ];
}

async function bytesOfExpert({ model, threads, precision, cacheFolder }: LoadCommand): Promise<number> {
  const source = await folderSlotSource(model);
  try {
    return expertBytes(
      source.spec,
      resolveOptions({ source, threads, ...(precision && { precision }), ...(cacheFolder && { cacheFolder }) }),
    );
  } finally {
    await source.close();
  }
}

async function peakBytes(setup: BenchSetup, load: LoadCommand, expertBudgetBytes: number): Promise<number> {
  const ids = new RandomIds(setup.shape);
  const subject = ourProcess();
  try {
    await subject.send({ ...load, expertBudgetBytes });
    for (let done = 0; done < PROMPTS; done++) {
      await subject.send({ command: "prompt", ids: ids.take(PROMPT_TOKENS) });
    }
    return (await subject.memory()).peakBytes;
  } finally {
    await subject.close();
  }
}
