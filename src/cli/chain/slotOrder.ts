/** Slots in the order in which a token passes them: embedding, layer by layer, head; experts by number. */
import { parseSlot, type SlotKind } from "../../core/slot.ts";

const KINDS: readonly SlotKind[] = ["attention", "router", "expert", "shared", "mlp"];

/** Negative when `a` comes first. */
export function compareSlots(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  for (const [i, value] of left.entries()) {
    const difference = value - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankOf(name: string): number[] {
  const slot = parseSlot(name);
  if (slot === undefined || slot.kind === "head") return [Number.MAX_SAFE_INTEGER, 0, 0];
  if (!("layer" in slot)) return [-1, 0, 0];
  return [slot.layer, KINDS.indexOf(slot.kind), slot.kind === "expert" ? slot.expert : 0];
}
