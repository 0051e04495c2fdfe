/** Exports a checkpoint of the fixtures to GGUF. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exportGguf, type GgufExport, type GgufExportOptions } from "../../../src/moe/export/gguf/exportGguf.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { type ModelConfig, parseConfigText } from "../../../src/moe/model/parseConfig.ts";
import type { TokenizerFiles } from "../../../src/moe/text/tokenizerFiles.ts";
import { CHECKPOINTS } from "../formats/fixtures.ts";

const TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];

export async function readConfig(name: string): Promise<ModelConfig> {
  return parseConfigText(await readFile(join(CHECKPOINTS, name, "config.json"), "utf8"));
}

export async function readTokenizer(name: string): Promise<TokenizerFiles> {
  const files = new Map<string, Uint8Array>();
  for (const file of TOKENIZER) {
    const bytes = await readFile(join(CHECKPOINTS, name, file)).catch(() => undefined);
    if (bytes !== undefined) files.set(file, bytes);
  }
  return files;
}

export async function exportFixture(name: string, path: string, options: GgufExportOptions): Promise<GgufExport> {
  const source = await openCheckpoint(join(CHECKPOINTS, name));
  try {
    return await exportGguf(source, await readConfig(name), await readTokenizer(name), path, options);
  } finally {
    await source.close();
  }
}
