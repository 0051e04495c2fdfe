/** A model's manifest from a manifest file: reads the files that it names, and computes what follows from them. */
import { basename, dirname, resolve } from "node:path";
import { MAX_MANIFEST_BYTES } from "../../chain/limits.ts";
import { encodeManifest, MANIFEST_VERSION, type Manifest, type ManifestSlot } from "../../chain/model/manifest.ts";
import { ChunkHasher, payloadRoot } from "../../chain/payload/chunkList.ts";
import { compareBytes, hashFromHex } from "../../core/bytes.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { hashFile } from "../../node/publish/hashFile.ts";
import type { BuiltManifest } from "../../node/publish/publishModel.ts";
import { readInputBytes } from "../framework/readInput.ts";
import { bytesOf, type ManifestFile } from "./manifestSchema.ts";

export interface BuildOptions {
  /** Public key of the one who will sign the meta block: 32 bytes. */
  readonly publisher: Uint8Array;
  readonly signal: AbortSignal;
  /** Told how much of the evaluation set has been hashed. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Paths in `content` are relative to `file`. Throws `bad_manifest`, `manifest_too_large`, and as its readers do. */
export async function buildManifest(
  file: string,
  content: ManifestFile,
  options: BuildOptions,
): Promise<BuiltManifest> {
  const inFolder = (path: string): string => resolve(dirname(file), path);
  const { evaluation } = content;
  const evaluationPath = evaluation !== null && "file" in evaluation ? inFolder(evaluation.file) : undefined;
  const manifest: Manifest = {
    version: MANIFEST_VERSION,
    name: content.name,
    publisher: options.publisher,
    files: await readFiles(content.files.map(inFolder), options.signal),
    slots: slotsOf(content),
    evaluation:
      evaluation === null
        ? null
        : "file" in evaluation
          ? await hashFile(inFolder(evaluation.file), options)
          : { root: hashFromHex(evaluation.root), bytes: evaluation.bytes },
    validators: content.validators.map(hashFromHex).sort(compareBytes),
    quorum: content.quorum,
    smallestImprovement: content.smallestImprovement,
  };
  const bytes = encodeManifest(manifest);
  if (bytes.length > MAX_MANIFEST_BYTES) throw tooLarge(String(bytes.length));
  const hasher = new ChunkHasher();
  hasher.update(bytes);
  return { manifest, bytes, root: payloadRoot(hasher.finish()), evaluationPath };
}

/** File name to content, ascending by name. */
async function readFiles(paths: readonly string[], signal: AbortSignal): Promise<Map<string, Uint8Array>> {
  const files: [string, Uint8Array][] = [];
  let rest = MAX_MANIFEST_BYTES;
  for (const path of paths) {
    const bytes = await readInputBytes(path, { maxBytes: rest, signal }).catch((error: unknown) => {
      throw errorCode(error) === "input_too_long" ? tooLarge("more", error) : error;
    });
    rest -= bytes.length;
    files.push([basename(path), new Uint8Array(bytes)]);
  }
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function slotsOf(content: ManifestFile): Map<string, ManifestSlot> {
  const names = Object.keys(content.slots).sort();
  return new Map(
    names.map((name) => {
      const tensors = (content.slots[name] ?? []).map((tensor) => ({
        name: tensor.name,
        dtype: tensor.dtype,
        shape: tensor.shape,
        byteLength: tensor.bytes ?? (bytesOf(tensor.dtype, tensor.shape) as number),
      }));
      return [name, { name, tensors }];
    }),
  );
}

function tooLarge(got: string, cause?: unknown): AiBlockError {
  return new AiBlockError(
    "manifest_too_large",
    `manifest: expected at most ${MAX_MANIFEST_BYTES} bytes with all files, got ${got}`,
    {},
    { cause },
  );
}
