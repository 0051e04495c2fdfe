/** Opens what a command needs of a model, and closes it in reverse, whatever happens. */
import { errorCode, errorMessage } from "../../core/errors.ts";
import { tokenizerFilesOf } from "../../moe/chat/tokenizerFilesOf.ts";
import { createEngine, type Engine, type EngineOptions } from "../../moe/engine/engine.ts";
import { type FolderSource, folderSlotSource } from "../../moe/folderSource.ts";
import { openTextWorker, type TextWorker } from "../../moe/text/textWorker.ts";
import type { TokenizerFiles } from "../../moe/text/tokenizerFiles.ts";
import type { CommandContext } from "../framework/context.ts";
import { ENGINE_FLAGS, namingFlags } from "../framework/nameFlags.ts";
import { modelPath } from "./modelPath.ts";

/** The weights, not loaded yet. A model that cannot be used is refused here. Links are followed: the user named the path. */
export async function withSource<T>(
  path: string,
  signal: AbortSignal,
  use: (source: FolderSource) => Promise<T>,
): Promise<T> {
  const source = await folderSlotSource(await modelPath(path), { followLinks: true, signal });
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

export async function withEngine<T>(
  options: EngineOptions,
  signal: AbortSignal,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await namingFlags(ENGINE_FLAGS, () => createEngine(options, undefined, signal));
  try {
    signal.throwIfAborted();
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** The model's tokenizer, in a thread of its own, and the files that it was made from. */
export async function withText<T>(
  path: string,
  signal: AbortSignal,
  use: (text: TextWorker, files: TokenizerFiles) => Promise<T>,
): Promise<T> {
  const files = await tokenizerFilesOf(await modelPath(path), signal);
  const text = await openTextWorker(files);
  try {
    return await use(text, files);
  } finally {
    await text.close();
  }
}

/** As `withText`; a tokenizer that is missing or cannot be used is only worth a warning, and then there are no files. */
export async function withOptionalText<T>(
  path: string,
  context: CommandContext,
  use: (text: TextWorker | undefined, files: TokenizerFiles) => Promise<T>,
): Promise<T> {
  let text: TextWorker | undefined;
  let files: TokenizerFiles = new Map();
  try {
    const found = await tokenizerFilesOf(await modelPath(path), context.signal);
    text = await openTextWorker(found);
    files = found;
  } catch (error) {
    context.signal.throwIfAborted();
    if (errorCode(error) === undefined) throw error;
    context.warn(`there is no text, only ids: ${errorMessage(error)}`);
  }
  try {
    return await use(text, files);
  } finally {
    await text?.close();
  }
}
