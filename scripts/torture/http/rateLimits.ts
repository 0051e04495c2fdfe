/** Ways around the limit of requests: forged headers, other spellings, more keys of one account, IPv6 addresses. */
import { addressGroup, SlidingLimit } from "../../../src/api/http/rateLimits.ts";
import { createApiKey } from "../../../src/api/keys/apiKey.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { Random } from "../../support/random.ts";
import type { Finding, Part } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";

const LIMIT = 1000;
const REQUESTS = 5000;
const TOGETHER = 16;
const ADDRESSES = 100_000;

const PATHS = [
  "/v1/models",
  "/v1/models/",
  "//v1/models",
  "/experts",
  "/experts/top?limit=1",
  "/accounts?x=1",
  "/ledger",
];

async function run(seed: number): Promise<Finding[]> {
  return [await overHttp(), byAddress(new Random(seed))];
}

function overHttp(): Promise<Finding> {
  const keys = Array.from({ length: 5 }, () => createApiKey(["chat"], { account: "alice" }));
  const http = { apiKeys: keys.map(({ entry }) => entry), rateLimits: { requestsPerMinute: LIMIT } };
  return withRemoteServer({ http }, async ({ url }) => {
    let allowed = 0;
    for (let i = 0; i < REQUESTS; i += TOGETHER) {
      const statuses = Array.from({ length: TOGETHER }, async (_, j) => {
        const n = i + j;
        const response = await fetch(url + PATHS[n % PATHS.length]!, {
          headers: {
            authorization: `Bearer ${keys[n % keys.length]!.text}`,
            "x-forwarded-for": `10.${n % 256}.${n >> 8}.1`,
            forwarded: `for=10.1.${n % 256}.${n >> 8}`,
            "x-real-ip": `10.2.${n % 256}.3`,
            "cf-connecting-ip": `10.3.${n % 256}.4`,
            "true-client-ip": `10.4.${n % 256}.5`,
          },
        });
        await response.arrayBuffer();
        // A 404 costs nothing and gives nothing.
        return response.status === 200 || response.status === 400;
      });
      allowed += (await Promise.all(statuses)).filter((each) => each).length;
    }
    return within(`allowed, of ${REQUESTS} requests over HTTP`, allowed);
  });
}

/** The part that needs addresses which this machine does not have. */
function byAddress(random: Random): Finding {
  const limit = new SlidingLimit(LIMIT, manualClock());
  const hex = (): string => Math.floor(random.next() * 65_536).toString(16);
  let allowed = 0;
  for (let i = 0; i < ADDRESSES; i++) {
    // The last 72 bits, in the ways in which an address can be written.
    const low = `2001:db8:1:2${Math.floor(random.next() * 256)
      .toString(16)
      .padStart(2, "0")}`;
    const address = random.next() < 0.5 ? `${low}:${hex()}:${hex()}:${hex()}:${hex()}` : `${low}::${hex()}`;
    const group = addressGroup(address);
    if (limit.state(group).remaining === 0) continue;
    limit.spend(group, 1);
    allowed++;
  }
  return within(`allowed, of ${ADDRESSES} addresses of one /56`, allowed);
}

function within(what: string, allowed: number): Finding {
  const met = Math.abs(allowed - LIMIT) <= 0.05 * LIMIT;
  return { what, value: allowed, unit: "", aim: `${LIMIT} ± 5 %`, met };
}

export const rateLimits: Part = { name: "limits", attack: "ways around the limit of requests", run };
