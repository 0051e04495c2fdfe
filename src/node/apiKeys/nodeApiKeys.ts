/**
 * The API keys of a running node: those of its folder, looked at again when the folder changes, so that a key counts, or
 * counts no more, within a second or two of the command. When each was last shown is written down once a minute.
 */
import { ApiKeys } from "../../api/keys/apiKey.ts";
import type { Clock } from "../../core/clock.ts";
import { errorCode, errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { idsIn, readApiKeys } from "./apiKeyFolder.ts";
import { LastUsed } from "./lastUsed.ts";

const POLL_MS = 1000;

export interface NodeApiKeysOptions {
  readonly folder: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default 1 s. */
  readonly pollMs?: number;
}

export class NodeApiKeys {
  readonly keys: ApiKeys;
  readonly #options: NodeApiKeysOptions;
  readonly #lastUsed: LastUsed;
  readonly #timer: NodeJS.Timeout;
  #version: string;
  #looking: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: NodeApiKeysOptions, keys: ApiKeys, lastUsed: LastUsed, version: string) {
    this.keys = keys;
    this.#options = options;
    this.#lastUsed = lastUsed;
    this.#version = version;
    this.#timer = setInterval(() => void this.look(), options.pollMs ?? POLL_MS);
    this.#timer.unref();
  }

  /** Throws what is wrong with a key's file: `bad_api_key_entry`, `key_file_permissions`. */
  static async open(options: NodeApiKeysOptions): Promise<NodeApiKeys> {
    const { folder, dataDir, clock, log } = options;
    // Before the files are read: what changes in between is seen at the first look.
    const version = await versionOf(folder);
    const kept = await readApiKeys(folder);
    if (kept !== undefined && kept.problems.length > 0) throw kept.problems[0];
    const lastUsed = await LastUsed.open(dataDir, clock, log);
    const keys = new ApiKeys(kept?.entries ?? [], {
      required: kept !== undefined,
      onUse: (id) => lastUsed.note(id),
    });
    if (kept?.entries.length === 0)
      log.warn({ folder }, "there is no API key, and the node asks for one: nobody gets in");
    return new NodeApiKeys(options, keys, lastUsed, version);
  }

  /** Takes up what has changed in the folder. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#takeUp().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      clearInterval(this.#timer);
      await this.#looking;
      await this.#lastUsed.close();
    })();
    return this.#closing;
  }

  async #takeUp(): Promise<void> {
    const { folder, log } = this.#options;
    try {
      const version = await versionOf(folder);
      if (version === this.#version) return;
      const kept = await readApiKeys(folder);
      // A file that cannot be used keeps nobody from revoking another key.
      for (const problem of kept?.problems ?? []) log.error({ err: problem }, errorMessage(problem));
      this.keys.replace(kept?.entries ?? []);
      this.#version = version;
      log.info({ keys: this.keys.size }, "the API keys have changed");
    } catch (error) {
      log.error({ err: error }, `the API keys cannot be read, the last ones stay: ${errorMessage(error)}`);
    }
  }
}

/** Changes when a file comes or goes: no name comes twice. */
async function versionOf(folder: string): Promise<string> {
  try {
    return (await idsIn(folder)).sort().join();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "no folder";
    throw error;
  }
}
