/**
 * Pages of experts and of their versions. A cursor is the last one that was given: experts are in the order of layer and
 * number, versions in the order of their blocks' ids. So what is there all the time comes exactly once, whatever is added,
 * used or adopted between two pages.
 */
import type { Page, PageQuery } from "../../api/services/chain.ts";
import { isHashHex } from "../../core/bytes.ts";
import { parseSlot } from "../../core/slot.ts";
import { badCursor } from "./cursor.ts";

/** `slots` in the order of layer and number. Throws `bad_cursor`. */
export function pageOfSlots(slots: readonly string[], { cursor, limit }: PageQuery): Page<string> {
  const place = cursor === undefined ? undefined : placeOf(cursor);
  if (cursor !== undefined && place === undefined) throw badCursor(cursor);
  const from = place === undefined ? 0 : firstAfter(slots, place);
  const items = slots.slice(from, from + limit);
  return { items, nextCursor: from + limit < slots.length ? (items.at(-1) as string) : null };
}

/** Throws `bad_cursor`. */
export function pageOfVersions<T extends { readonly block: string }>(
  versions: readonly T[],
  { cursor, limit }: PageQuery,
): Page<T> {
  if (cursor !== undefined && !isHashHex(cursor)) throw badCursor(cursor);
  const after = versions
    .filter(({ block }) => cursor === undefined || block > cursor)
    .sort((a, b) => (a.block < b.block ? -1 : 1));
  const items = after.slice(0, limit);
  return { items, nextCursor: after.length > limit ? (items.at(-1) as T).block : null };
}

interface Place {
  readonly layer: number;
  readonly expert: number;
}

function placeOf(slot: string): Place | undefined {
  const parsed = parseSlot(slot);
  return parsed?.kind === "expert" ? parsed : undefined;
}

function firstAfter(slots: readonly string[], { layer, expert }: Place): number {
  const found = slots.findIndex((slot) => {
    const place = placeOf(slot) as Place;
    return place.layer > layer || (place.layer === layer && place.expert > expert);
  });
  return found === -1 ? slots.length : found;
}
