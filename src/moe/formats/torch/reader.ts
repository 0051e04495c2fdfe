/**
 * `torch.save` files as a tensor source. A storage's CRC-32 is verified once, before the first byte of it is given out:
 * for a tensor that fills its storage on the bytes themselves, otherwise in a pass over the storage.
 */
import { crc32 } from "node:zlib";
import type { ReadOptions, TensorSource } from "../../tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { blockSize } from "../dtype.ts";
import { checkTensorRange, closeAll, requireTensor, type TensorFile, uniteFiles } from "../placedTensors.ts";
import { checkCrc, verifyEntry } from "../zip/archive.ts";
import type { ZipEntry } from "../zip/entry.ts";
import type { TorchTensor } from "./archive.ts";
import { gather, isContiguous } from "./stridedTensor.ts";

/** The tensors of one archive. */
export type TorchFile = TensorFile<TorchTensor>;

/** The union of several archives' tensors; a name in two of them throws `tensor_duplicate`. Owns the byte sources. */
export class TorchTensors implements TensorSource {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly #sourceOf: ReadonlyMap<string, ByteSource>;
  readonly #sources: readonly ByteSource[];
  readonly #verified = new Set<ZipEntry>();

  constructor(files: readonly TorchFile[]) {
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
    if (isContiguous(tensor.view)) return this.#readContiguous(tensor, 0, tensor.byteLength, options);
    await this.#verify(tensor, options);
    const { bytes } = blockSize(tensor.dtype);
    return gather(this.#sourceOf.get(name)!, tensor.entry.dataOffset, tensor.view, bytes, options.signal);
  }

  async readRange(name: string, byteOffset: number, byteLength: number, options: ReadOptions = {}) {
    const tensor = requireTensor(this.tensors, name);
    checkTensorRange(tensor, byteOffset, byteLength);
    if (isContiguous(tensor.view)) return this.#readContiguous(tensor, byteOffset, byteLength, options);
    return (await this.read(name, options)).slice(byteOffset, byteOffset + byteLength);
  }

  async close(): Promise<void> {
    await closeAll(this.#sources);
  }

  async #readContiguous(tensor: TorchTensor, byteOffset: number, byteLength: number, options: ReadOptions) {
    const { entry, view, name } = tensor;
    const source = this.#sourceOf.get(name)!;
    const start = view.offset * blockSize(tensor.dtype).bytes + byteOffset;
    if (byteLength === entry.byteLength) {
      const bytes = await source.read(entry.dataOffset, byteLength, options.signal);
      checkCrc(entry, crc32(bytes));
      this.#verified.add(entry);
      return bytes;
    }
    await this.#verify(tensor, options);
    return source.read(entry.dataOffset + start, byteLength, options.signal);
  }

  async #verify({ entry, name }: TorchTensor, options: ReadOptions): Promise<void> {
    if (this.#verified.has(entry)) return;
    await verifyEntry(this.#sourceOf.get(name)!, entry, options.signal);
    this.#verified.add(entry);
  }
}
