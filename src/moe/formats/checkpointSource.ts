/** What opening a checkpoint gives, whichever format it has. */
import type { TensorSource } from "../tensor.ts";
import type { WeightsFormat } from "./detect.ts";
import type { GgufMetadata } from "./gguf/values.ts";

export interface CheckpointFile {
  readonly name: string;
  readonly byteLength: number;
}

/** A tensor source that knows its files. */
export interface FileTensors extends TensorSource {
  readonly files: readonly CheckpointFile[];
}

export interface Checkpoint extends TensorSource {
  readonly format: WeightsFormat;
  /** The files that are open, in order. */
  readonly files: readonly CheckpointFile[];
  /** Configuration and tokenizer of a GGUF file; other formats have them in files beside the weights. */
  readonly gguf?: GgufMetadata;
}

/** A checkpoint around a source: same tensors, same reads. */
export function checkpoint(format: WeightsFormat, source: FileTensors, gguf?: GgufMetadata): Checkpoint {
  return {
    format,
    ...(gguf === undefined ? {} : { gguf }),
    files: source.files,
    tensors: source.tensors,
    read: (name, options) => source.read(name, options),
    readRange: (name, byteOffset, byteLength, options) => source.readRange(name, byteOffset, byteLength, options),
    close: () => source.close(),
  };
}
