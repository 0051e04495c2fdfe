/**
 * One state of a model: the head of every slot at one moment, under its state root. Immutable; another set of heads is
 * another state.
 */
import type { Chain } from "../../chain/chain.ts";
import { stateRootOf } from "../../chain/model/stateRoot.ts";
import { toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { parseSlot } from "../../core/slot.ts";
import { readSlotParts, type SlotInfo, type SlotSource, slotInfo } from "../../moe/slotSource.ts";
import type { ChainModel } from "./chainModel.ts";
import type { PayloadTensors } from "./payloadTensors.ts";

/** The version of a slot that a state holds. */
export interface HeadVersion {
  /** Id of its block, 64 hex digits. */
  readonly block: string;
  /** Public key of its author, 64 hex digits. */
  readonly author: string;
  readonly root: Uint8Array;
  readonly rootHex: string;
  readonly payloadBytes: number;
}

export interface ServedState {
  readonly model: ChainModel;
  /** 64 hex digits. */
  readonly stateRoot: string;
  readonly heads: ReadonlyMap<string, HeadVersion>;
}

/**
 * The state that the heads make now. Throws `layers_unavailable` (data.slots) when a slot has no version yet, or the
 * payload of its head is not stored here.
 */
export async function readServedState(chain: Chain, model: ChainModel): Promise<ServedState> {
  const leaves = await chain.heads(model.id);
  const heads = new Map<string, HeadVersion>();
  const missing: string[] = [];
  for (const slot of model.slots.keys()) {
    const leaf = leaves.get(slot);
    const block = leaf === undefined ? undefined : chain.dag.block(leaf.id);
    const payload = block?.header.payload;
    if (block === undefined || payload == null || !(await chain.payloads.has(payload.root))) {
      missing.push(slot);
      continue;
    }
    heads.set(slot, {
      block: block.idHex,
      author: toHex(block.header.author),
      root: payload.root,
      rootHex: toHex(payload.root),
      payloadBytes: payload.bytes,
    });
  }
  if (missing.length > 0) throw layersUnavailable(model, missing);
  const stateRoot = stateRootOf(
    model.id,
    [...leaves].map(([slot, { id }]) => [slot, id]),
  );
  return { model, stateRoot: toHex(stateRoot), heads };
}

/** The state as the engine reads it. Closing it twice, or after its last read, is fine; it owns no files. */
export function stateSource({ model, stateRoot, heads }: ServedState, tensors: PayloadTensors): SlotSource {
  const slots = new Map<string, SlotInfo>();
  const payloads = new Map([...heads].map(([slot, { root }]) => [slot, payloadSlot(model, slot, root)]));
  for (const [slot, { rootHex }] of heads) {
    slots.set(slot, slotInfo(model.spec, slot, model.naming, model.slots.get(slot) ?? new Map(), rootHex));
  }
  const read = async (slot: string, tensor: string, at?: number, length?: number): Promise<Uint8Array> => {
    const payload = payloads.get(slot);
    if (payload === undefined) throw new AiBlockError("slot_missing", `slot ${slot}: this state does not hold it`);
    return tensors.read(payload, tensor, at, length);
  };
  return {
    id: stateRoot,
    config: model.config,
    spec: model.spec,
    slots,
    read: async (slot, tensor, options) => {
      options?.signal?.throwIfAborted();
      return read(slot, tensor);
    },
    readRange: async (slot, tensor, byteOffset, byteLength, options) => {
      options?.signal?.throwIfAborted();
      return read(slot, tensor, byteOffset, byteLength);
    },
    close: async () => {},
  };
}

/**
 * Reads what `next` has and `previous` has not: the engine would find out in the middle of an answer that an expert is
 * damaged. Throws `payload_corrupt`, `payload_mismatch`, `tensor_not_finite`, and the signal's reason.
 */
export async function checkNewVersions(
  next: ServedState,
  previous: ServedState | undefined,
  tensors: PayloadTensors,
  signal: AbortSignal,
): Promise<void> {
  const source = stateSource(next, tensors);
  for (const [slot, { rootHex, root }] of next.heads) {
    signal.throwIfAborted();
    if (previous?.heads.get(slot)?.rootHex === rootHex) continue;
    if (previous === undefined) await tensors.check(payloadSlot(next.model, slot, root));
    else await readSlotParts(source, slot);
  }
}

function payloadSlot(model: ChainModel, slot: string, root: Uint8Array) {
  return { slot, root, tensors: model.slots.get(slot) ?? new Map() };
}

function layersUnavailable({ manifest }: ChainModel, slots: readonly string[]): AiBlockError {
  const shown = slots.slice(0, 8).join(", ");
  const more = slots.length > 8 ? ` and ${slots.length - 8} more` : "";
  return new AiBlockError(
    "layers_unavailable",
    `model ${manifest.name}: expected a stored version of every slot, none of ${shown}${more}`,
    { slots: slots.slice(0, 1000), missing: slots.length, layers: layersOf(slots) },
  );
}

function layersOf(slots: readonly string[]): number[] {
  const layers = slots.map(parseSlot).flatMap((slot) => (slot !== undefined && "layer" in slot ? [slot.layer] : []));
  return [...new Set(layers)].sort((a, b) => a - b);
}
