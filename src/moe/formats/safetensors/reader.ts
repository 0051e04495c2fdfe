/** A single safetensors file as a tensor source. */
import { type ByteSource, memorySource, type OpenFileOptions, openFile } from "../byteSource.ts";
import { PlacedTensors, type TensorFile } from "../placedTensors.ts";
import { readSafetensorsHeader } from "./header.ts";

/** Opens `path` and checks its header. Throws a `FormatErrorCode`; the file is closed again on a failure. */
export async function openSafetensors(path: string, options: OpenFileOptions = {}): Promise<PlacedTensors> {
  return new PlacedTensors([await openSafetensorsFile(path, options)]);
}

/** The tensors of safetensors bytes in memory, such as a block's payload; `bytes` must not change while in use. */
export async function safetensorsFromBytes(bytes: Uint8Array, name = "payload"): Promise<PlacedTensors> {
  return new PlacedTensors([await parseSource(memorySource(bytes, name))]);
}

export async function openSafetensorsFile(path: string, options: OpenFileOptions = {}): Promise<TensorFile> {
  const source = await openFile(path, options);
  try {
    return await parseSource(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Checks the header of `source`; the caller keeps owning the source. */
export async function parseSource(source: ByteSource): Promise<TensorFile> {
  const { tensors } = await readSafetensorsHeader(source);
  return { source, tensors };
}
