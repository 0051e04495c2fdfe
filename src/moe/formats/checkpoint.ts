/**
 * Opens a checkpoint as users have it: a Hugging Face model folder or a single weights file.
 *
 * In a folder the first of these is taken, in the order of the reference library: `model.safetensors`, its index,
 * `pytorch_model.bin`, its index; then, if there is exactly one, any other index or weights file (of a split GGUF its
 * first part). What a file is, its first bytes decide, not its name.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { type ByteSource, type OpenFileOptions, openFile } from "./byteSource.ts";
import { type Checkpoint, checkpoint } from "./checkpointSource.ts";
import { detectWeights, formatOfName, type WeightsFormat } from "./detect.ts";
import { formatError } from "./errors.ts";
import { readGguf } from "./gguf/reader.ts";
import { PlacedTensors } from "./placedTensors.ts";
import { safetensorsFile } from "./safetensors/reader.ts";
import { openShards } from "./shards.ts";
import { readTorchArchive } from "./torch/archive.ts";
import { TorchTensors } from "./torch/reader.ts";

const STANDARD_NAMES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
] as const;
/** Weights that lie beside the model's own and are none: optimizer and trainer states. */
const NOT_WEIGHTS = /^(?:training_args|optimizer|scheduler|rng_state|scaler)/;
const LATER_PART = /-[0-9]{5}-of-[0-9]{5}\.gguf$/;
const FIRST_PART = /-00001-of-[0-9]{5}\.gguf$/;
const MAX_FOLDER_ENTRIES = 10_000;

/** Opens the weights of a folder or file. Throws a `FormatErrorCode`. Reads headers only. */
export async function openCheckpoint(path: string, options: OpenFileOptions = {}): Promise<Checkpoint> {
  const name = await chooseWeights(path);
  if (name?.endsWith(".index.json")) return openShards(path, name, options);
  return openWeightsFile(name === undefined ? path : join(path, name), options);
}

/** The format of what `openCheckpoint` would open, by its first bytes; `undefined` for an index. Throws as it does. */
export async function weightsFormat(path: string, options: OpenFileOptions = {}): Promise<WeightsFormat | undefined> {
  const name = await chooseWeights(path);
  if (name?.endsWith(".index.json")) return undefined;
  const source = await openFile(name === undefined ? path : join(path, name), options);
  try {
    return await detectWeights(source, options.signal);
  } finally {
    await source.close();
  }
}

/** The name of the file or index to open in a folder; `undefined` when `path` is not a folder. */
async function chooseWeights(path: string): Promise<string | undefined> {
  const names = await listFolder(path);
  return names && (STANDARD_NAMES.find((standard) => names.includes(standard)) ?? onlyOther(path, names));
}

async function openWeightsFile(path: string, options: OpenFileOptions): Promise<Checkpoint> {
  const source = await openFile(path, options);
  try {
    return await readWeights(source, dirname(path), options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * The checkpoint in an open file; `folder` is where further parts of it would lie.
 * Takes over `source` on success; on a failure it stays the caller's.
 */
export async function readWeights(
  source: ByteSource,
  folder: string,
  options: OpenFileOptions = {},
): Promise<Checkpoint> {
  const format = await detectWeights(source, options.signal);
  switch (format) {
    case "safetensors":
      return checkpoint(format, new PlacedTensors([await safetensorsFile(source, options.signal)]));
    case "torch":
      return checkpoint(
        format,
        new TorchTensors([{ source, tensors: await readTorchArchive(source, options.signal) }]),
      );
    case "gguf": {
      const { metadata, tensors } = await readGguf(source, folder, options);
      return checkpoint(format, tensors, metadata);
    }
  }
}

/** The names in a folder, or `undefined` when `path` is not a folder. */
async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    const names = await readdir(path);
    if (names.length > MAX_FOLDER_ENTRIES) {
      throw formatError("weights_ambiguous", `${basename(path)}: expected at most ${MAX_FOLDER_ENTRIES} files`);
    }
    return names.sort();
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined;
    if (errorCode(error) === "ENOENT") throw formatError("file_missing", `${basename(path)}: no such file or folder`);
    if (errorCode(error) === "weights_ambiguous") throw error;
    throw formatError("file_unreadable", `${basename(path)}: could not be listed`, {}, { cause: error });
  }
}

function onlyOther(path: string, names: readonly string[]): string {
  const indexes = names.filter((name) => /\.(?:safetensors|bin|pt|pth)\.index\.json$/.test(name));
  const files = names.filter((name) => formatOfName(name) !== undefined && !NOT_WEIGHTS.test(name));
  const firstParts = files.filter((name) => FIRST_PART.test(name) || !LATER_PART.test(name));
  const candidates = indexes.length > 0 ? indexes : firstParts;
  const [only] = candidates;
  if (only === undefined) throw formatError("weights_missing", `${basename(path)}: no weights file in the folder`);
  if (candidates.length === 1) return only;
  throw formatError(
    "weights_ambiguous",
    `${basename(path)}: expected one weights file or an index, found ${candidates.length}; name the file itself`,
    { found: candidates.length },
  );
}
