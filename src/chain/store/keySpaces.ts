/**
 * Every key space of the chain's LevelDB in one list. A key is one byte naming its space, then the parts listed here.
 * Integers are big-endian, so keys sort by them. Retired bytes stay reserved.
 *
 * One prefix byte instead of named sublevels: rows of all spaces then go through one chained batch, which took 9 µs of
 * the main thread per block where a batch of sublevel operations took 150 µs.
 */
import { concatBytes, u64, utf8 } from "../../core/bytes.ts";

export const KEY_SPACES = {
  /** name (UTF-8) -> format version, counters */
  info: 0x00,
  /** id -> signature, header bytes */
  header: 0x01,
  /** id -> height (u64), ids of the parents */
  parents: 0x02,
  /** parent id, child id -> empty */
  children: 0x03,
  /** model id, slot name, 0x00, height (u64), id -> empty: the versions of a slot */
  slots: 0x04,
  /** model id, slot name -> adopted leaves, best first: (median loss f64, id) each; the first is the head */
  heads: 0x05,
  /** id of a block without children -> empty */
  tips: 0x06,
  /** height (u64), id -> empty */
  byHeight: 0x07,
  /** candidate id -> one vote for each validator that attested it */
  votes: 0x08,
  /** id -> what the choice of heads needs to know about a version */
  versions: 0x09,
  /** received at (u64, ms), id -> empty: candidates that are not adopted */
  pending: 0x0a,
  /** id of a meta block -> empty */
  models: 0x0b,
  /** model id, kind of counter, what is counted -> counts (u32): see quotas.ts */
  quotas: 0x0c,
  /** payload root, model id -> ids of the versions with that payload */
  payloadUse: 0x0d,
} as const;

export type KeySpace = keyof typeof KEY_SPACES;

/** Slot names hold no zero byte, so one ends a name inside a key. */
const END_OF_NAME = Uint8Array.of(0);

/** A key of `space`: its byte, then `parts`. A Buffer, because a pooled one costs a third of a fresh Uint8Array. */
export function keyOf(space: KeySpace, ...parts: readonly Uint8Array[]): Buffer {
  let length = 1;
  for (const part of parts) length += part.length;
  const key = Buffer.allocUnsafe(length);
  key[0] = KEY_SPACES[space];
  let at = 1;
  for (const part of parts) {
    key.set(part, at);
    at += part.length;
  }
  return key;
}

/** The part of a key that names a slot of a model: all keys with this prefix belong to it and to no other. */
export function slotPart(model: Uint8Array, slot: string): Uint8Array {
  return concatBytes([model, utf8(slot), END_OF_NAME]);
}

export function slotVersionKey(model: Uint8Array, slot: string, height: number, id: Uint8Array): Uint8Array {
  return keyOf("slots", slotPart(model, slot), u64(height), id);
}

export function headKey(model: Uint8Array, slot: string): Uint8Array {
  return keyOf("heads", model, utf8(slot));
}

/** The smallest key above every key that begins with `prefix`, or `undefined` when there is none. */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  const end = new Uint8Array(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i] !== 0xff) {
      end[i] = (end[i] as number) + 1;
      return end.subarray(0, i + 1);
    }
  }
  return undefined;
}
