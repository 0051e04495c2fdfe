/**
 * Slots: the named places of a model that blocks fill, one block per version of a slot.
 *
 *   embedding | layer{i}.attention | layer{i}.router | layer{i}.expert{j} | layer{i}.shared | layer{i}.mlp | head
 *
 * The grammar is closed: numbers are decimal without leading zeros, so a slot has exactly one name.
 */
import { excerpt } from "./bytes.ts";
import { AiBlockError } from "./errors.ts";

/** Largest layer and expert number. Far above any published model; keeps numbers and keys short. */
export const MAX_LAYERS = 1024;
export const MAX_EXPERTS_PER_LAYER = 4096;

export type Slot =
  | { readonly kind: "embedding" | "head" }
  | { readonly kind: "attention" | "router" | "shared" | "mlp"; readonly layer: number }
  | { readonly kind: "expert"; readonly layer: number; readonly expert: number };

export type SlotKind = Slot["kind"];

const LAYER_SLOT = /^layer(0|[1-9][0-9]{0,3})\.(?:(attention|router|shared|mlp)|expert(0|[1-9][0-9]{0,3}))$/;

/** The slot that `name` names, or `undefined` when it is not a slot name. */
export function parseSlot(name: string): Slot | undefined {
  if (name === "embedding" || name === "head") return { kind: name };
  const match = LAYER_SLOT.exec(name);
  if (match === null) return undefined;
  const layer = Number(match[1]);
  if (layer >= MAX_LAYERS) return undefined;
  if (match[2] !== undefined) return { kind: match[2] as "attention" | "router" | "shared" | "mlp", layer };
  const expert = Number(match[3]);
  return expert < MAX_EXPERTS_PER_LAYER ? { kind: "expert", layer, expert } : undefined;
}

/** The name of `slot`. Throws `bad_slot` for numbers out of range. */
export function slotName(slot: Slot): string {
  const name = unchecked(slot);
  if (parseSlot(name) === undefined) {
    throw new AiBlockError(
      "bad_slot",
      `slot: expected a layer below ${MAX_LAYERS} and an expert below ${MAX_EXPERTS_PER_LAYER}, got ${excerpt(name)}`,
    );
  }
  return name;
}

function unchecked(slot: Slot): string {
  if (!("layer" in slot)) return slot.kind;
  if (slot.kind === "expert") return `layer${slot.layer}.expert${slot.expert}`;
  return `layer${slot.layer}.${slot.kind}`;
}
