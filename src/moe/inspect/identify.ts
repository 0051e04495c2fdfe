/**
 * Finds out what a model file is. Its first bytes decide; where they cannot (protobuf has no signature) its name does.
 * Nothing is executed, no weights are read, and no other file is opened but `config.json` and the shards of an index.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { errorCode, errorMessage } from "../../core/errors.ts";
import { type ByteSource, type OpenFileOptions, openFile } from "../formats/byteSource.ts";
import { openCheckpoint, readWeights } from "../formats/checkpoint.ts";
import { formatError } from "../formats/errors.ts";
import { readGgufHeader } from "../formats/gguf/header.ts";
import { HDF5_SIGNATURE } from "../formats/hdf5/model.ts";
import { MAX_HEADER_BYTES } from "../formats/limits.ts";
import { readEntry, readZip } from "../formats/zip/archive.ts";
import { listZipNames } from "../formats/zip/centralDirectory.ts";
import { identifyOnnx } from "./identifyOnnx.ts";
import { describePickle, identifyPickle } from "./identifyPickle.ts";
import { identifyHdf5, identifyTensorflow } from "./identifyTensorflow.ts";
import { identifyCheckpoint, identifyGgufHeader } from "./identifyWeights.ts";
import type { Identification } from "./report.ts";

const PICKLES: ReadonlySet<string> = new Set([".pkl", ".pickle", ".joblib"]);

/** Throws a `FormatErrorCode` for what is damaged or no model file. */
export async function identify(
  path: string,
  options: OpenFileOptions = {},
): Promise<Identification & { readonly byteLength: number }> {
  if (await isFolder(path)) return identifyFolder(path, options);
  const source = await openFile(path, options);
  try {
    const found = await identifyFile(source, path, options);
    return { ...found, byteLength: source.byteLength };
  } finally {
    await source.close();
  }
}

async function identifyFolder(path: string, options: OpenFileOptions) {
  const names = await readdir(path);
  if (names.includes("saved_model.pb")) return identify(join(path, "saved_model.pb"), options);
  try {
    const checkpoint = await openCheckpoint(path, options);
    const byteLength = checkpoint.files.reduce((total, file) => total + file.byteLength, 0);
    return { ...(await identifyCheckpoint(checkpoint, path, options)), byteLength };
  } catch (error) {
    const torch = names.find((name) => name === "pytorch_model.bin");
    if (errorCode(error) !== "pickle_forbidden" || torch === undefined) throw error;
    return identify(join(path, torch), options);
  }
}

async function identifyFile(source: ByteSource, path: string, options: OpenFileOptions) {
  const probe = await source.read(0, Math.min(16, source.byteLength), options.signal);
  const extension = extname(source.name).toLowerCase();
  const text = Buffer.from(probe).toString("latin1");
  if (text.startsWith("GGUF")) return identifyGgufFile(source, path, options);
  if (Buffer.compare(probe.subarray(0, 8), HDF5_SIGNATURE) === 0) return identifyHdf5(source, options.signal);
  if (text.startsWith("PK\x03\x04")) return identifyTorch(source, path, options);
  if (text.charAt(8) !== "{") {
    const packed = (probe[0] === 0x78 || probe[0] === 0x1f) && PICKLES.has(extension);
    if (probe[0] === 0x80 || packed || PICKLES.has(extension)) return identifyPickle(source, options.signal);
    if (extension === ".onnx") return identifyOnnx(source, options.signal);
    if (extension === ".pb") return identifyTensorflow(source, options.signal);
    if (extension === ".h5" || extension === ".hdf5") {
      throw formatError("format_unknown", `${source.name}: is no HDF5 file`);
    }
  }
  return identifyWeights(source, path, options);
}

async function identifyWeights(source: ByteSource, path: string, options: OpenFileOptions): Promise<Identification> {
  return identifyCheckpoint(await readWeights(source, dirname(path), options), dirname(path), options);
}

/** A file with tensor types that cannot be read here is identified all the same. */
async function identifyGgufFile(source: ByteSource, path: string, options: OpenFileOptions) {
  const alone = identifyGgufHeader(await readGgufHeader(source, options.signal));
  return alone.refused === null ? identifyWeights(source, path, options) : alone;
}

/** A PyTorch archive with more than tensors in it is not read, but what it would import is listed. */
async function identifyTorch(source: ByteSource, path: string, options: OpenFileOptions): Promise<Identification> {
  try {
    return await identifyWeights(source, path, options);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "pickle_forbidden" && code !== "weights_missing" && code !== "zip_unsupported") throw error;
    const names = await listZipNames(source, options.signal);
    const script = names.some((name) => name.endsWith("/constants.pkl"));
    if (!script && !names.some((name) => name.endsWith("/data.pkl"))) throw error;
    return {
      format: script ? "torchscript" : "pytorch-zip",
      framework: "PyTorch",
      architecture: null,
      family: "unknown",
      parameters: null,
      precision: [],
      inputShape: null,
      moe: null,
      files: 1,
      refused: { code, message: errorMessage(error) },
      ...(code === "zip_unsupported" ? { imports: [], notes: [] } : await describeArchive(source, options)),
    };
  }
}

async function describeArchive(source: ByteSource, options: OpenFileOptions) {
  const entries = await readZip(source, options.signal);
  const pickle = [...entries.values()].find(({ name }) => name.endsWith("/data.pkl"));
  if (pickle === undefined || pickle.byteLength > MAX_HEADER_BYTES) return { imports: [], notes: [] };
  return describePickle(await readEntry(source, pickle, options.signal));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return false;
    if (errorCode(error) === "ENOENT") throw formatError("file_missing", `${basename(path)}: no such file or folder`);
    throw formatError("file_unreadable", `${basename(path)}: could not be listed`, {}, { cause: error });
  }
}
