/** A tensor source that tells how much was read of it: the progress of an export. */
import type { TensorSource } from "../../moe/tensor.ts";

/** @param onBytes told all bytes read so far, after every read */
export function countReads(source: TensorSource, onBytes: (bytes: number) => void): TensorSource {
  let total = 0;
  const counted = async <T extends Uint8Array>(reading: Promise<T>): Promise<T> => {
    const bytes = await reading;
    total += bytes.length;
    onBytes(total);
    return bytes;
  };
  return {
    tensors: source.tensors,
    read: (name, options) => counted(source.read(name, options)),
    readRange: (name, byteOffset, byteLength, options) =>
      counted(source.readRange(name, byteOffset, byteLength, options)),
    close: () => source.close(),
  };
}
