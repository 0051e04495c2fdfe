/**
 * Puts a checkpoint on a chain, block by block and signed, as anyone does who publishes a model.
 *
 * It needs no notes of its own: what is on the chain already is skipped, so the same call goes on where a killed one
 * stopped, and does nothing when everything is there.
 */
import { basename, join, resolve } from "node:path";
import { type Block, sealBlock, signBlock } from "../../chain/block/block.ts";
import { HEADER_VERSION } from "../../chain/block/header.ts";
import type { Chain } from "../../chain/chain.ts";
import { TENSORS_FORMAT, typeOfSlot } from "../../chain/validation/form.ts";
import { bytesEqual } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import type { Signer } from "../../core/ed25519.ts";
import { parseSlot, type Slot } from "../../core/slot.ts";
import { folderSlotSource } from "../../moe/folderSource.ts";
import { checkpointManifest, type HashedSlot, type ManifestOptions } from "./checkpointManifest.ts";
import { fileExists } from "./folderFingerprint.ts";
import { modelFiles } from "./modelFiles.ts";
import { publishModel } from "./publishModel.ts";
import { requireAccepted } from "./requireAccepted.ts";
import { rootOf, slotPayload } from "./slotPayload.ts";

/** The evaluation set's file in a folder, unless another is named. */
const EVALUATION_FILE = "evaluation.json";

export interface PublishProgress {
  /** `hashing` reads the checkpoint; `publishing` writes payloads and blocks. */
  readonly stage: "hashing" | "publishing";
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "blocks";
}

export interface PublishOptions
  extends Partial<Pick<ManifestOptions, "name" | "evaluationPath" | "validators" | "quorum" | "smallestImprovement">> {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PublishProgress) => void;
}

export interface PublishedCheckpoint {
  /** Id of the meta block: 32 bytes. */
  readonly model: Uint8Array;
  /** Blocks that this call put on the chain. */
  readonly published: number;
  /** Blocks that were there. */
  readonly skipped: number;
}

/**
 * Throws what reading a checkpoint throws, `disk_full`, `block_refused`, and the signal's reason.
 * @param folder a Hugging Face folder: config.json, weights, tokenizer files; evaluation.json is the evaluation set. Or a
 *   GGUF file, which has no evaluation set unless one is named.
 */
export async function publishCheckpoint(
  chain: Chain,
  folder: string,
  options: PublishOptions,
): Promise<PublishedCheckpoint> {
  const { signer, clock, signal } = options;
  const path = resolve(folder);
  // The user named it: folders of the Hugging Face cache are all links.
  const source = await folderSlotSource(path, { followLinks: true, signal });
  try {
    const slots = await hashSlots(
      [...source.slots.keys()].map((slot) => slotPayload(source, slot)),
      options,
    );
    const evaluationPath = options.evaluationPath ?? join(path, EVALUATION_FILE);
    const built = await checkpointManifest(slots, {
      ...options,
      files: await modelFiles(path, source.config, signal),
      name: options.name ?? modelNameOf(path),
      publisher: signer.publicKey,
      evaluationPath: (await fileExists(evaluationPath)) ? evaluationPath : undefined,
    });
    const { id, created } = await publishModel(chain, built, signer, clock.nowMs(), signal);
    const published = await publishSlots(chain, id, slots, options);
    const all = published + (created ? 1 : 0);
    return { model: id, published: all, skipped: slots.length + 1 - all };
  } finally {
    await source.close();
  }
}

/** The folder's name, or the file's without its ending. */
export function modelNameOf(path: string): string {
  return basename(path).replace(/(?:-00001-of-[0-9]{5})?\.gguf$/i, "");
}

async function hashSlots(payloads: readonly HashedSlot["payload"][], options: PublishOptions): Promise<HashedSlot[]> {
  const total = payloads.reduce((sum, { bytes }) => sum + bytes, 0);
  const slots: HashedSlot[] = [];
  let done = 0;
  for (const payload of payloads) {
    options.signal.throwIfAborted();
    slots.push({ payload, root: await rootOf(payload, options.signal) });
    done += payload.bytes;
    options.onProgress?.({ stage: "hashing", done, total, unit: "bytes" });
  }
  return slots;
}

/** Returns how many blocks were not there before. */
async function publishSlots(
  chain: Chain,
  model: Uint8Array,
  slots: readonly HashedSlot[],
  options: PublishOptions,
): Promise<number> {
  const { signer, clock, signal, onProgress } = options;
  let published = 0;
  for (const [i, { payload, root }] of slots.entries()) {
    signal.throwIfAborted();
    if (!(await chain.payloads.has(root))) {
      await chain.payloads.put(payload.pieces(signal), { expectedRoot: root, expectedBytes: payload.bytes, signal });
    }
    if (!(await hasFirstVersion(chain, model, payload.slot, root, signer.publicKey))) {
      const block = firstVersion(model, { payload, root }, signer, clock.nowMs());
      const [verdict] = await chain.add([sealBlock(block)]);
      requireAccepted(verdict, payload.slot);
      published += 1;
    }
    onProgress?.({ stage: "publishing", done: i + 1, total: slots.length, unit: "blocks" });
  }
  return published;
}

/** The first version of a slot: it builds on the meta block. */
function firstVersion(model: Uint8Array, { payload, root }: HashedSlot, signer: Signer, timeMs: number): Block {
  return signBlock(
    {
      version: HEADER_VERSION,
      chain: "B",
      type: typeOfSlot((parseSlot(payload.slot) as Slot).kind),
      model,
      slot: payload.slot,
      parents: [model],
      height: 1,
      payload: { root, bytes: payload.bytes, format: TENSORS_FORMAT },
      claims: null,
      timeMs,
    },
    signer,
  );
}

async function hasFirstVersion(
  { dag }: Chain,
  model: Uint8Array,
  slot: string,
  root: Uint8Array,
  author: Uint8Array,
): Promise<boolean> {
  for await (const id of dag.versions(model, slot)) {
    const header = dag.block(id)?.header;
    if (header === undefined || header.height > 1) return false;
    if (header.payload !== null && bytesEqual(header.payload.root, root) && bytesEqual(header.author, author))
      return true;
  }
  return false;
}
