/** A block of the chain in the API's form, and whether a filter lets it through. */
import type { BlockFilter, BlockSummary } from "../../../../src/api/services/chain.ts";
import type { Block } from "../../../../src/chain/block/block.ts";
import { toHex } from "../../../../src/core/bytes.ts";

/** As the API shows it. */
export function summaryOf({ idHex, header }: Block): BlockSummary {
  const { claims, payload } = header;
  return {
    id: idHex,
    chain: header.chain,
    type: header.type,
    model: header.model === null ? null : toHex(header.model),
    slot: header.slot,
    parents: header.parents.map(toHex),
    height: header.height,
    payload: payload === null ? null : { root: toHex(payload.root), bytes: payload.bytes, format: payload.format },
    claims:
      claims === null ? null : { ...claims, evaluation: toHex(claims.evaluation), stateRoot: toHex(claims.stateRoot) },
    author: toHex(header.author),
    timeMs: header.timeMs,
  };
}

export function matches({ header }: Block, filter: BlockFilter): boolean {
  return (
    (filter.chain === undefined || header.chain === filter.chain) &&
    (filter.type === undefined || header.type === filter.type) &&
    (filter.slot === undefined || header.slot === filter.slot) &&
    (filter.model === undefined || (header.model !== null && toHex(header.model) === filter.model)) &&
    (filter.author === undefined || toHex(header.author) === filter.author)
  );
}
