/**
 * `npm run torture -- http [seed]`: the HTTP server's fault tests at larger figures: 5,000 random requests, body bombs
 * with times and lag, 10,000 clients that leave, 500 that never read, 5,000 slow ones.
 */
import { bombs } from "./http/bombs.ts";
import { leavingClients } from "./http/leavingClients.ts";
import { randomRequests } from "./http/randomRequests.ts";
import { slowClients } from "./http/slowClients.ts";
import { unreadStreams } from "./http/unreadStreams.ts";

/** Returns the exit code: the number of parts that failed. */
export async function run([seed = "1"]: string[]): Promise<number> {
  const parts = { randomRequests, bombs, leavingClients, unreadStreams, slowClients };
  let failed = 0;
  for (const [name, part] of Object.entries(parts)) {
    const { facts, failures } = await part(Number(seed));
    console.log(`${name}: ${facts}`);
    for (const failure of failures) console.log(`FAILED: ${failure}`);
    if (failures.length > 0) failed++;
  }
  return failed;
}
