/**
 * The small files of a checkpoint for its manifest: config and tokenizer. A GGUF file has them in its metadata; they
 * become the files that a model folder would have.
 */
import { isDeepStrictEqual } from "node:util";
import { utf8 } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import { tokenizerFilesOf } from "../../moe/chat/tokenizerFilesOf.ts";
import { type ModelConfig, parseConfigText } from "../../moe/model/parseConfig.ts";
import { readTokenizerFiles } from "../../moe/text/tokenizerFiles.ts";

/**
 * Contents by name, with `config.json` among them.
 * @param path folder or GGUF file that the user named: links are followed
 * @param config as the checkpoint was opened with
 * Throws `tokenizer_invalid`, `tokenizer_unsupported`, and the codes of the readers.
 */
export async function modelFiles(
  path: string,
  config: ModelConfig,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const read = await tokenizerFilesOf(path, signal).catch((error: unknown) => {
    if (errorCode(error) !== "tokenizer_missing") throw error;
    return readTokenizerFiles(path, { followLinks: true, signal });
  });
  const files = new Map<string, Uint8Array>();
  for (const [name, content] of read) {
    // Templates in folders of their own have no place in a manifest.
    if (name.includes("/")) continue;
    files.set(name, typeof content === "string" ? utf8(content) : content);
  }
  const own = files.get("config.json");
  if (own === undefined || !isSame(own, config)) {
    files.set("config.json", utf8(`${JSON.stringify(config, null, 2)}\n`));
  }
  return files;
}

/**
 * The weights may have corrected a file's config when the checkpoint was opened, and those of a GGUF file have nothing to
 * do with what lies beside it: the chain gets what was read.
 */
function isSame(file: Uint8Array, config: ModelConfig): boolean {
  try {
    return isDeepStrictEqual(parseConfigText(Buffer.from(file).toString("utf8")), config);
  } catch {
    return false;
  }
}
