/**
 * A model as slots, read on demand: the interface between the engine and wherever weights come from (a checkpoint
 * folder, a GGUF file, the chain, a peer).
 *
 * Invariant: a source is one immutable state of a model. When a slot gets a new version, that is another source; slots
 * with equal versions hold equal bytes, so caches are kept by version and survive the change.
 */
import { parseSlot } from "../core/slot.ts";
import { arrangePart } from "./model/arrange.ts";
import { modelError } from "./model/errors.ts";
import type { ModelConfig } from "./model/parseConfig.ts";
import type { Naming } from "./model/partSources.ts";
import type { PartName } from "./model/parts.ts";
import { payloadParts, type StoredPart } from "./model/slotTable.ts";
import type { ModelSpec } from "./model/spec.ts";
import type { ReadOptions, TensorInfo } from "./tensor.ts";

export interface SlotInfo {
  /** Names the slot's contents: a file-system-safe text of at most 128 characters. Equal versions are equal bytes. */
  readonly version: string;
  /** The parts that the graphs need, each with the payload tensors that hold it. */
  readonly parts: readonly StoredPart[];
}

export interface SlotSource {
  /** Names the whole state. */
  readonly id: string;
  readonly config: ModelConfig;
  readonly spec: ModelSpec;
  /** Every slot of the model by name, in order. A source for a layer slice may hold fewer. */
  readonly slots: ReadonlyMap<string, SlotInfo>;
  /** The bytes of one payload tensor: a buffer that the caller owns. Throws `slot_missing`, `tensor_missing`, reader codes. */
  read(slot: string, tensor: string, options?: ReadOptions): Promise<Uint8Array>;
  /**
   * A range of one payload tensor's bytes, where the storage can give it without reading the rest. Sources without it
   * are read whole.
   */
  readRange?(
    slot: string,
    tensor: string,
    byteOffset: number,
    byteLength: number,
    options?: ReadOptions,
  ): Promise<Uint8Array>;
  /** May be called twice. */
  close(): Promise<void>;
}

/**
 * Describes a slot from its payload's tensors (names as the slot table gives them).
 * Throws `slot_missing` for a bad name, `tensor_missing`, `tensor_shape_mismatch`, `tensor_dtype_unsupported`.
 */
export function slotInfo(
  spec: ModelSpec,
  slot: string,
  naming: Naming,
  payload: ReadonlyMap<string, TensorInfo>,
  version: string,
): SlotInfo {
  const parsed = parseSlot(slot);
  if (parsed === undefined) throw modelError("slot_missing", `slot: expected a slot name, got ${slot}`, { slot });
  return { version, parts: payloadParts(spec, parsed, naming, payload) };
}

/** The slot's description. Throws `slot_missing`. */
export function requireSlot(source: SlotSource, slot: string): SlotInfo {
  const info = source.slots.get(slot);
  if (info !== undefined) return info;
  throw modelError("slot_missing", `slot ${slot}: this source does not hold it`, { slot });
}

/**
 * Reads the parts of a slot as float32 in the graphs' order. Throws `tensor_not_finite` and what `read` throws.
 * @param wanted which parts; by default all
 */
export async function readSlotParts(
  source: SlotSource,
  slot: string,
  options: ReadOptions = {},
  wanted: (part: PartName) => boolean = () => true,
): Promise<Map<PartName, Float32Array>> {
  const parts = new Map<PartName, Float32Array>();
  for (const stored of requireSlot(source, slot).parts) {
    if (!wanted(stored.part.name)) continue;
    const bytes: Uint8Array[] = [];
    for (const tensor of stored.tensors) bytes.push(await source.read(slot, tensor.name, options));
    parts.set(stored.part.name, arrangePart(source.spec, stored, bytes));
  }
  return parts;
}

/** `base` with some slots replaced: how a candidate for one expert is measured. Closing it does not close `base`. */
export function overlaySource(
  base: SlotSource,
  id: string,
  replacements: ReadonlyMap<string, { readonly info: SlotInfo; read(tensor: string): Promise<Uint8Array> }>,
): SlotSource {
  for (const slot of replacements.keys()) requireSlot(base, slot);
  const slots = new Map(base.slots);
  for (const [slot, { info }] of replacements) slots.set(slot, info);
  return {
    id,
    config: base.config,
    spec: base.spec,
    slots,
    read: (slot, tensor, options) => replacements.get(slot)?.read(tensor) ?? base.read(slot, tensor, options),
    ...(base.readRange !== undefined && !replacements.has("embedding") && { readRange: base.readRange.bind(base) }),
    close: async () => {},
  };
}
