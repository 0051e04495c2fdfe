/** The tokenizer that belongs to a checkpoint: files beside its weights, or the metadata of a GGUF file. */
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { openCheckpoint } from "../formats/checkpoint.ts";
import { textError } from "../text/errors.ts";
import { ggufTokenizerFiles } from "../text/gguf/readTokenizer.ts";
import { readTokenizerFiles, type TokenizerFiles } from "../text/tokenizerFiles.ts";

/**
 * @param path a model folder or a GGUF file, named by the user: links are followed
 * Throws `tokenizer_missing`, `tokenizer_invalid`, `tokenizer_unsupported`, and the codes of the readers.
 */
export async function tokenizerFilesOf(path: string, signal?: AbortSignal): Promise<TokenizerFiles> {
  const follow = { followLinks: true, ...(signal !== undefined && { signal }) };
  const names = await listFolder(path);
  if (names?.includes("tokenizer.json")) return readTokenizerFiles(path, follow);
  if (names !== undefined && !names.some((name) => name.endsWith(".gguf"))) throw missing(path);
  const checkpoint = await openCheckpoint(path, follow);
  try {
    if (checkpoint.gguf === undefined) throw missing(path);
    return ggufTokenizerFiles(checkpoint.gguf);
  } finally {
    await checkpoint.close();
  }
}

/** The names in a folder; `undefined` for anything else, which opening it will complain about. */
async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

function missing(path: string): Error {
  return textError("tokenizer_missing", `${basename(path)}: expected tokenizer.json in it, got none`);
}
