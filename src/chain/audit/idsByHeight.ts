/** Ids sorted by height, packed: 40 bytes for a block, so that a chain of many millions can be put in order. */
import { HASH_BYTES } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";

export interface PackedIds {
  readonly count: number;
  slice(from: number, to: number): Uint8Array[];
}

/** Ascending height, then ascending id. */
export async function idsByHeight(blocks: AsyncIterable<Block>, signal?: AbortSignal): Promise<PackedIds> {
  let capacity = 1024;
  let ids = new Uint8Array(capacity * HASH_BYTES);
  let heights = new Float64Array(capacity);
  let count = 0;
  for await (const { id, header } of blocks) {
    signal?.throwIfAborted();
    if (count === capacity) {
      capacity *= 2;
      const [oldIds, oldHeights] = [ids, heights];
      ids = new Uint8Array(capacity * HASH_BYTES);
      ids.set(oldIds);
      heights = new Float64Array(capacity);
      heights.set(oldHeights);
    }
    ids.set(id, count * HASH_BYTES);
    heights[count] = header.height;
    count += 1;
  }
  // Blocks come in the order of their ids, and the sort is stable only by index: the position breaks ties.
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  order.sort((a, b) => (heights[a] as number) - (heights[b] as number) || a - b);
  return {
    count,
    slice: (from, to) =>
      Array.from(order.subarray(from, to), (at) => ids.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
  };
}
