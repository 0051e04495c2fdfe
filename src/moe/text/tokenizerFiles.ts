/**
 * The files of a tokenizer as contents by name, wherever they come from: a folder, a manifest, or GGUF metadata.
 *
 *   tokenizer.json           vocabulary, merges, and the steps around them; the only one that must be there
 *   tokenizer_config.json    special tokens, chat template, options
 *   special_tokens_map.json  special tokens, beside an older tokenizer_config.json
 *   generation_config.json   which tokens end an answer, and how to sample by default
 *   config.json              the same, where generation_config.json is absent
 *   chat_template.jinja      the chat template; with it, those in tokenizer_config.json are not read
 *   additional_chat_templates/NAME.jinja   further templates by name
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { type OpenFileOptions, openFile } from "../formats/byteSource.ts";
import { textError } from "./errors.ts";
import { asObject, type JsonObject } from "./jsonValues.ts";
import { MAX_SMALL_FILE_BYTES, MAX_TEMPLATES, MAX_TOKENIZER_JSON_BYTES } from "./limits.ts";

/** File name to its content: text, or UTF-8 bytes. Other files of a model folder may be among them. */
export type TokenizerFiles = ReadonlyMap<string, string | Uint8Array>;

/** Names worth reading from a model folder, beside those in `ADDITIONAL_TEMPLATES_FOLDER`. */
export const TOKENIZER_FILE_NAMES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "generation_config.json",
  "config.json",
  "chat_template.jinja",
] as const;

export const ADDITIONAL_TEMPLATES_FOLDER = "additional_chat_templates/";

function maxFileBytes(name: string): number {
  return name === "tokenizer.json" ? MAX_TOKENIZER_JSON_BYTES : MAX_SMALL_FILE_BYTES;
}

/** The file's text, or `undefined` when it is absent. Throws `tokenizer_invalid` when too long or not UTF-8. */
export function readText(files: TokenizerFiles, name: string): string | undefined {
  const content = files.get(name);
  if (content === undefined) return undefined;
  const maxBytes = maxFileBytes(name);
  if (content.length > maxBytes) {
    throw textError("tokenizer_invalid", `${name}: expected at most ${maxBytes} bytes, got ${content.length}`, {
      field: name,
    });
  }
  if (typeof content === "string") return content;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (cause) {
    throw textError("tokenizer_invalid", `${name}: expected UTF-8 text`, { field: name }, { cause });
  }
}

/** The object in a JSON file, or `undefined` when the file is absent. Throws `tokenizer_invalid`. */
export function readJsonObject(files: TokenizerFiles, name: string): JsonObject | undefined {
  const text = readText(files, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw textError(
      "tokenizer_invalid",
      `${name}: expected JSON (${(cause as Error).message})`,
      { field: name },
      { cause },
    );
  }
  return asObject(value, name);
}

/**
 * What is there of `TOKENIZER_FILE_NAMES` and the additional templates; an empty Map for a folder without any.
 * Throws `tokenizer_invalid` for a file that is too long, and the codes of `openFile` (`file_is_link` unless
 * `followLinks`).
 */
export async function readTokenizerFiles(
  folder: string,
  options: OpenFileOptions & { readonly signal?: AbortSignal } = {},
): Promise<TokenizerFiles> {
  const files = new Map<string, Uint8Array>();
  for (const name of [...TOKENIZER_FILE_NAMES, ...(await additionalTemplates(folder))]) {
    const bytes = await readOptional(join(folder, name), name, options);
    if (bytes !== undefined) files.set(name, bytes);
  }
  return files;
}

async function additionalTemplates(folder: string): Promise<string[]> {
  try {
    const names = await readdir(join(folder, ADDITIONAL_TEMPLATES_FOLDER));
    return names
      .filter((name) => name.endsWith(".jinja"))
      .sort()
      .slice(0, MAX_TEMPLATES)
      .map((name) => ADDITIONAL_TEMPLATES_FOLDER + name);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return [];
    throw error;
  }
}

async function readOptional(
  path: string,
  name: string,
  options: OpenFileOptions & { readonly signal?: AbortSignal },
): Promise<Uint8Array | undefined> {
  const source = await openFile(path, options).catch((error: unknown) => {
    if (errorCode(error) === "file_missing") return undefined;
    throw error;
  });
  if (source === undefined) return undefined;
  try {
    const maxBytes = maxFileBytes(name);
    if (source.byteLength > maxBytes) {
      throw textError("tokenizer_invalid", `${name}: expected at most ${maxBytes} bytes, got ${source.byteLength}`, {
        field: name,
      });
    }
    return await source.read(0, source.byteLength, options.signal);
  } finally {
    await source.close();
  }
}
