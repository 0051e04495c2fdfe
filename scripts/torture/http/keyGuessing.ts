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
import { welchT } from "./welch.ts";

const GUESSES = 1_000_000;
const PROBES = 1_000_000;
const OVER_HTTP = 1000;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

async function run(seed: number): Promise<Finding[]> {
  const keys = Array.from({ length: 8 }, () => createApiKey());
  const known = new ApiKeys(keys.map(({ entry }) => entry));
  const [real] = keys as [(typeof keys)[number]];
  const [, id, secret] = real.text.split(/^moe_([^_]+)_/) as [string, string, string];
  const random = (): string => randomBytes(32).toString("base64url");
  const nearly = (): string => secret.slice(0, 42) + LETTERS.replace(secret[42]!, "")[Math.floor(Math.random() * 25)];
  const unknown = (): string => randomBytes(8).toString("hex");
  const wrong = (): string => `moe_${id}_${random()}`;
  let hits = 0;
  for (let i = 0; i < GUESSES; i++) {
    const guess = i % 3 === 0 ? `moe_${unknown()}_${random()}` : i % 3 === 1 ? wrong() : `moe_${id}_${nearly()}`;
    if (known.find(guess) !== undefined) hits++;
  }
  // Both classes have equally many different texts: a processor learns what it often sees, whatever the code.
  const otherId = unknown();
  const otherSecret = random();
  const letters = LETTERS.replace(secret[42]!, "");
  const ending = (): string => letters[Math.floor(Math.random() * letters.length)]!;
  const t = (a: () => string, b: () => string): number =>
    Math.abs(
      welchT({
        probe: (text) => known.find(text),
        a: () => flat(a()),
        b: () => flat(b()),
        count: PROBES,
        random: new Random(seed),
      }),
    );
  const farOff = (): string => `moe_${id}_${otherSecret.slice(0, 42)}${ending()}`;
  const close = (): string => `moe_${id}_${secret.slice(0, 42)}${ending()}`;
  return [
    exactly("hits", hits, 0, "of 1,000,000 guesses"),
    exactly("the right key is found", known.find(real.text) === undefined ? 0 : 1, 1),
    below("|t|: another wrong secret, the control", t(wrong, wrong), 4.5, ""),
    below("|t|: 42 of 43 characters right, or another 42", t(farOff, close), 4.5, ""),
    below(
      "|t|: an id that exists, or another",
      t(wrong, () => `moe_${otherId}_${random()}`),
      4.5,
      "",
    ),
    ...(await overHttp(real.entry, Array.from({ length: OVER_HTTP }, wrong))),
  ];
}

/** As a text comes from a socket: a text put together from parts is copied when it is first read, which takes its time. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

function overHttp(entry: ReturnType<typeof createApiKey>["entry"], wrong: readonly string[]): Promise<Finding[]> {
  return withRemoteServer({ http: { apiKeys: [entry] } }, async ({ url }) => {
    const statuses = new Map<number, number>();
    for (let i = 0; i < OVER_HTTP; i++) {
      const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${wrong[i]}` } });
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

export const keyGuessing: Part = { name: "keys", attack: "1,000,000 guesses, 1,000,000 timed probes", run };
