/**
 * `npm run torture -- http [seed] [--only PART]`: attacks on the HTTP server at the figures that it has to hold.
 *
 * The server runs in a process of its own, so that memory and lag are its own. Prints every number beside its aim; exit
 * code 1 when one is missed. A part takes up to three minutes.
 */
import { parseArgs } from "node:util";
import { absurdParameters } from "./http/absurdParameters.ts";
import { accounts } from "./http/accounts.ts";
import { bombs } from "./http/bombs.ts";
import { crossSite } from "./http/crossSite.ts";
import { keyGuessing } from "./http/keyGuessing.ts";
import { leavingClients } from "./http/leavingClients.ts";
import { logins } from "./http/logins.ts";
import type { Finding, Part } from "./http/part.ts";
import { randomRequests } from "./http/randomRequests.ts";
import { rateLimits } from "./http/rateLimits.ts";
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

/** Returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { only: { type: "string" } },
    allowPositionals: true,
  });
  const seed = positionals[0] ?? "1";
  const parts = PARTS.filter(({ name }) => values.only === undefined || values.only === name);
  if (parts.length === 0) {
    console.error(`--only: expected one of ${PARTS.map(({ name }) => name).join(", ")}, got ${values.only}`);
    return 2;
  }
  if (!/^[0-9]{1,9}$/.test(seed)) {
    console.error(`seed: expected a number of at most nine digits, got ${seed}`);
    return 2;
  }
  let missed = 0;
  for (const { name, attack, run: attackServer } of parts) {
    const from = performance.now();
    const findings = await attackServer(Number(seed));
    console.log(`${name}: ${attack} (seed ${seed}, ${((performance.now() - from) / 1000).toFixed(0)} s)`);
    console.log(table(findings));
    missed += findings.filter(({ met }) => !met).length;
  }
  console.log(missed === 0 ? "every aim was met" : `aims missed: ${missed}`);
  return missed === 0 ? 0 : 1;
}

function table(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ what, value, unit, aim, met }) => {
      const measured = `${numberText(value)} ${unit}`.padEnd(24);
      return `  ${met ? "ok    " : "MISSED"}  ${what.padEnd(width)}  ${measured} ${aim}`.trimEnd();
    })
    .join("\n");
}

function numberText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toPrecision(3);
}
