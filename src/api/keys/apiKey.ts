/**
 * API keys: `moe_<id>_<secret>`, the secret 32 random bytes. The node keeps only the SHA-256 of the secret, so a leaked
 * configuration opens nothing; secrets of that length need no slow hash.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
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
}

const KEY_TEXT = /^moe_([a-z0-9]{8,32})_([A-Za-z0-9_-]{43})$/;

/** A new key: its text, shown once, and the entry that the node keeps. */
export function createApiKey(
  scopes: readonly Scope[] = SCOPES,
  account?: string,
): { readonly text: string; readonly entry: ApiKeyEntry } {
  const id = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  const sha256 = digest(secret).toString("hex");
  return { text: `moe_${id}_${secret}`, entry: { id, sha256, scopes, ...(account !== undefined && { account }) } };
}

/** Finds the entry of a key's text. Unknown ids take the same path as wrong secrets. */
export class ApiKeys {
  readonly #entries: ReadonlyMap<string, ApiKeyEntry>;

  /** Throws `bad_api_key_entry`. */
  constructor(entries: readonly ApiKeyEntry[]) {
    for (const { id, sha256 } of entries) {
      if (!/^[a-z0-9]{8,32}$/.test(id) || !isHashHex(sha256)) {
        throw new AiBlockError(
          "bad_api_key_entry",
          "apiKeys: expected an id and the SHA-256 of a secret in each entry",
        );
      }
    }
    this.#entries = new Map(entries.map((entry) => [entry.id, entry]));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** `undefined` for anything but a valid key. */
  find(text: string): ApiKeyEntry | undefined {
    const match = KEY_TEXT.exec(text);
    const entry = this.#entries.get(match?.[1] ?? "");
    const expected = entry === undefined ? NOBODY : Buffer.from(entry.sha256, "hex");
    const equal = timingSafeEqual(digest(match?.[2] ?? text.slice(0, 64)), expected);
    return equal ? entry : undefined;
  }
}

/** Compared with when there is no such id; no secret has this hash. */
const NOBODY = Buffer.alloc(32);

function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
