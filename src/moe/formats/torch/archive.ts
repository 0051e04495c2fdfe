/**
 * The zip file that `torch.save` writes (PyTorch 1.6 and later).
 *
 *   {name}/data.pkl     the object, tensors as references to storages
 *   {name}/data/{key}   bytes of one storage
 *   {name}/byteorder    "little" (absent in older files, which are little-endian)
 *   {name}/version and a few small files that do not matter here
 */
import type { TensorInfo } from "../../tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { blockSize, checkDeclared } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { MAX_HEADER_BYTES } from "../limits.ts";
import { readPickle } from "../pickle/machine.ts";
import type { PickleTensor } from "../pickle/values.ts";
import { readEntry, readZip } from "../zip/archive.ts";
import type { ZipEntry } from "../zip/entry.ts";
import { findStateDict } from "./stateDict.ts";
import { mayOverlap, spanElements } from "./stridedTensor.ts";

/** A tensor and the archive entry with its storage. */
export interface TorchTensor extends TensorInfo {
  readonly view: PickleTensor;
  readonly entry: ZipEntry;
}

/** The tensors of a `torch.save` file; nothing of their bytes is read. Throws a `FormatErrorCode`. */
export async function readTorchArchive(source: ByteSource, signal?: AbortSignal): Promise<Map<string, TorchTensor>> {
  const entries = await readZip(source, signal);
  const root = archiveRoot(source, entries);
  await checkByteOrder(source, entries.get(`${root}/byteorder`), signal);
  const pickle = entries.get(`${root}/data.pkl`)!;
  if (pickle.byteLength > MAX_HEADER_BYTES) {
    throw formatError("header_too_large", `${source.name}: expected a data.pkl of at most ${MAX_HEADER_BYTES} bytes`);
  }
  const views = findStateDict(readPickle(await readEntry(source, pickle, signal)));
  const tensors = new Map<string, TorchTensor>();
  for (const [name, view] of views) {
    const info = checkDeclared(name, view.dtype, view.shape);
    const entry = entries.get(`${root}/data/${view.storage.key}`);
    if (entry === undefined) {
      throw formatError("tensor_data_invalid", `tensor ${name}: storage ${view.storage.key} is not in the archive`);
    }
    checkPlace(info, view, entry);
    tensors.set(name, { ...info, view, entry });
  }
  return tensors;
}

/** The one folder that everything lies in. Throws for archives that are something else. */
function archiveRoot(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): string {
  const roots = new Set([...entries.keys()].map((name) => name.slice(0, Math.max(0, name.indexOf("/")))));
  const [root = ""] = roots;
  if (roots.size !== 1 || root === "" || !entries.has(`${root}/data.pkl`)) {
    throw formatError("format_unknown", `${source.name}: is a zip file, but not one that torch.save writes`);
  }
  // TorchScript keeps program code beside the data; such files are programs, not weights.
  if (entries.has(`${root}/constants.pkl`) || [...entries.keys()].some((name) => name.startsWith(`${root}/code/`))) {
    throw formatError("pickle_forbidden", `${source.name}: is a TorchScript program; save its state_dict instead`);
  }
  return root;
}

async function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined, signal?: AbortSignal): Promise<void> {
  if (entry === undefined) return;
  const text = entry.byteLength <= 16 ? new TextDecoder().decode(await readEntry(source, entry, signal)) : "";
  if (text !== "little") throw formatError("dtype_unsupported", `${source.name}: expected little-endian data`);
}

/** The storage has exactly its declared size, the view lies inside it, and no two of its elements coincide. */
function checkPlace({ name }: TensorInfo, view: PickleTensor, entry: ZipEntry): void {
  const { storage, dtype, offset } = view;
  const elementBytes = blockSize(dtype).bytes;
  const storageBytes = storage.length * (storage.dtype === undefined ? 1 : blockSize(storage.dtype).bytes);
  if (entry.byteLength !== storageBytes) {
    throw formatError(
      "tensor_data_invalid",
      `tensor ${name}: storage ${storage.key} should have ${storageBytes} bytes, the archive holds ${entry.byteLength}`,
      { name, expected: storageBytes, got: entry.byteLength },
    );
  }
  const end = (offset + spanElements(view)) * elementBytes;
  if (!(end <= storageBytes)) {
    throw formatError("tensor_offsets_invalid", `tensor ${name}: reaches beyond its storage`, {
      name,
      end,
      storageBytes,
    });
  }
  if (mayOverlap(view)) {
    throw formatError("tensor_offsets_invalid", `tensor ${name}: its strides use elements more than once`, { name });
  }
}
