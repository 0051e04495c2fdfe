/**
 * `npm run torture -- formats [--inputs N] [--seed S] [--only NAME] [--minutes M]`: mutated files for every reader.
 *
 * Without `--minutes` each reader gets N inputs (default 1,000,000) of one seed; with it, rounds of 50,000 inputs with
 * growing seeds until the time is over. Prints what was accepted and refused; exit code 1 at the first broken promise,
 * with the seed and number that make the input again.
 */
import { parseArgs } from "node:util";
import { fuzz } from "./formats/fuzz.ts";
import { TARGETS } from "./formats/targets.ts";

const ROUND_INPUTS = 50_000;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      inputs: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      minutes: { type: "string" },
    },
  });
  const targets = TARGETS.filter(({ name }) => values.only === undefined || values.only === name);
  if (targets.length === 0) {
    console.error(`--only: expected one of ${TARGETS.map(({ name }) => name).join(", ")}, got ${values.only}`);
    return 2;
  }
  const endsAt = values.minutes === undefined ? undefined : performance.now() + Number(values.minutes) * 60_000;
  const inputs = endsAt === undefined ? Number(values.inputs) : ROUND_INPUTS;
  let seed = Number(values.seed);
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
