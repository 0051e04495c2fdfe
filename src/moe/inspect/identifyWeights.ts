/** Checkpoints: safetensors, PyTorch archives and GGUF, single files and folders. */
import { basename } from "node:path";
import type { OpenFileOptions } from "../formats/byteSource.ts";
import type { Checkpoint } from "../formats/checkpointSource.ts";
import { elementCount } from "../formats/dtype.ts";
import type { GgufHeader } from "../formats/gguf/header.ts";
import type { GgufMetadata } from "../formats/gguf/values.ts";
import type { TorchTensor } from "../formats/torch/archive.ts";
import type { ZipEntry } from "../formats/zip/entry.ts";
import type { TensorInfo } from "../tensor.ts";
import { familyOfTensors } from "./family.ts";
import { type ConfigFacts, readConfigFacts } from "./modelFolder.ts";
import { type CountedTensor, countParameters } from "./parameters.ts";
import type { Identification, MoeFacts } from "./report.ts";

/** Identifies and closes `checkpoint`. @param folder where `config.json` would lie */
export async function identifyCheckpoint(
  checkpoint: Checkpoint,
  folder: string,
  options: OpenFileOptions,
): Promise<Identification> {
  try {
    const tensors = [...checkpoint.tensors.values()];
    if (checkpoint.gguf !== undefined) {
      return { ...identifyGguf(checkpoint.gguf, tensors.map(counted), tensors), files: checkpoint.files.length };
    }
    return identifyTensors(checkpoint, tensors, await readConfigFacts(folder, options), basename(folder));
  } finally {
    await checkpoint.close();
  }
}

/** A GGUF header by itself: also for files with tensor types that cannot be read here. */
export function identifyGgufHeader({ metadata, tensors }: GgufHeader): Identification {
  const all = [...tensors.values()];
  const counts = all.map(({ name, type, shape }) => ({ name, dtype: type.name, elements: elementCount(shape) }));
  const unreadable = [...new Set(all.filter(({ type }) => type.dtype === undefined).map(({ type }) => type.name))];
  const found = identifyGguf(metadata, counts, all);
  if (unreadable.length === 0) return found;
  const message = `tensors of type ${unreadable.join(", ")} cannot be read`;
  return { ...found, refused: { code: "dtype_unsupported", message } };
}

function identifyTensors(
  checkpoint: Checkpoint,
  tensors: readonly TensorInfo[],
  config: ConfigFacts | undefined,
  folder: string,
): Identification {
  const family = familyOfTensors(
    tensors.map(({ name }) => name),
    tensors.map(({ shape }) => shape.length),
  );
  const moe = config?.moe ?? null;
  const { total, active, precision } = countParameters(withoutTies(tensors).map(counted), moe);
  const notes: string[] = [];
  if (config === undefined && family === "moe-transformer") {
    notes.push(`no config.json in ${folder}: how many experts a token uses is not known, all are counted as active`);
  }
  if (config !== undefined && config.refusal !== null) notes.push(`config.json is not usable here (${config.refusal})`);
  return {
    format: checkpoint.format === "torch" ? "pytorch-zip" : "safetensors",
    framework: config === undefined ? "PyTorch" : "Transformers (PyTorch)",
    architecture: config?.architecture ?? null,
    family,
    parameters: { total, active },
    precision,
    inputShape: inputShape(family, tensors, config?.maxPositions ?? null),
    moe,
    files: checkpoint.files.length,
    refused: null,
    imports: [],
    notes,
  };
}

function identifyGguf(
  metadata: GgufMetadata,
  tensors: readonly CountedTensor[],
  named: readonly { readonly name: string }[],
): Identification {
  const architecture = metadata.string("general.architecture") ?? null;
  const key = (name: string) => metadata.natural(`${architecture}.${name}`);
  const experts = key("expert_count") ?? 0;
  const used = key("expert_used_count") ?? 0;
  const blocks = (key("block_count") ?? 0) - (key("leading_dense_block_count") ?? 0);
  const moe: MoeFacts | null =
    experts > 0 && used > 0 && used <= experts ? { layers: blocks, experts, expertsPerToken: used } : null;
  const { total, active, precision } = countParameters(tensors, moe);
  const family = familyOfTensors(named.map(({ name }) => name));
  return {
    format: "gguf",
    framework: "llama.cpp (GGUF)",
    architecture,
    family,
    parameters: { total, active },
    precision,
    inputShape: ["batch", `sequence up to ${key("context_length") ?? "?"}`],
    moe,
    files: 1,
    refused: null,
    imports: [],
    notes: [],
  };
}

/** PyTorch saves tied weights as several views of one storage: they count once. */
function withoutTies(tensors: readonly TensorInfo[]): TensorInfo[] {
  const seen = new Map<ZipEntry, Set<string>>();
  return tensors.filter((tensor) => {
    const { entry, view } = tensor as Partial<TorchTensor>;
    if (entry === undefined || view === undefined) return true;
    const places = seen.get(entry) ?? new Set();
    seen.set(entry, places);
    const place = JSON.stringify([view.offset, view.shape, view.strides]);
    return !places.has(place) && places.add(place);
  });
}

function counted({ name, dtype, shape }: TensorInfo): CountedTensor {
  return { name, dtype, elements: elementCount(shape) };
}

/** Token ids for transformers, an image for convolutions, otherwise the width of the first matrix. */
function inputShape(
  family: Identification["family"],
  tensors: readonly TensorInfo[],
  maxPositions: number | null,
): (number | string)[] | null {
  if (family === "transformer" || family === "moe-transformer") {
    return ["batch", maxPositions === null ? "sequence" : `sequence up to ${maxPositions}`];
  }
  const first = tensors.find(({ shape }) => shape.length === 4 || shape.length === 2);
  if (first === undefined) return null;
  const width = first.shape[1] as number;
  return first.shape.length === 4 ? ["batch", width, "height", "width"] : ["batch", width];
}
