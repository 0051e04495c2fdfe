/** The chain for the API: pages of blocks, single blocks, slots, heads and counts. */
import type {
  BlockDetails,
  BlockFilter,
  BlockSummary,
  ChainService,
  Page,
  PageQuery,
  SlotDetails,
} from "../../api/services/chain.ts";
import type { Chain } from "../../chain/chain.ts";
import { excerpt, hashFromHex, isHashHex, toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { blockDetails, blockSummary } from "./blockView.ts";
import type { ChainCounts } from "./chainCounts.ts";
import { badCursor } from "./cursor.ts";
import { slotDetails } from "./slotView.ts";

/** Blocks looked at for one page: a rare filter gives a short page and a cursor instead of a long wait. */
const MAX_SCANNED = 5000;

export class NodeChainService implements ChainService {
  readonly #chain: Chain;
  readonly #counts: ChainCounts;

  constructor(chain: Chain, counts: ChainCounts) {
    this.#chain = chain;
    this.#counts = counts;
  }

  async blocks(
    filter: BlockFilter,
    { cursor, limit, newestFirst = false }: PageQuery & { readonly newestFirst?: boolean },
  ): Promise<Page<BlockSummary>> {
    const items: BlockSummary[] = [];
    if (filter.model !== undefined && !isHashHex(filter.model)) return { items, nextCursor: null };
    const after = cursor === undefined ? {} : { after: parseCursor(cursor) };
    // The chain's own filters would not tell how much they passed over.
    let scanned = 0;
    let last: BlockSummary | undefined;
    for await (const block of this.#chain.dag.blocks({ newestFirst, ...after })) {
      if (items.length === limit || scanned === MAX_SCANNED) {
        return { items, nextCursor: last === undefined ? null : cursorAt(last) };
      }
      scanned += 1;
      last = blockSummary(block);
      if (matches(last, filter)) items.push(last);
    }
    return { items, nextCursor: null };
  }

  async block(id: string): Promise<BlockDetails | undefined> {
    const block = isHashHex(id) ? this.#chain.dag.block(hashFromHex(id)) : undefined;
    return block && blockDetails(this.#chain, block);
  }

  async search(prefix: string, limit: number): Promise<readonly BlockSummary[]> {
    const ids = await this.#chain.dag.findByPrefix(prefix, limit);
    return ids.flatMap((id) => {
      const block = this.#chain.dag.block(id);
      return block === undefined ? [] : [blockSummary(block)];
    });
  }

  async slot(model: string, slot: string): Promise<SlotDetails | undefined> {
    return isHashHex(model) ? slotDetails(this.#chain, hashFromHex(model), slot) : undefined;
  }

  async heads(model: string): Promise<ReadonlyMap<string, string>> {
    if (!isHashHex(model) || !this.#chain.models.has(model)) {
      throw new AiBlockError("unknown_model", `model: expected the id of a stored meta block, got ${excerpt(model)}`, {
        parameter: "model",
      });
    }
    const heads = await this.#chain.heads(hashFromHex(model));
    return new Map([...heads].map(([slot, { id }]) => [slot, toHex(id)]));
  }

  counts(): ReturnType<ChainService["counts"]> {
    return { ...this.#counts.read(), orphans: this.#chain.orphans.size };
  }
}

function matches(block: BlockSummary, { chain, type, model, slot, author }: BlockFilter): boolean {
  if (chain !== undefined && block.chain !== chain) return false;
  if (type !== undefined && block.type !== type) return false;
  if (slot !== undefined && block.slot !== slot) return false;
  if (author !== undefined && block.author !== author) return false;
  return model === undefined || (block.model ?? block.id) === model;
}

function cursorAt({ height, id }: BlockSummary): string {
  return `${height}.${id}`;
}

/** Throws `bad_cursor`. */
function parseCursor(cursor: string): { height: number; id: Uint8Array } {
  const match = /^(0|[1-9][0-9]{0,14})\.([0-9a-f]{64})$/.exec(cursor);
  if (match === null) throw badCursor(cursor);
  return { height: Number(match[1]), id: hashFromHex(match[2] as string) };
}
