/**
 * A million guesses at API keys, and a million timed probes: is a secret that is nearly right, or an id that exists,
 * answered in another time? Probes call the check itself: over HTTP the noise would hide what is there. Then guesses over
 * HTTP, which end at the limit of wrong keys.
 */
import { randomBytes } from "node:crypto";
import { ApiKeys, createApiKey } from "../../../src/api/keys/apiKey.ts";
import { LIMITS } from "../../../src/api/limits.ts";
import { Random } from "../../support/random.ts";
import { atMost, below, exactly, type Finding, type Part } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";
import { type TimedClass, welchT } from "./welch.ts";

const GUESSES = 1_000_000;
const PROBES = 1_000_000;
const OVER_HTTP = 1000;
const POOL = 1024;

async function run(seed: number): Promise<Finding[]> {
  const keys = Array.from({ length: 8 }, () => createApiKey());
  const known = new ApiKeys(keys.map(({ entry }) => entry));
  const [real] = keys as [(typeof keys)[number]];
  const [, id, secret] = real.text.split(/^moe_([^_]+)_/) as [string, string, string];
  const random = (): string => randomBytes(32).toString("base64url");
  const nearly = (): string => secret.slice(0, 42) + pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ".replace(secret[42]!, ""));
  const unknown = (): string => randomBytes(8).toString("hex");
  const pool = (make: () => string): string[] => Array.from({ length: POOL }, () => Buffer.from(make()).toString());
  const wrong = pool(() => `moe_${id}_${random()}`);
  let hits = 0;
  for (let i = 0; i < GUESSES; i++) {
    const guess = i % 3 === 0 ? `moe_${unknown()}_${random()}` : `moe_${id}_${i % 3 === 1 ? random() : nearly()}`;
    if (known.find(guess) !== undefined) hits++;
  }
  const t = (probes: string[]): number => {
    return Math.abs(welchT(time(known, wrong), time(known, probes), { count: PROBES, random: new Random(seed) }));
  };
  return [
    exactly("hits", hits, 0, "of 1,000,000 guesses"),
    exactly("the right key is found", known.find(real.text) === undefined ? 0 : 1, 1),
    below("|t|: nearly the right secret", t(pool(() => `moe_${id}_${nearly()}`)), 4.5, ""),
    below("|t|: an unknown id", t(pool(() => `moe_${unknown()}_${random()}`)), 4.5, ""),
    ...(await overHttp(real.entry, wrong)),
  ];
}

function time(keys: ApiKeys, pool: readonly string[]): TimedClass {
  let next = 0;
  return () => {
    const text = pool[next++ % POOL]!;
    const from = performance.now();
    keys.find(text);
    return performance.now() - from;
  };
}

function overHttp(entry: ReturnType<typeof createApiKey>["entry"], wrong: readonly string[]): Promise<Finding[]> {
  return withRemoteServer({ http: { apiKeys: [entry] } }, async ({ url }) => {
    const statuses = new Map<number, number>();
    for (let i = 0; i < OVER_HTTP; i++) {
      const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${wrong[i % POOL]}` } });
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }
    const looked = statuses.get(401) ?? 0;
    return [
      atMost("guesses over HTTP that were looked at", looked, LIMITS.authFailuresPerMinute, "of 1,000"),
      exactly("guesses over HTTP that were refused", looked + (statuses.get(429) ?? 0), OVER_HTTP, "of 1,000"),
    ];
  });
}

function pick(letters: string): string {
  return letters[Math.floor(Math.random() * letters.length)]!;
}

export const keyGuessing: Part = { name: "keys", attack: "1,000,000 guesses, 1,000,000 timed probes", run };
