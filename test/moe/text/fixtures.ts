/** The tokenizers of the gold checkpoints, and what the reference library makes of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../../src/core/errors.ts";
import { loadTokenizer, type Tokenizer } from "../../../src/moe/text/tokenizer.ts";
import { TOKENIZER_FILE_NAMES, type TokenizerFiles } from "../../../src/moe/text/tokenizerFiles.ts";

/** Another folder of checkpoints can be named, to run the same checks on it. */
const ROOT = process.env.AI_BLOCK_CHECKPOINTS ?? join(import.meta.dirname, "../../fixtures/checkpoints");

export interface TokenizerReference {
  readonly flavour: string;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly ids_no_special: readonly number[];
    readonly tokens: readonly string[];
    readonly decoded: string;
    readonly decoded_skip_special: string;
  }[];
  readonly chats: readonly {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly add_generation_prompt: boolean;
    readonly rendered?: string;
    readonly ids?: readonly number[];
    readonly raises?: string;
  }[];
}

/** Folders that hold expected values for their tokenizer. */
export function goldFolders(): string[] {
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(ROOT, entry.name)).includes("tokenizer_reference.json"))
    .map((entry) => entry.name);
  if (folders.length === 0) throw new Error(`no checkpoints in ${ROOT}`);
  return folders;
}

export function goldFiles(folder: string): TokenizerFiles {
  const names = readdirSync(join(ROOT, folder)).filter((name) =>
    (TOKENIZER_FILE_NAMES as readonly string[]).includes(name),
  );
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(ROOT, folder, name)))]));
}

export function goldTokenizerJson(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, folder, "tokenizer.json"), "utf8"));
}

export function goldReference(folder: string): TokenizerReference {
  return JSON.parse(readFileSync(join(ROOT, folder, "tokenizer_reference.json"), "utf8"));
}

/** One tokenizer for each way of making ids among the gold folders. */
export function goldTokenizers(): Map<string, Tokenizer> {
  const byFlavour = new Map<string, Tokenizer>();
  for (const folder of goldFolders()) {
    const { flavour } = goldReference(folder);
    if (!byFlavour.has(flavour)) byFlavour.set(flavour, loadTokenizer(goldFiles(folder)));
  }
  return byFlavour;
}

/** A tokenizer from a tokenizer.json object, and other files as objects or texts. */
export function tokenizerOf(json: unknown, others: Readonly<Record<string, unknown>> = {}): Tokenizer {
  const files = new Map<string, string>([["tokenizer.json", JSON.stringify(json)]]);
  for (const [name, value] of Object.entries(others)) {
    files.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return loadTokenizer(files);
}

/** The code of what `action` throws, `undefined` when it does not throw. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return errorCode(error) ?? `not ours: ${String(error)}`;
  }
}
