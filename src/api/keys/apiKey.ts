/**
 * API keys: `moe_<id>_<secret>`, the secret 32 random bytes. The node keeps only the SHA-256 of the secret, so a leaked
 * configuration opens nothing; secrets of that length need no slow hash.
 */
import { createHash, randomBytes } from "node:crypto";
import { isHashHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";

export const SCOPES = ["chat", "upload", "admin"] as const;
/** `chat`: answers. `upload`: blocks and payloads. `admin`: rewards and nodes. Reading needs any key. */
export type Scope = (typeof SCOPES)[number];

export interface ApiKeyEntry {
  /** 8 to 32 lower-case letters and digits; not secret. */
  readonly id: string;
  /** SHA-256 of the key's secret part as 64 hex digits. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** Whom its use is counted for; several keys of an account share its limits. Default: the id. */
  readonly account?: string;
  /** For people: what the key is for. */
  readonly name?: string;
  readonly createdMs?: number;
}

export const KEY_ID = /^[a-z0-9]{8,32}$/;
const KEY_TEXT = /^moe_([a-z0-9]{8,32})_([A-Za-z0-9_-]{43})$/;

/** A new key: its text, shown once, and the entry that the node keeps. */
export function createApiKey(
  scopes: readonly Scope[] = SCOPES,
  more: Pick<ApiKeyEntry, "account" | "name" | "createdMs"> = {},
): { readonly text: string; readonly entry: ApiKeyEntry } {
  const id = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  const sha256 = digest(secret);
  return { text: `moe_${id}_${secret}`, entry: { id, sha256, scopes, ...more } };
}

export interface ApiKeysOptions {
  /** Callers are asked for a key even while there is none. Default: only when there is one. */
  readonly required?: boolean;
  /** Told the id of a key that somebody has shown. */
  readonly onUse?: (id: string) => void;
}

/**
 * The keys of a node. An entry is looked up by the hash of the secret alone, the id is compared when that is right: a
 * wrong secret takes the same time whether its id exists or not, and how far two hashes agree says nothing about a secret.
 */
export class ApiKeys {
  readonly #onUse: (id: string) => void;
  #required: boolean;
  /** By the SHA-256 of the secret, 64 hex digits. */
  #entries: ReadonlyMap<string, ApiKeyEntry>;

  /** Throws `bad_api_key_entry`. */
  constructor(entries: readonly ApiKeyEntry[], { required = false, onUse = () => {} }: ApiKeysOptions = {}) {
    this.#onUse = onUse;
    this.#entries = bySecret(entries);
    this.#required = required || entries.length > 0;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether callers are asked for a key. Once they are, it stays so: revoking the last key opens nothing. */
  get required(): boolean {
    return this.#required;
  }

  /** From now on these keys count. Throws `bad_api_key_entry`; then nothing has changed. */
  replace(entries: readonly ApiKeyEntry[]): void {
    this.#entries = bySecret(entries);
    this.#required ||= entries.length > 0;
  }

  /** `undefined` for anything but a valid key. */
  find(text: string): ApiKeyEntry | undefined {
    const match = KEY_TEXT.exec(text);
    const entry = this.#entries.get(digest(match?.[2] ?? text.slice(0, 64)));
    if (entry === undefined || entry.id !== match?.[1]) return undefined;
    this.#onUse(entry.id);
    return entry;
  }
}

function bySecret(entries: readonly ApiKeyEntry[]): ReadonlyMap<string, ApiKeyEntry> {
  for (const { id, sha256 } of entries) {
    if (KEY_ID.test(id) && isHashHex(sha256)) continue;
    throw new AiBlockError("bad_api_key_entry", "apiKeys: expected an id and the SHA-256 of a secret in each entry");
  }
  return new Map(entries.map((entry) => [entry.sha256, entry]));
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
