/**
 * `npm run torture -- http`: attacks on the HTTP server at the figures that it has to hold.
 *
 * The server runs in a process of its own, so that memory and lag are its own. Prints every number beside its aim, and at
 * the end a line for each part. All of it takes about a quarter of an hour; times and lag are those of a quiet machine.
 *
 * Exit codes: 0 every aim was met; 1 an aim was missed; 2 wrong arguments; 3 a part did not come to its end; 130
 * interrupted (the parts so far are still summed up).
 */
import { availableParallelism, loadavg } from "node:os";
import { withDefault } from "../../src/cli/framework/option.ts";
import { errorMessage } from "../../src/core/errors.ts";
import { choicesOption, defineScript, seedOption } from "../support/script.ts";
import { absurdParameters } from "./http/absurdParameters.ts";
import { accounts } from "./http/accounts.ts";
import { bombs } from "./http/bombs.ts";
import { crossSite } from "./http/crossSite.ts";
import { earlyRequests } from "./http/earlyRequests.ts";
import { INTERRUPTED, interrupted, listenForSignals } from "./http/interruption.ts";
import { keyGuessing } from "./http/keyGuessing.ts";
import { leavingClients } from "./http/leavingClients.ts";
import { logins } from "./http/logins.ts";
import type { Part } from "./http/part.ts";
import { randomRequests } from "./http/randomRequests.ts";
import { rateLimits } from "./http/rateLimits.ts";
import { numbers, type Outcome, summary } from "./http/report.ts";
import { secrets } from "./http/secrets.ts";
import { shutdown } from "./http/shutdown.ts";
import { slowClients } from "./http/slowClients.ts";
import { spends } from "./http/spends.ts";
import { traversal } from "./http/traversal.ts";
import { unreadStreams } from "./http/unreadStreams.ts";

/** What a page or a client can do to the server, what it can ask for, what it can find out, and how the node ends. */
const PARTS: readonly Part[] = [
  bombs,
  absurdParameters,
  slowClients,
  earlyRequests,
  unreadStreams,
  leavingClients,
  keyGuessing,
  accounts,
  rateLimits,
  spends,
  logins,
  crossSite,
  traversal,
  secrets,
  randomRequests,
  shutdown,
];
const STILL_RUNNING_MS = 30_000;

export const script = defineScript({
  description:
    "Attacks the HTTP server, which runs in a process of its own, and prints every number beside its aim. All of it takes " +
    "about a quarter of an hour; times and lag are those of a quiet machine. Exit codes: 0 every aim was met; 1 an aim " +
    "was missed; 2 wrong arguments; 3 a part did not come to its end; 130 interrupted.",
  options: {
    seed: withDefault(seedOption, 1),
    only: choicesOption(
      "Parts to run.",
      "parts",
      PARTS.map(({ name }) => name),
    ),
  },
  async run({ seed, only }): Promise<number> {
    const stopListening = listenForSignals();
    try {
      return await runParts(
        PARTS.filter(({ name }) => only.includes(name)),
        seed,
      );
    } finally {
      stopListening();
    }
  },
});

/** Returns the exit code. */
async function runParts(parts: readonly Part[], seed: number): Promise<number> {
  const from = performance.now();
  const outcomes: Outcome[] = [];
  console.log(`seed ${seed}; load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores before it begins`);
  for (const [i, part] of parts.entries()) {
    if (interrupted.aborted) break;
    console.log(`\n[${i + 1}/${parts.length}] ${part.name}: ${part.attack}`);
    const outcome = await runPart(part, seed);
    if (interrupted.aborted && outcome.failure !== undefined) break;
    outcomes.push(outcome);
    console.log(outcome.failure === undefined ? numbers(outcome) : `  FAILED: ${outcome.failure}`);
  }
  const missed = outcomes.flatMap(({ findings }) => findings).filter(({ met }) => !met).length;
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
  const seconds = (performance.now() - from) / 1000;
  console.log(`\n${outcomes.length} of ${parts.length} parts in ${seconds.toFixed(0)} s`);
  console.log(summary(parts, outcomes));
  if (outcomes.length < parts.length) return INTERRUPTED;
  console.log(missed + failed === 0 ? "every aim was met" : `aims missed: ${missed}; parts failed: ${failed}`);
  return failed > 0 ? 3 : missed > 0 ? 1 : 0;
}

/** Never throws: what one part finds does not depend on another. */
async function runPart(part: Part, seed: number): Promise<Outcome> {
  const from = performance.now();
  const elapsed = (): number => (performance.now() - from) / 1000;
  const ticker = setInterval(
    () => console.error(`  … ${part.name} has run for ${elapsed().toFixed(0)} s`),
    STILL_RUNNING_MS,
  );
  try {
    const findings = await part.run(seed);
    return { part, seconds: elapsed(), findings };
  } catch (error) {
    if (!interrupted.aborted) console.error(error);
    return { part, seconds: elapsed(), findings: [], failure: errorMessage(error) };
  } finally {
    clearInterval(ticker);
  }
}
