/**
 * The API keys of a node on disk: one file a key, `<id>.json` with mode 0600 in a folder with mode 0700. A file holds the
 * hash of the key's secret, never the key. It is made once and never written again, so that making and revoking are one
 * step each, whoever else does the same at the same time.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type ApiKeyEntry, createApiKey, KEY_ID, SCOPES, type Scope } from "../../api/keys/apiKey.ts";
import { excerpt, utf8 } from "../../core/bytes.ts";
import { createFileDurably, syncFolder } from "../../core/durableFile.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { readPrivateFile } from "../../core/keyFile.ts";
import { makeFolder } from "../../core/makeFolder.ts";

export const MAX_API_KEYS = 1000;
export const MAX_NAME_LENGTH = 64;

const FILE = /^([a-z0-9]{8,32})\.json$/;

const schema = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(KEY_ID),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(SCOPES)).max(SCOPES.length),
  account: z.string().min(1).max(MAX_NAME_LENGTH).optional(),
  name: z.string().min(1).max(MAX_NAME_LENGTH).optional(),
  createdMs: z.int().min(0).optional(),
});

export interface NewApiKey {
  readonly scopes: readonly Scope[];
  readonly name: string | undefined;
  readonly account: string | undefined;
  readonly nowMs: number;
}

export interface KeptApiKeys {
  /** The oldest first. */
  readonly entries: readonly ApiKeyEntry[];
  /** Files that are no usable key: `bad_api_key_entry`, `key_file_permissions`, … */
  readonly problems: readonly unknown[];
}

export function apiKeyFolder(config: {
  readonly dataDir: string;
  readonly http: { readonly apiKeys: string | undefined };
}): string {
  return config.http.apiKeys ?? join(config.dataDir, "api-keys");
}

/** Makes a key. Its text is in the answer and nowhere else. Throws `over_quota`. */
export async function addApiKey(folder: string, key: NewApiKey): Promise<{ text: string; entry: ApiKeyEntry }> {
  const { scopes, name, account, nowMs } = key;
  await makeFolder(folder, 0o700);
  if ((await idsIn(folder)).length >= MAX_API_KEYS) {
    throw new AiBlockError("over_quota", `API keys: expected at most ${MAX_API_KEYS}; revoke some first`);
  }
  const more = { ...(name !== undefined && { name }), ...(account !== undefined && { account }), createdMs: nowMs };
  const made = createApiKey(scopes, more);
  const text = `${JSON.stringify({ version: 1, ...made.entry }, null, 2)}\n`;
  await createFileDurably(fileOf(folder, made.entry.id), utf8(text), 0o600);
  return made;
}

/** Throws `api_key_unknown`. */
export async function revokeApiKey(folder: string, id: string): Promise<void> {
  try {
    if (!KEY_ID.test(id)) throw unknownKey(folder, id);
    await rm(fileOf(folder, id));
    await syncFolder(folder);
  } catch (error) {
    throw errorCode(error) === "ENOENT" ? unknownKey(folder, id) : error;
  }
}

/** All keys of the folder; `undefined` when there is no folder. */
export async function readApiKeys(folder: string): Promise<KeptApiKeys | undefined> {
  let ids: string[];
  try {
    ids = await idsIn(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const read = await Promise.allSettled(ids.slice(0, MAX_API_KEYS).map((id) => readApiKey(fileOf(folder, id), id)));
  const entries = read.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const problems = read.flatMap((each) =>
    // Revoked while the others were read.
    each.status === "rejected" && errorCode(each.reason) !== "key_file_missing" ? [each.reason as unknown] : [],
  );
  return { entries: entries.sort((a, b) => (a.createdMs ?? 0) - (b.createdMs ?? 0)), problems };
}

async function readApiKey(path: string, id: string): Promise<ApiKeyEntry> {
  const text = await readPrivateFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badFile(path, cause);
  }
  const result = schema.safeParse(value);
  if (!result.success || result.data.id !== id) throw badFile(path, result.error);
  const { version: _, account, name, createdMs, ...entry } = result.data;
  return {
    ...entry,
    ...(account !== undefined && { account }),
    ...(name !== undefined && { name }),
    ...(createdMs !== undefined && { createdMs }),
  };
}

/** Throws `ENOENT` without a folder. */
export async function idsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).flatMap((name) => FILE.exec(name)?.[1] ?? []);
}

function fileOf(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

function unknownKey(folder: string, id: string): AiBlockError {
  return new AiBlockError("api_key_unknown", `id: expected one of the keys in ${folder}, got ${excerpt(id)}`, {
    folder,
  });
}

function badFile(path: string, cause: unknown): AiBlockError {
  return new AiBlockError(
    "bad_api_key_entry",
    `API key ${path}: expected a file that "ai-block keys create" wrote, got another one`,
    { path },
    { cause },
  );
}
