/** When each API key was last shown to the node: written by the node, at most once a minute, and read by `keys list`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KEY_ID } from "../../api/keys/apiKey.ts";
import { BoundedMap } from "../../core/boundedMap.ts";
import { utf8 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { writeFileDurably } from "../../core/durableFile.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { MAX_API_KEYS } from "./apiKeyFolder.ts";

const SAVE_MS = 60_000;

export class LastUsed {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #times: BoundedMap<string, number>;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, times: ReadonlyMap<string, number>, clock: Clock, log: Logger) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#times = new BoundedMap(MAX_API_KEYS);
    for (const [id, timeMs] of times) this.#times.set(id, timeMs);
  }

  static async open(dataDir: string, clock: Clock, log: Logger): Promise<LastUsed> {
    return new LastUsed(lastUsedFile(dataDir), await readLastUsed(dataDir), clock, log);
  }

  note(id: string): void {
    this.#times.set(id, this.#clock.nowMs());
    this.#timer ??= setTimeout(() => void this.#save(), SAVE_MS);
    this.#timer.unref();
  }

  /** Writes what is not written yet. May be called twice. */
  close(): Promise<void> {
    return this.#timer === undefined ? this.#saving : this.#save();
  }

  /** Never rejects: a node on a full disk answers all the same. */
  #save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#saving = this.#saving.then(async () => {
      try {
        const times = Object.fromEntries(this.#times.entries());
        await writeFileDurably(this.#path, utf8(`${JSON.stringify(times)}\n`), 0o600);
      } catch (error) {
        this.#log.warn({ err: error }, `the times of the API keys are not stored: ${errorMessage(error)}`);
      }
    });
    return this.#saving;
  }
}

function lastUsedFile(dataDir: string): string {
  return join(dataDir, "api-keys-used.json");
}

/** Milliseconds since 1970 by the key's id. A file that is missing or damaged says nothing. */
export async function readLastUsed(dataDir: string): Promise<ReadonlyMap<string, number>> {
  try {
    const times: unknown = JSON.parse(await readFile(lastUsedFile(dataDir), "utf8"));
    const entries = Object.entries(times as object).slice(0, MAX_API_KEYS);
    return new Map(entries.filter(([id, timeMs]) => KEY_ID.test(id) && Number.isSafeInteger(timeMs)));
  } catch {
    return new Map();
  }
}
