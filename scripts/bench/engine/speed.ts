/** Prompt and decode, our engine and llama.cpp in turns, beside the bound that memory sets; and the memory of both. */
import { type BenchRow, compared } from "../report.ts";
import { activeBytes } from "./activeBytes.ts";
import { readBandwidth } from "./bandwidth.ts";
import { type BenchSetup, labelOf, RandomIds, warmUp } from "./setup.ts";
import { Numbers, sidesOf } from "./sides.ts";
import type { Subject } from "./subject.ts";

const PROMPTS = [32, 512];
const CONTEXTS = [32, 1024];
/** Tokens of one turn. */
const TURN_TOKENS = 16;
/** Measurements of short prompts and turns of decoding, for each round: what is short is disturbed more. */
const SHORT_ROWS = 64;
const SHORT_REPEATS = 4;

export async function benchSpeed(setup: BenchSetup): Promise<BenchRow[]> {
  const sides = await sidesOf(setup);
  const numbers = new Numbers();
  const bandwidths = [await readBandwidth(setup.threads)];
  const ids = new RandomIds(setup.shape);
  const subjects = sides.map(({ start }) => start());
  try {
    for (const [i, { load }] of sides.entries()) {
      await subjects[i]?.send(load);
      await warmUp(subjects[i] as Subject, ids);
    }
    await measurePrompts(setup, subjects, numbers, ids);
    await measureDecoding(setup, subjects, numbers, ids);
    for (const [i, subject] of subjects.entries()) {
      const { peakBytes, privateBytes } = await subject.memory();
      numbers.add("peak memory with mapped files", i, peakBytes / 1e9);
      numbers.add("private memory", i, privateBytes / 1e9);
    }
  } finally {
    for (const subject of subjects) await subject.close();
  }
  bandwidths.push(await readBandwidth(setup.threads));
  return rowsOf(setup, numbers, Math.max(...bandwidths));
}

async function measurePrompts(setup: BenchSetup, subjects: Subject[], numbers: Numbers, ids: RandomIds): Promise<void> {
  for (const length of PROMPTS) {
    const repeats = length <= SHORT_ROWS ? SHORT_REPEATS : 1;
    for (let round = 0; round < repeats * setup.rounds; round++) {
      for (const [i, subject] of subjects.entries()) {
        const seconds = await subject.seconds({ command: "prompt", ids: ids.take(length) });
        numbers.add(`prompt of ${length}`, i, length / seconds);
      }
    }
  }
}

async function measureDecoding(
  setup: BenchSetup,
  subjects: Subject[],
  numbers: Numbers,
  ids: RandomIds,
): Promise<void> {
  for (const context of CONTEXTS) {
    for (const subject of subjects) await subject.send({ command: "begin", ids: ids.take(context) });
    for (let round = 0; round < SHORT_REPEATS * setup.rounds; round++) {
      for (const [i, subject] of subjects.entries()) {
        const seconds = await subject.seconds({ command: "next", tokens: TURN_TOKENS });
        numbers.add(`decode at ${context}`, i, TURN_TOKENS / seconds);
      }
    }
  }
}

function rowsOf(setup: BenchSetup, numbers: Numbers, bandwidth: number): BenchRow[] {
  const boundOf = (context: number): BenchRow => {
    const bytes = activeBytes(setup.shape, setup.precision, context);
    const name = `${(bandwidth / 1e9).toFixed(1)} GB/s / ${(bytes / 1e6).toFixed(0)} MB`;
    return compared({
      name: `${labelOf(setup)}: decode at ${context}, of what memory allows`,
      value: numbers.median(`decode at ${context}`),
      unit: "tokens/s",
      floor: { name, value: bandwidth / bytes },
      aim: ">= 0.6",
    });
  };
  return [
    ...PROMPTS.map((length) => numbers.row(setup, `prompt of ${length}`, "tokens/s", ">= 0.7")),
    ...CONTEXTS.flatMap((context) => [
      numbers.row(setup, `decode at ${context}`, "tokens/s", ">= 1"),
      boundOf(context),
    ]),
    numbers.row(setup, "peak memory with mapped files", "GB"),
    numbers.row(setup, "private memory", "GB"),
  ];
}
