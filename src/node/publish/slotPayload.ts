/** One slot of a checkpoint as the payload of a block: a safetensors file with exactly the slot's tensors. */
import { ChunkHasher, payloadRoot } from "../../chain/payload/chunkList.ts";
import { layoutSafetensors, type SafetensorsLayout } from "../../moe/formats/safetensors/writer.ts";
import { requireSlot, type SlotSource } from "../../moe/slotSource.ts";
import type { TensorInfo } from "../../moe/tensor.ts";
import { payloadForm } from "../model/payloadForm.ts";

export interface SlotPayload {
  readonly slot: string;
  /** In the order in which they lie in the file. */
  readonly tensors: readonly TensorInfo[];
  readonly bytes: number;
  /** The file, in pieces of at most 4 MiB. The same bytes every time. */
  pieces(signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

const PIECE_BYTES = 4 * 2 ** 20;

/** Throws `slot_missing`. */
export function slotPayload(source: SlotSource, slot: string): SlotPayload {
  const tensors = tensorsOf(source, slot);
  const layout = layoutSafetensors(tensors.map(payloadForm));
  return {
    slot,
    tensors,
    bytes: layout.fileBytes,
    pieces: (signal) => pieces(source, slot, tensors, layout, signal),
  };
}

/** The root that the payload will have: 32 bytes. */
export async function rootOf(payload: SlotPayload, signal: AbortSignal): Promise<Uint8Array> {
  const hasher = new ChunkHasher();
  for await (const piece of payload.pieces(signal)) hasher.update(piece);
  return payloadRoot(hasher.finish());
}

/** The tensors of a slot, each once: two parts may lie in one tensor. */
function tensorsOf(source: SlotSource, slot: string): TensorInfo[] {
  const tensors = requireSlot(source, slot).parts.flatMap((part) => part.tensors);
  return [...new Map(tensors.map((tensor) => [tensor.name, tensor])).values()];
}

async function* pieces(
  source: SlotSource,
  slot: string,
  tensors: readonly TensorInfo[],
  { header }: SafetensorsLayout,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const { name, byteLength } of tensors) {
    if (source.readRange === undefined) {
      yield await source.read(slot, name, { signal });
      continue;
    }
    for (let at = 0; at < byteLength; at += PIECE_BYTES) {
      yield await source.readRange(slot, name, at, Math.min(PIECE_BYTES, byteLength - at), { signal });
    }
  }
}
