/** The initialisers of an ONNX file as a tensor source: enough to identify a model and to look at its weights. */
import { dirname } from "node:path";
import type { ReadOptions, TensorInfo, TensorSource } from "../../tensor.ts";
import { type ByteSource, type OpenFileOptions, openFile } from "../byteSource.ts";
import { blockSize } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { checkTensorRange, requireTensor } from "../placedTensors.ts";
import { readExternalData } from "./externalData.ts";
import { type OnnxModel, readOnnxModel } from "./model.ts";

export interface OpenOnnxOptions extends OpenFileOptions {
  /** Read weights that lie in another file of the same folder (default false). */
  readonly allowExternal?: boolean;
}

export class OnnxTensors implements TensorSource {
  readonly model: OnnxModel;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #source: ByteSource;
  readonly #folder: string;
  readonly #allowExternal: boolean;

  constructor(source: ByteSource, model: OnnxModel, folder: string, allowExternal: boolean) {
    this.#source = source;
    this.model = model;
    this.#folder = folder;
    this.#allowExternal = allowExternal;
    const tensors = new Map<string, TensorInfo>();
    for (const [name, { dtype, shape, elements }] of model.initialisers) {
      if (dtype === undefined) continue;
      tensors.set(name, { name, dtype, shape, byteLength: elements * blockSize(dtype).bytes });
    }
    this.tensors = tensors;
  }

  /** Throws `external_data_refused`, `external_data_invalid`, and `dtype_unsupported` for data in typed lists. */
  async read(name: string, options: ReadOptions = {}): Promise<Uint8Array> {
    const { byteLength } = requireTensor(this.tensors, name);
    const { inline, external } = this.model.initialisers.get(name)!;
    if (external !== undefined) return readExternalData(this.#folder, external, byteLength, this.#allowExternal);
    if (inline !== undefined) return this.#source.read(inline.start, byteLength, options.signal);
    throw formatError("dtype_unsupported", `tensor ${name}: its values are not stored as raw data`, { name });
  }

  async readRange(name: string, byteOffset: number, byteLength: number, options: ReadOptions = {}) {
    checkTensorRange(requireTensor(this.tensors, name), byteOffset, byteLength);
    return (await this.read(name, options)).slice(byteOffset, byteOffset + byteLength);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** Throws a `FormatErrorCode`. */
export async function openOnnx(path: string, options: OpenOnnxOptions = {}): Promise<OnnxTensors> {
  const source = await openFile(path, options);
  try {
    const model = await readOnnxModel(source, options.signal);
    return new OnnxTensors(source, model, dirname(path), options.allowExternal === true);
  } catch (error) {
    await source.close();
    throw error;
  }
}
