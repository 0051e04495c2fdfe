/**
 * State root: one hash that names a version of every slot of a model. An answer says on which state root it was
 * computed, so it can be checked later against exactly those blocks.
 *
 * Defined as SHA-256 of the canonical msgpack of ["ai-block/state/1", model id, [[slot, head id]…]], slots ascending.
 */
import { encodeCanonical } from "../../core/codec.ts";
import { sha256 } from "../../core/hash.ts";

const STATE_TAG = "ai-block/state/1";

/** 32 bytes. `heads`: slot name to the id of its head, in any order. */
export function stateRootOf(model: Uint8Array, heads: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const sorted = [...heads].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sha256(encodeCanonical([STATE_TAG, model, sorted.map(([slot, id]) => [slot, id])]));
}
