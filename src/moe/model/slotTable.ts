/**
 * A checkpoint as slots: which tensors each slot's payload holds, and where in the checkpoint each of them lies.
 *
 * A payload tensor is a whole checkpoint tensor under its own name, or slice j of a stack of experts under `NAME[j]`.
 * Both are plain byte ranges, so splitting a checkpoint and assembling it again gives back every tensor bit for bit.
 */
import { type Slot, slotName } from "../../core/slot.ts";
import type { TensorInfo } from "../tensor.ts";
import { modelError } from "./errors.ts";
import type { PartSource } from "./partSource.ts";
import { type Naming, type SourceTables, sourceTables } from "./partSources.ts";
import { modelSlots, type Part, slotParts } from "./parts.ts";
import type { ModelSpec } from "./spec.ts";
import { checkStoredTensors } from "./storedShapes.ts";

/** One part of a slot, resolved to the tensors that hold it. */
export interface StoredPart {
  readonly part: Part;
  readonly arrangement: PartSource["arrangement"];
  /** In the order in which the arrangement wants them. Names, shapes and sizes are those of the slot's payload. */
  readonly tensors: readonly TensorInfo[];
}

/** Where one payload tensor lies in the checkpoint. */
export interface TensorRange {
  /** The checkpoint's tensor. */
  readonly name: string;
  /** The slice along its first axis; absent: all of it. */
  readonly index: number | undefined;
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface SlotTable {
  /** For every slot of the model, in order, its parts. */
  readonly slots: ReadonlyMap<string, readonly StoredPart[]>;
  /** By payload tensor name: where it lies in the checkpoint. */
  readonly ranges: ReadonlyMap<string, TensorRange>;
  /** Tensors of the checkpoint that belong to no slot, for example leftovers of multi-token prediction. */
  readonly ignored: readonly string[];
}

/** The naming that a set of tensor names follows. */
export function detectNaming(tensors: ReadonlyMap<string, TensorInfo>): Naming {
  return tensors.has("token_embd.weight") || tensors.has("output_norm.weight") ? "gguf" : "hugging-face";
}

/** Throws `tensor_missing`, `tensor_shape_mismatch` or `tensor_dtype_unsupported`, naming the tensor and the slot. */
export function checkpointTable(spec: ModelSpec, tensors: ReadonlyMap<string, TensorInfo>): SlotTable {
  const tables = sourceTables(spec.architecture, detectNaming(tensors), spec.tiedEmbeddings);
  const slots = new Map<string, readonly StoredPart[]>();
  const ranges = new Map<string, TensorRange>();
  const used = new Set<string>();
  if (spec.shared === undefined) checkNoSharedExpert(spec, tables, tensors);
  for (const slot of modelSlots(spec)) {
    const parts = slotParts(spec, slot.kind).map((part) => {
      const source = findSource(tables, slot, part, tensors, (name) => tensors.has(name));
      const stored = source.tensors.map((template) => {
        const whole = tensors.get(expand(template, slot)) as TensorInfo;
        used.add(whole.name);
        checkUnscaled(slot, whole, tensors);
        const info = source.stacked ? slice(spec, slot, whole) : whole;
        ranges.set(info.name, source.stacked ? sliceRange(slot, whole, info) : wholeRange(whole));
        return info;
      });
      return checkedPart(spec, slot, part, source, stored);
    });
    slots.set(slotName(slot), parts);
  }
  return { slots, ranges, ignored: [...tensors.keys()].filter((name) => !used.has(name)) };
}

/** The parts of one slot from the tensors of its payload. Throws as `checkpointTable` does. */
export function payloadParts(
  spec: ModelSpec,
  slot: Slot,
  naming: Naming,
  payload: ReadonlyMap<string, TensorInfo>,
): StoredPart[] {
  const tables = sourceTables(spec.architecture, naming, spec.tiedEmbeddings);
  return slotParts(spec, slot.kind).map((part) => {
    const payloadName = (template: string, stacked: boolean): string =>
      stacked && slot.kind === "expert" ? `${expand(template, slot)}[${slot.expert}]` : expand(template, slot);
    const source = findSource(tables, slot, part, payload, (name, stacked) =>
      payload.has(stacked && slot.kind === "expert" ? `${name}[${slot.expert}]` : name),
    );
    const stored = source.tensors.map((name) => payload.get(payloadName(name, source.stacked)) as TensorInfo);
    return checkedPart(spec, slot, part, source, stored);
  });
}

function checkedPart(
  spec: ModelSpec,
  slot: Slot,
  part: Part,
  source: PartSource,
  tensors: readonly TensorInfo[],
): StoredPart {
  checkStoredTensors(spec, slotName(slot), part, source.arrangement, tensors);
  return { part, arrangement: source.arrangement, tensors };
}

/** The first source whose tensors are all there. Throws `tensor_missing` in terms of the names that this file uses. */
function findSource(
  tables: SourceTables,
  slot: Slot,
  part: Part,
  tensors: ReadonlyMap<string, TensorInfo>,
  has: (name: string, stacked: boolean) => boolean,
): PartSource {
  const { kind } = slot;
  const own =
    kind === "expert" || kind === "shared" || kind === "mlp" ? tables.feedForward[kind].get(part.name) : undefined;
  const sources = own ?? tables.common.get(part.name) ?? [];
  const missing = (source: PartSource): string | undefined =>
    source.tensors.map((name) => expand(name, slot)).find((name) => !has(name, source.stacked));
  const whole = sources.find((source) => missing(source) === undefined);
  if (whole !== undefined) return whole;
  const inUse = sources.find((source) => source.tensors.some((template) => isUsed(template, tensors))) ?? sources[0];
  const name = inUse === undefined ? part.name : (missing(inUse) as string);
  throw modelError("tensor_missing", `${slotName(slot)}: ${part.name}: expected tensor ${name}, which is not there`, {
    slot: slotName(slot),
    tensor: name,
  });
}

/** Whether any tensor, of whatever layer and expert, has a name of this form. */
function isUsed(template: string, tensors: ReadonlyMap<string, TensorInfo>): boolean {
  const pattern = template
    .split(/\{[LE]\}/)
    .map((text) => text.replace(/[.]/g, "\\."))
    .join("\\d+");
  const form = new RegExp(`^${pattern}(?:\\[\\d+\\])?$`);
  return [...tensors.keys()].some((name) => form.test(name));
}

function expand(template: string, slot: Slot): string {
  const layer = "layer" in slot ? String(slot.layer) : "";
  return template.replace("{L}", layer).replace("{E}", slot.kind === "expert" ? String(slot.expert) : "");
}

function slice(spec: ModelSpec, slot: Slot, whole: TensorInfo): TensorInfo {
  const [count, ...shape] = whole.shape;
  if (slot.kind !== "expert" || count !== spec.experts.count) {
    throw modelError(
      "tensor_shape_mismatch",
      `${whole.name}: expected ${spec.experts.count} experts along the first axis, got ${count}`,
      { slot: slotName(slot), tensor: whole.name, expected: [spec.experts.count, ...shape], got: whole.shape },
    );
  }
  return {
    name: `${whole.name}[${slot.expert}]`,
    dtype: whole.dtype,
    shape,
    byteLength: whole.byteLength / spec.experts.count,
  };
}

function sliceRange(slot: Slot, whole: TensorInfo, info: TensorInfo): TensorRange {
  const index = slot.kind === "expert" ? slot.expert : 0;
  return { name: whole.name, index, byteOffset: index * info.byteLength, byteLength: info.byteLength };
}

/** A file with a shared expert that its config denies is another model's: left out, every layer would go wrong. */
function checkNoSharedExpert(spec: ModelSpec, tables: SourceTables, tensors: ReadonlyMap<string, TensorInfo>): void {
  const templates = [...tables.feedForward.shared.values()].flat().flatMap((source) => source.tensors);
  for (const [layer, { feedForward }] of spec.layers.entries()) {
    if (feedForward === "dense") continue;
    const slot: Slot = { kind: "shared", layer };
    // Of no width it is written as well, with tensors that hold nothing.
    const held = templates.map((name) => tensors.get(expand(name, slot))).find((info) => info?.byteLength);
    if (held === undefined) continue;
    throw modelError(
      "tensor_shape_mismatch",
      `${held.name}: expected no shared expert, as config.json says, got shape [${held.shape.join(", ")}]`,
      { slot: slotName(slot), tensor: held.name, got: held.shape },
    );
  }
}

/** Eight-bit values with factors in a tensor of their own mean something else than they say. */
function checkUnscaled(slot: Slot, { name, dtype }: TensorInfo, tensors: ReadonlyMap<string, TensorInfo>): void {
  const scale = ["_scale_inv", "_scale"].map((end) => name + end).find((other) => tensors.has(other));
  if (scale === undefined || !dtype.startsWith("F8")) return;
  throw modelError("tensor_dtype_unsupported", `${name}: expected values without factors, got ${dtype} with ${scale}`, {
    slot: slotName(slot),
    tensor: name,
    dtype,
  });
}

function wholeRange(info: TensorInfo): TensorRange {
  return { name: info.name, index: undefined, byteOffset: 0, byteLength: info.byteLength };
}
