/**
 * Tensors that lie as contiguous byte ranges in one or several files: safetensors, GGUF, and their shards.
 * The ranges were checked against the files' sizes by whoever parsed the headers; nothing is read until asked for.
 */
import type { ReadOptions, TensorInfo, TensorSource } from "../tensor.ts";
import type { ByteSource } from "./byteSource.ts";
import { formatError } from "./errors.ts";

export interface PlacedTensor extends TensorInfo {
  /** Where the tensor's bytes start in its file. */
  readonly fileOffset: number;
}

/** The tensors of one file. */
export interface TensorFile<T = PlacedTensor> {
  readonly source: ByteSource;
  readonly tensors: ReadonlyMap<string, T>;
}

/** All files' tensors by name, and the file of each. Throws `tensor_duplicate` for a name in two files. */
export function uniteFiles<T>(files: readonly TensorFile<T>[]) {
  const tensors = new Map<string, T>();
  const sourceOf = new Map<string, ByteSource>();
  for (const file of files) {
    for (const [name, tensor] of file.tensors) {
      if (tensors.has(name)) throw formatError("tensor_duplicate", `tensor ${name}: stands in two files`, { name });
      tensors.set(name, tensor);
      sourceOf.set(name, file.source);
    }
  }
  return { tensors, sourceOf, sources: files.map(({ source }) => source) };
}

/** The union of several files' tensors; a name in two files throws `tensor_duplicate`. Owns the byte sources. */
export class PlacedTensors implements TensorSource {
  readonly tensors: ReadonlyMap<string, PlacedTensor>;
  readonly #sourceOf: ReadonlyMap<string, ByteSource>;
  readonly #sources: readonly ByteSource[];

  constructor(files: readonly TensorFile[]) {
    const { tensors, sourceOf, sources } = uniteFiles(files);
    this.tensors = tensors;
    this.#sourceOf = sourceOf;
    this.#sources = sources;
  }

  get files(): { readonly name: string; readonly byteLength: number }[] {
    return this.#sources.map(({ name, byteLength }) => ({ name, byteLength }));
  }

  async read(name: string, options: ReadOptions = {}): Promise<Uint8Array> {
    const tensor = requireTensor(this.tensors, name);
    return this.#sourceOf.get(name)!.read(tensor.fileOffset, tensor.byteLength, options.signal);
  }

  async readRange(name: string, byteOffset: number, byteLength: number, options: ReadOptions = {}) {
    const tensor = requireTensor(this.tensors, name);
    checkTensorRange(tensor, byteOffset, byteLength);
    return this.#sourceOf.get(name)!.read(tensor.fileOffset + byteOffset, byteLength, options.signal);
  }

  async close(): Promise<void> {
    await closeAll(this.#sources);
  }
}

/** The entry of `name`. Throws `tensor_missing`. */
export function requireTensor<T extends TensorInfo>(tensors: ReadonlyMap<string, T>, name: string): T {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw formatError("tensor_missing", `tensor ${name}: not in the checkpoint`, { name });
  return tensor;
}

/** Throws `read_out_of_range` unless the range lies inside the tensor. */
export function checkTensorRange(tensor: TensorInfo, byteOffset: number, byteLength: number): void {
  const whole = Number.isSafeInteger(byteOffset) && Number.isSafeInteger(byteLength);
  if (whole && byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= tensor.byteLength) return;
  throw formatError(
    "read_out_of_range",
    `tensor ${tensor.name}: expected a range inside its ${tensor.byteLength} bytes, got ${byteLength} at ${byteOffset}`,
    { name: tensor.name, byteOffset, byteLength },
  );
}

/** Closes every source, also when one of them fails; throws the first failure at the end. */
export async function closeAll(sources: readonly { close(): Promise<void> }[]): Promise<void> {
  const results = await Promise.allSettled(sources.map((source) => source.close()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
