/**
 * `npm run torture -- chain [--only NAME] [--cycles N] [--seed S]`: attacks on the chain and accidents, more often than
 * the tests have time for.
 *
 * `--only NAME` runs one part, `--cycles N` runs it N times (what is counted depends on the part: kills, headers, bits).
 * Prints a line for each part; exit code 1 at the first broken promise, with the seed that brings it back.
 */
import { parseArgs } from "node:util";
import { ACCIDENTS } from "./chain/accidents.ts";
import { ATTACKS } from "./chain/attacks.ts";

const PARTS = [...ATTACKS, ...ACCIDENTS];
const MAX_PROBLEMS_SHOWN = 20;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { only: { type: "string" }, cycles: { type: "string" }, seed: { type: "string" } },
  });
  const parts = PARTS.filter(({ name }) => values.only === undefined || values.only === name);
  if (parts.length === 0) {
    console.error(`--only: expected one of ${PARTS.map(({ name }) => name).join(", ")}, got ${values.only}`);
    return 2;
  }
  for (const name of ["cycles", "seed"] as const) {
    if (values[name] === undefined || /^[0-9]{1,9}$/.test(values[name])) continue;
    console.error(`--${name}: expected a number of at most nine digits, got ${values[name]}`);
    return 2;
  }
  const seed = Number(values.seed ?? Date.now() % 2 ** 29);
  for (const part of parts) {
    const cycles = Number(values.cycles ?? part.cycles);
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
