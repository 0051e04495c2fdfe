/**
 * The files of a tokenizer as contents by name, wherever they come from: a folder, a manifest, or GGUF metadata.
 *
 *   tokenizer.json           vocabulary, merges, and the steps around them; the only one that must be there
 *   tokenizer_config.json    special tokens, chat template, options
 *   special_tokens_map.json  special tokens, where tokenizer_config.json does not name them
 *   generation_config.json   which tokens end an answer
 *   config.json              the same, where generation_config.json is absent
 *   chat_template.jinja      the chat template; comes before the one in tokenizer_config.json
 *   additional_chat_templates/NAME.jinja   further templates by name
 */
import { textError } from "./errors.ts";
import { asObject, type JsonObject } from "./jsonValues.ts";
import { MAX_SMALL_FILE_BYTES, MAX_TOKENIZER_JSON_BYTES } from "./limits.ts";

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

/** The file's text, or `undefined` when it is absent. Throws `tokenizer_invalid` when too long or not UTF-8. */
export function readText(files: TokenizerFiles, name: string): string | undefined {
  const content = files.get(name);
  if (content === undefined) return undefined;
  const maxBytes = name === "tokenizer.json" ? MAX_TOKENIZER_JSON_BYTES : MAX_SMALL_FILE_BYTES;
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
