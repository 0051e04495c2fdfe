/**
 * A million guesses at API keys, and a million timed probes: is a secret that is nearly right, or an id that exists,
 * answered in another time? Probes call the check itself: over HTTP the noise would hide what is there. Then guesses over
 * HTTP, which end at the limit of wrong keys.
 */
import { randomBytes } from "node:crypto";
import { type ApiKeyEntry, ApiKeys, createApiKey } from "../../../src/api/keys/apiKey.ts";
import { LIMITS } from "../../../src/api/limits.ts";
import { Random } from "../../support/random.ts";
import { atMost, below, exactly, type Finding, orInterrupt, type Part } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";
import { type Probes, welchT } from "./welch.ts";

const GUESSES = 1_000_000;
const PROBES = 1_000_000;
const OVER_HTTP = 1000;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** |t| above it: the times differ. */
const SHOWN = 4.5;

async function run(seed: number): Promise<Finding[]> {
  const random = new Random(seed);
  const keys = Array.from({ length: 32 }, () => createApiKey());
  const known = new ApiKeys(keys.map(({ entry }) => entry));
  const parts = keys.map(({ text }) => text.split(/^moe_([^_]+)_/).slice(1) as [id: string, secret: string]);
  const partsOf = (i: number): [id: string, secret: string] => parts[i % parts.length]!;
  const [id, secret] = partsOf(0);
  const nearly = (): string => secret.slice(0, 42) + letterBut(secret[42]!);
  let hits = 0;
  for (let i = 0; i < GUESSES; i++) {
    if (i % 50_000 === 0) await orInterrupt();
    const guess = i % 3 === 0 ? keyOf(unknownId(), wrongSecret()) : keyOf(id, i % 3 === 1 ? wrongSecret() : nearly());
    if (known.find(guess) !== undefined) hits++;
  }
  // The other class has the same characters in another order: those that an expression matches take their own times.
  const t = async (classes: Probes["classes"], check: Pick<ApiKeys, "find"> = known): Promise<number> => {
    await orInterrupt();
    return Math.abs(welchT({ probe: (text) => check.find(text), classes, count: PROBES, random }));
  };
  const secrets: Probes["classes"] = (block) => {
    const [ownId, own] = partsOf(block);
    const other = shuffled(own, random);
    const ending = (): string => letterBut(own[42]!, other[42]!);
    return [() => keyOf(ownId, own.slice(0, 42) + ending()), () => keyOf(ownId, other.slice(0, 42) + ending())];
  };
  const ids: Probes["classes"] = (block) => {
    const [ownId] = partsOf(block);
    const other = shuffled(ownId, random);
    return [() => keyOf(ownId, wrongSecret()), () => keyOf(other, wrongSecret())];
  };
  const leaky = new LookUpByIdFirst(keys.map(({ entry }) => entry));
  return [
    exactly("hits", hits, 0, "of 1,000,000 guesses"),
    exactly("the right keys are found", keys.filter(({ text }) => known.find(text)).length, keys.length),
    below("|t|: 42 of 43 characters right, or another 42", await t(secrets), SHOWN, ""),
    below("|t|: an id that exists, or another", await t(ids), SHOWN, ""),
    shows("|t|: the same of a check that looks for the id first", await t(ids, leaky)),
    ...(await overHttp(
      keys[0]!.entry,
      Array.from({ length: OVER_HTTP }, () => keyOf(id, wrongSecret())),
    )),
  ];
}

/** What must not be built: it hashes only when the id exists. Shows that the probes would notice. */
class LookUpByIdFirst {
  readonly #entries: ReadonlyMap<string, ApiKeys>;

  constructor(entries: readonly ApiKeyEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.id, new ApiKeys([entry])]));
  }

  find(text: string): ApiKeyEntry | undefined {
    return this.#entries.get(text.split("_")[1] ?? "")?.find(text);
  }
}

function shows(what: string, value: number): Finding {
  return { what, value, unit: "", aim: `above ${SHOWN}: probes notice`, met: value > SHOWN };
}

function keyOf(id: string, secret: string): string {
  return `moe_${id}_${secret}`;
}

function wrongSecret(): string {
  return randomBytes(32).toString("base64url");
}

function unknownId(): string {
  return randomBytes(8).toString("hex");
}

function letterBut(...but: readonly string[]): string {
  const letters = [...LETTERS].filter((letter) => !but.includes(letter));
  return letters[Math.floor(Math.random() * letters.length)]!;
}

function shuffled(text: string, random: Random): string {
  const left = [...text];
  return Array.from(text, () => left.splice(Math.floor(random.next() * left.length), 1)[0]).join("");
}

function overHttp(entry: ApiKeyEntry, wrong: readonly string[]): Promise<Finding[]> {
  return withRemoteServer({ http: { apiKeys: [entry] } }, async ({ url }) => {
    const statuses = new Map<number, number>();
    for (const text of wrong) {
      const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${text}` } });
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }
    const looked = statuses.get(401) ?? 0;
    return [
      atMost("guesses over HTTP before the address has to wait", looked, LIMITS.authFailuresPerMinute, "of 1,000"),
      exactly("guesses over HTTP that were refused", looked + (statuses.get(429) ?? 0), OVER_HTTP, "of 1,000"),
    ];
  });
}

export const keyGuessing: Part = { name: "keys", attack: "1,000,000 guesses, 1,000,000 timed probes", run };
