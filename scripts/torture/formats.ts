/**
 * `npm run torture -- formats`: mutated files for every reader. Prints what was accepted and refused; exit code 1 at the
 * first broken promise, with the seed and number that make the input again.
 */
import { numberOption } from "../../src/cli/framework/numberOptions.ts";
import { choiceOption, integerOption, withDefault } from "../../src/cli/framework/option.ts";
import { defineScript, seedOption } from "../support/script.ts";
import { fuzz } from "./formats/fuzz.ts";
import { TARGETS } from "./formats/targets.ts";

const ROUND_INPUTS = 50_000;

export const script = defineScript({
  description:
    "Gives mutated files to every reader of a format, and prints how many it accepted and refused. Exit code 1 at the " +
    "first broken promise, with the seed and number that make the input again.",
  options: {
    inputs: withDefault(integerOption("Inputs of each reader.", 1, 1_000_000_000), 1_000_000),
    seed: withDefault(seedOption, 1),
    only: choiceOption(
      "The only reader.",
      "reader",
      TARGETS.map(({ name }) => name),
    ),
    minutes: numberOption(
      `Instead of --inputs: rounds of ${ROUND_INPUTS} inputs with growing seeds until so many minutes are over.`,
      { min: 0, max: 100_000 },
    ),
  },
  run: (options) => mutateFiles(options),
});

interface Options {
  readonly inputs: number;
  readonly seed: number;
  readonly only: string | undefined;
  readonly minutes: number | undefined;
}

async function mutateFiles({ only, minutes, ...options }: Options): Promise<number> {
  const targets = TARGETS.filter(({ name }) => only === undefined || only === name);
  const endsAt = minutes === undefined ? undefined : performance.now() + minutes * 60_000;
  const inputs = endsAt === undefined ? options.inputs : ROUND_INPUTS;
  let { seed } = options;
  try {
    do {
      for (const target of targets) {
        const started = performance.now();
        const { accepted, codes, slowestMs, peakRssBytes } = await fuzz(target, inputs, seed);
        const perSecond = Math.round(inputs / ((performance.now() - started) / 1000));
        console.log(
          `${target.name.padEnd(12)} seed ${seed}: ${inputs} inputs (${perSecond}/s), ${accepted} accepted, slowest ` +
            `${slowestMs.toFixed(0)} ms, peak memory ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB; ` +
            [...codes]
              .sort((a, b) => b[1] - a[1])
              .map(([code, count]) => `${code} ${count}`)
              .join(", "),
        );
      }
      seed += 1;
    } while (endsAt !== undefined && performance.now() < endsAt);
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  }
}
