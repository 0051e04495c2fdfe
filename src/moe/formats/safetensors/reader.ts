/** Safetensors as a tensor source: from a file, or from bytes such as a block's payload. */
import { type ByteSource, memorySource, type OpenFileOptions, openFile } from "../byteSource.ts";
import { PlacedTensors, type TensorFile } from "../placedTensors.ts";
import { readSafetensorsHeader } from "./header.ts";

/** Opens `path` and checks its header. Throws a `FormatErrorCode`; the file is closed again on a failure. */
export async function openSafetensors(path: string, options: OpenFileOptions = {}): Promise<PlacedTensors> {
  const source = await openFile(path, options);
  try {
    return new PlacedTensors([await safetensorsFile(source, options.signal)]);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The tensors of safetensors bytes in memory; `bytes` must not change while in use. */
export async function safetensorsFromBytes(bytes: Uint8Array, name = "payload"): Promise<PlacedTensors> {
  return new PlacedTensors([await safetensorsFile(memorySource(bytes, name))]);
}

/** Checks the header of `source`; the caller keeps owning the source. */
export async function safetensorsFile(source: ByteSource, signal?: AbortSignal): Promise<TensorFile> {
  const { tensors } = await readSafetensorsHeader(source, signal);
  return { source, tensors };
}
