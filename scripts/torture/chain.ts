/**
 * `npm run torture -- chain`: attacks on the chain and accidents, more often than the tests have time for. Prints a line for
 * each part; exit code 1 at the first broken promise, with the seed that brings it back.
 */
import { choiceOption, integerOption } from "../../src/cli/framework/option.ts";
import { defineScript, seedOption } from "../support/script.ts";
import { ACCIDENTS } from "./chain/accidents.ts";
import { ATTACKS } from "./chain/attacks.ts";
import type { Part } from "./chain/part.ts";

const PARTS = [...ATTACKS, ...ACCIDENTS];
const MAX_PROBLEMS_SHOWN = 20;

export const script = defineScript({
  description:
    "Attacks on the chain and accidents that happen to it, more often than the tests have time for. Prints a line for " +
    "each part. Exit code 1 at the first broken promise, with the seed that brings it back.",
  options: {
    only: choiceOption(
      "The only part to run.",
      "part",
      PARTS.map(({ name }) => name),
    ),
    cycles: {
      ...integerOption("How often; what is counted depends on the part: kills, headers, bits.", 0, 999_999_999),
      fallbackText: "each part's own number",
    },
    seed: { ...seedOption, fallbackText: "another one each time" },
  },
  run: ({ only, cycles, seed }) =>
    attackChain(
      PARTS.filter(({ name }) => only === undefined || only === name),
      cycles,
      seed ?? Date.now() % 2 ** 29,
    ),
});

async function attackChain(parts: readonly Part[], times: number | undefined, seed: number): Promise<number> {
  for (const part of parts) {
    const cycles = times ?? part.cycles;
    console.error(`chain: ${part.name}, ${cycles} ${part.unit} …`);
    const start = performance.now();
    const { figures, problems } = await part.run(cycles, seed);
    const seconds = (performance.now() - start) / 1000;
    const peakMib = process.resourceUsage().maxRSS / 1024;
    console.log(
      `${part.name.padEnd(14)} seed ${seed}: ${cycles} ${part.unit} in ${seconds.toFixed(0)} s; ${figures}; ` +
        `peak memory ${peakMib.toFixed(0)} MiB`,
    );
    for (const problem of problems.slice(0, MAX_PROBLEMS_SHOWN))
      console.log(`FAILED ${part.name} (seed ${seed}): ${problem}`);
    if (problems.length > 0) return 1;
  }
  return 0;
}
