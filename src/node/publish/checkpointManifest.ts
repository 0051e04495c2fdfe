/**
 * The manifest of a checkpoint: its config and tokenizer files, its slots with their tensors, and who may judge versions.
 *
 * One more file, `weights.json`, names the payload roots of all first versions in one hash. So two checkpoints that
 * differ in their weights only are two models.
 */
import { encodeManifest, MANIFEST_VERSION, type Manifest, type ManifestSlot } from "../../chain/model/manifest.ts";
import { ChunkHasher, payloadRoot } from "../../chain/payload/chunkList.ts";
import { concatBytes, toHex, utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import { hashFile } from "./hashFile.ts";
import type { BuiltManifest } from "./publishModel.ts";
import type { SlotPayload } from "./slotPayload.ts";

const WEIGHTS_FILE = "weights.json";

export interface ManifestOptions {
  /** config.json and the tokenizer's files, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly name: string;
  /** Public key that will sign: 32 bytes. */
  readonly publisher: Uint8Array;
  /** File of the evaluation set. Without one the first versions stay for ever. */
  readonly evaluationPath: string | undefined;
  /** Who may judge, ascending; only with an evaluation set. Default: the publisher. */
  readonly validators?: readonly Uint8Array[];
  /** Default 1. */
  readonly quorum?: number;
  /** Nats; default 0.001. */
  readonly smallestImprovement?: number;
  readonly signal: AbortSignal;
}

export interface HashedSlot {
  readonly payload: SlotPayload;
  /** Payload root: 32 bytes. */
  readonly root: Uint8Array;
}

/** Throws `bad_manifest`, and what reading the files throws. */
export async function checkpointManifest(
  slots: readonly HashedSlot[],
  options: ManifestOptions,
): Promise<BuiltManifest> {
  const evaluation =
    options.evaluationPath === undefined ? null : await hashFile(options.evaluationPath, { signal: options.signal });
  const manifest: Manifest = {
    version: MANIFEST_VERSION,
    name: options.name,
    publisher: options.publisher,
    files: new Map(sorted([[WEIGHTS_FILE, weightsFile(slots)], ...options.files])),
    slots: new Map(sorted(slots.map(({ payload }) => [payload.slot, manifestSlot(payload)]))),
    evaluation,
    validators: evaluation === null ? [] : (options.validators ?? [options.publisher]),
    quorum: options.quorum ?? 1,
    smallestImprovement: options.smallestImprovement ?? 0.001,
  };
  const bytes = encodeManifest(manifest);
  const hasher = new ChunkHasher();
  hasher.update(bytes);
  return { manifest, bytes, root: payloadRoot(hasher.finish()), evaluationPath: options.evaluationPath };
}

function weightsFile(slots: readonly HashedSlot[]): Uint8Array {
  const named = sorted(slots.map(({ payload, root }): [string, Uint8Array] => [payload.slot, root]));
  const all = concatBytes(named.flatMap(([slot, root]) => [utf8(`${slot}\n`), root]));
  return utf8(`${JSON.stringify({ sha256: toHex(sha256(all)) })}\n`);
}

function manifestSlot({ slot, tensors }: SlotPayload): ManifestSlot {
  return { name: slot, tensors };
}

function sorted<T>(entries: readonly (readonly [string, T])[]): [string, T][] {
  return entries.map(([name, value]): [string, T] => [name, value]).sort(([a], [b]) => (a < b ? -1 : 1));
}
