/** Writes what was trained: a whole checkpoint folder, or the payload of one slot. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { exportSafetensors, type SafetensorsExport } from "../../export/safetensors.ts";
import { encodeSafetensors } from "../../formats/safetensors/writer.ts";
import { requireSlot } from "../../slotSource.ts";
import type { Trainer } from "../trainer.ts";
import { reportFullDisk } from "./diskErrors.ts";
import { checkSavable, modelTensors, pieceBytes, type SavedDtype } from "./modelTensors.ts";

export interface SaveModelOptions {
  /** Element type of all float tensors. Default: each keeps that of the model it started from. */
  readonly dtype?: SavedDtype;
  /** Small files beside the weights, such as tokenizer files; `config.json` is written in any case. */
  readonly files?: ReadonlyMap<string, Uint8Array | string>;
  /** Replace files that are there (default false: `target_exists`). */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

const DTYPE_NAMES = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;

/** Throws `target_exists`, `disk_full`, `arrangement_unsupported`, `value_out_of_range`, and what the model's source throws. */
export async function saveModel(
  trainer: Trainer,
  folder: string,
  { dtype, files = new Map(), overwrite = false, signal }: SaveModelOptions = {},
): Promise<SafetensorsExport> {
  const { source } = trainer;
  const config = { ...source.config, ...(dtype && { [dtypeKey(source.config)]: DTYPE_NAMES[dtype] }) };
  const all = new Map([["config.json", `${JSON.stringify(config, null, 2)}\n`], ...files]);
  const tensors = modelTensors(source, trainer.trainedTensors(), dtype);
  const options = { files: all, overwrite, ...(signal && { signal }) };
  return reportFullDisk(folder, () => exportSafetensors(tensors, folder, options));
}

/**
 * Whether `saveModel` could write what the trainer trains, to know before the training.
 * Throws `arrangement_unsupported`, naming the tensor.
 */
export function checkSaving({ source, layout }: Trainer, dtype: SavedDtype | undefined): void {
  for (const { slot, part, trained } of layout.parameters) {
    if (!trained) continue;
    const stored = requireSlot(source, slot).parts.find((candidate) => candidate.part.name === part);
    for (const info of stored?.tensors ?? []) checkSavable(info, dtype);
  }
}

/** The payload of a slot as the chain holds it: a safetensors file with the slot's tensors in their own precision. */
export async function slotPayload(trainer: Trainer, slot: string): Promise<Uint8Array> {
  const { source } = trainer;
  const trained = trainer.trainedTensors();
  const infos = requireSlot(source, slot).parts.flatMap(({ tensors }) => tensors);
  const tensors = [];
  for (const info of infos) {
    tensors.push({ ...info, bytes: await pieceBytes(source, { slot, info }, trained, undefined) });
  }
  return encodeSafetensors(tensors);
}

/** Newer configs call it `dtype`. */
function dtypeKey(config: object): "dtype" | "torch_dtype" {
  return "dtype" in config ? "dtype" : "torch_dtype";
}

const MODEL_FILES =
  /^(?:generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens)\.json$|^(?:vocab\.json|merges\.txt|chat_template\.(?:jinja|json)|tokenizer\.model)$/;
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** The small files of a checkpoint folder besides `config.json`, to be written beside the trained weights. */
export async function readModelFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!MODEL_FILES.test(entry.name)) continue;
    const path = join(folder, entry.name);
    // The user named the folder: in the Hugging Face cache all files are links.
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (isFile && size <= MAX_FILE_BYTES) files.set(entry.name, await readFile(path));
  }
  return files;
}
