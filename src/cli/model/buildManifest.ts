/** A model's manifest from a manifest file: reads the files that it names, and computes what follows from them. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { MAX_MANIFEST_BYTES } from "../../chain/limits.ts";
import { encodeManifest, MANIFEST_VERSION, type Manifest, type ManifestSlot } from "../../chain/model/manifest.ts";
import { ChunkHasher, payloadRoot } from "../../chain/payload/chunkList.ts";
import { compareBytes, hashFromHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { BuiltManifest } from "../../node/publish/publishModel.ts";
import { bytesOf, type ManifestFile } from "./manifestSchema.ts";

export interface BuildOptions {
  /** Public key of the one who will sign the meta block: 32 bytes. */
  readonly publisher: Uint8Array;
  readonly signal: AbortSignal;
  /** Told how much of the evaluation set has been hashed. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Paths in `content` are relative to `file`. Throws `bad_manifest`, `manifest_too_large`, or what the file system says. */
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
    files: await readFiles(content.files.map(inFolder)),
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
  if (bytes.length > MAX_MANIFEST_BYTES) throw tooLarge(bytes.length);
  const hasher = new ChunkHasher();
  hasher.update(bytes);
  return { manifest, bytes, root: payloadRoot(hasher.finish()), evaluationPath };
}

/** File name to content, ascending by name. */
async function readFiles(paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const files: [string, Uint8Array][] = [];
  let total = 0;
  for (const path of paths) {
    total += (await stat(path)).size;
    if (total > MAX_MANIFEST_BYTES) throw tooLarge(total);
    files.push([basename(path), new Uint8Array(await readFile(path))]);
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

async function hashFile(
  path: string,
  { signal, onProgress }: BuildOptions,
): Promise<{ root: Uint8Array; bytes: number }> {
  const { size } = await stat(path);
  const hasher = new ChunkHasher();
  let done = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal.throwIfAborted();
    hasher.update(piece as Uint8Array);
    done += (piece as Uint8Array).length;
    onProgress(done, size);
  }
  const list = hasher.finish();
  return { root: payloadRoot(list), bytes: list.bytes };
}

function tooLarge(bytes: number): AiBlockError {
  return new AiBlockError(
    "manifest_too_large",
    `manifest: expected at most ${MAX_MANIFEST_BYTES} bytes with all files, got ${bytes}`,
  );
}
