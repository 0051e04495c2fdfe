/**
 * Makes data fit for a log: secrets are masked by the name of their field, at any depth and in any spelling of the name;
 * bytes and long texts are replaced by their length; depth and breadth are bounded.
 *
 * A secret inside a text cannot be recognised in general. So log fields of your own choice, never whole requests; the
 * shapes that are known (bearer tokens, our API keys, passwords in URLs) are masked in texts too.
 */

const REDACTED = "[redacted]";

/** Names of secret fields, in lower case and without separators: `apiKey`, `api_key` and `API-Key` are all `apikey`. */
const SECRET_NAMES = new Set([
  "privatekey",
  "secretkey",
  "signingkey",
  "seed",
  "secret",
  "passphrase",
  "password",
  "mnemonic",
  "authorization",
  "proxyauthorization",
  "cookie",
  "setcookie",
  "apikey",
  "xapikey",
  "accesstoken",
  "refreshtoken",
  "bearer",
  "token",
  "prompt",
  "messages",
  "completion",
]);

const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
const MAX_TEXT_CHARS = 2000;

/** A copy of `value` for the log. Never throws, also not for getters that do. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return shorten(redactText(value));
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (depth >= MAX_DEPTH) return "[nested too deep]";
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value) || value instanceof Set) return redactList([...value], depth);
  return redactEntries(value instanceof Map ? [...value] : entriesOf(value), depth);
}

/** Masks the secrets that can be told from a text alone. JSON stays JSON. */
export function redactText(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{16,}/gi, `$1 ${REDACTED}`)
    .replace(/\b(moe|sk)[_-][\w-]{16,}/g, `$1_${REDACTED}`)
    .replace(/(\/\/[^\s/:@"]*):[^\s/@"]+@/g, `$1:${REDACTED}@`);
}

function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  const { code, data } = error as { code?: unknown; data?: unknown };
  const fields: [string, unknown][] = [
    ["name", name],
    ["code", code],
    ["message", message],
    ["data", data],
    ["cause", cause],
    ["stack", stack],
  ];
  return redactEntries(
    fields.filter(([, value]) => value !== undefined),
    depth,
  );
}

function redactList(values: readonly unknown[], depth: number): unknown[] {
  const out = values.slice(0, MAX_ENTRIES).map((value) => redact(value, depth + 1));
  if (values.length > MAX_ENTRIES) out.push(`[${values.length - MAX_ENTRIES} more]`);
  return out;
}

function redactEntries(entries: readonly (readonly [unknown, unknown])[], depth: number): Record<string, unknown> {
  const out = entries.slice(0, MAX_ENTRIES).map(([key, value]): [string, unknown] => {
    const name = shorten(String(key));
    const isSecret = isSecretName(name) && value !== undefined && value !== null;
    return [name, isSecret ? REDACTED : redact(value, depth + 1)];
  });
  if (entries.length > MAX_ENTRIES) out.push(["…", `[${entries.length - MAX_ENTRIES} more]`]);
  // Unlike assignment, this makes a field of `__proto__`.
  return Object.fromEntries(out);
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
}

function entriesOf(value: object): [string, unknown][] {
  return Object.keys(value).map((key) => {
    try {
      return [key, (value as Record<string, unknown>)[key]];
    } catch {
      return [key, "[unreadable]"];
    }
  });
}

function shorten(text: string): string {
  return text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}… (${text.length} characters)` : text;
}
