/**
 * A checkpoint on disk as a slot source: a Hugging Face folder (safetensors or PyTorch) or a GGUF file.
 *
 * Small checkpoints are read through once when opened, so that NaN in an expert that no prompt happens to choose is
 * found at once; in large ones every tensor is checked when it is loaded.
 */
import { createHash } from "node:crypto";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../core/errors.ts";
import { type ByteSource, type OpenFileOptions, openFile } from "./formats/byteSource.ts";
import { openCheckpoint, weightsFormat } from "./formats/checkpoint.ts";
import type { Checkpoint } from "./formats/checkpointSource.ts";
import { modelError } from "./model/errors.ts";
import { ggufConfig } from "./model/ggufConfig.ts";
import { MAX_CONFIG_BYTES } from "./model/limits.ts";
import { type ModelConfig, parseConfig, parseConfigText } from "./model/parseConfig.ts";
import { checkpointTable, type SlotTable, type TensorRange } from "./model/slotTable.ts";
import type { ModelSpec } from "./model/spec.ts";
import { settleHead } from "./model/tiedHead.ts";
import { readSlotParts, requireSlot, type SlotInfo, type SlotSource } from "./slotSource.ts";
import type { TensorSource } from "./tensor.ts";

/** Checkpoints up to this size are checked when opened: half a second on a slow disk. */
const VERIFY_BYTES = 64 * 1024 * 1024;

export interface FolderSource extends SlotSource {
  /** Tensors of the checkpoint that belong to no slot. */
  readonly ignoredTensors: readonly string[];
  readonly table: SlotTable;
}

/**
 * Opens a checkpoint. Reads its config and headers, and its weights when they are small. Links are refused unless
 * `followLinks` is set, as it should be for a path that the user named: folders of the Hugging Face cache are all links.
 * Throws the codes of the readers and of the model (`config_…`, `architecture_unsupported`, `tensor_…`).
 */
export async function folderSlotSource(path: string, options: OpenFileOptions = {}): Promise<FolderSource> {
  const config = await configBeside(path, options);
  const checkpoint = await openCheckpoint(path, options);
  try {
    const stated = await configOf(checkpoint, config, path);
    const settled = await settleHead(
      stated,
      checkpoint,
      options.signal === undefined ? {} : { signal: options.signal },
    );
    const source = await sourceOf(checkpoint, settled, path);
    await verifySmall(source, source.table, options.signal);
    return source;
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

async function sourceOf(checkpoint: Checkpoint, config: ModelConfig, path: string): Promise<FolderSource> {
  const spec = parseConfig(config);
  return createSource(config, spec, checkpoint, checkpointTable(spec, checkpoint.tensors), await fingerprint(path));
}

/**
 * The `config.json` in a folder; `undefined` when there is none, or the weights are GGUF. One that cannot be used is
 * refused before the weights are read.
 */
async function configBeside(path: string, options: OpenFileOptions): Promise<ModelConfig | undefined> {
  try {
    const text = await readConfigText(path, options);
    if (text === undefined) return undefined;
    const config = parseConfigText(text);
    parseConfig(config);
    return config;
  } catch (error) {
    // What lies beside GGUF files on the Hugging Face Hub may hold no more than a type.
    const format = await weightsFormat(path, options).catch(() => undefined);
    if (format !== "gguf") throw error;
    return undefined;
  }
}

/** GGUF files bring their own configuration, and nothing beside them is asked. */
async function configOf(checkpoint: Checkpoint, beside: ModelConfig | undefined, path: string): Promise<ModelConfig> {
  if (checkpoint.gguf !== undefined) return ggufConfig(checkpoint.gguf, checkpoint);
  if (beside !== undefined) return beside;
  const name = basename(path);
  const message = (await stat(path)).isDirectory()
    ? "expected config.json beside the weights, got none"
    : "expected a model folder or a GGUF file, got a weights file, which does not say what model it is of; name its folder";
  throw modelError("config_missing", `${name}: ${message}`, { path: name });
}

function createSource(
  config: ModelConfig,
  spec: ModelSpec,
  checkpoint: TensorSource,
  table: SlotTable,
  id: string,
): FolderSource {
  const slots = new Map<string, SlotInfo>(
    [...table.slots].map(([slot, parts]) => [slot, { version: `${id}-${slot}`, parts }]),
  );
  const rangeOf = (slot: string, tensor: string): TensorRange => {
    requireSlot(source, slot);
    const range = table.ranges.get(tensor);
    if (range !== undefined) return range;
    throw modelError("tensor_missing", `slot ${slot}: it has no tensor ${tensor}`, { slot, tensor });
  };
  const source: FolderSource = {
    id,
    config,
    spec,
    slots,
    table,
    ignoredTensors: table.ignored,
    read: async (slot, tensor, options) => {
      const range = rangeOf(slot, tensor);
      return range.index === undefined
        ? checkpoint.read(range.name, options)
        : checkpoint.readRange(range.name, range.byteOffset, range.byteLength, options);
    },
    readRange: async (slot, tensor, byteOffset, byteLength, options) => {
      const range = rangeOf(slot, tensor);
      return checkpoint.readRange(range.name, range.byteOffset + byteOffset, byteLength, options);
    },
    close: () => checkpoint.close(),
  };
  return source;
}

/** The text of `config.json` in a folder; `undefined` when there is none, or `path` is a file. */
async function readConfigText(path: string, options: OpenFileOptions): Promise<string | undefined> {
  let file: ByteSource;
  try {
    file = await openFile(join(path, "config.json"), options);
  } catch (cause) {
    if (errorCode(cause) === "file_missing") return undefined;
    if (errorCode(cause) !== "file_unreadable") throw cause;
    throw modelError("config_unreadable", `${basename(path)}: could not open config.json in it`, {}, { cause });
  }
  try {
    const { byteLength } = file;
    if (byteLength > MAX_CONFIG_BYTES) {
      throw modelError(
        "config_unreadable",
        `config.json: expected at most ${MAX_CONFIG_BYTES} bytes, got ${byteLength}`,
      );
    }
    return Buffer.from(await file.read(0, byteLength, options.signal)).toString("utf8");
  } finally {
    await file.close();
  }
}

/** A name for the checkpoint's contents: its files by name, size and time of change, of a link those of its target. */
async function fingerprint(path: string): Promise<string> {
  const real = await realpath(path);
  const isFolder = (await stat(real)).isDirectory();
  const names = isFolder ? (await readdir(real)).sort() : [basename(real)];
  const hash = createHash("sha256").update(real);
  for (const name of names) {
    const { size, mtimeMs } = await statOrNothing(join(isFolder ? real : dirname(real), name));
    hash.update(`\0${name}\0${size}\0${mtimeMs}`);
  }
  return hash.digest("hex").slice(0, 32);
}

async function verifySmall(source: SlotSource, table: SlotTable, signal: AbortSignal | undefined): Promise<void> {
  let bytes = 0;
  for (const range of table.ranges.values()) bytes += range.byteLength;
  if (bytes > VERIFY_BYTES) return;
  for (const slot of source.slots.keys()) await readSlotParts(source, slot, signal === undefined ? {} : { signal });
}

/** A link to nothing beside the weights is nobody's business. */
async function statOrNothing(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ELOOP") return { size: 0, mtimeMs: 0 };
    throw error;
  }
}
