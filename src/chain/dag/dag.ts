/**
 * The DAG as a reader sees it: blocks by id, by height, by their parents and children. All walks are iterative, and all
 * lists are bounded or generated; nothing depends on the size of the chain.
 *
 * Heights are generation numbers (1 + the highest parent's), so ascending height is a topological order.
 */
import { HASH_BYTES, toHex, u64 } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { Block } from "../block/block.ts";
import { decodeParentsRow, idOfKey, readBlock } from "../store/blockRows.ts";
import type { Database } from "../store/database.ts";
import { keyOf, slotPart } from "../store/keySpaces.ts";

export interface BlockFilter {
  readonly chain?: "A" | "B";
  readonly model?: Uint8Array;
  readonly slot?: string;
  readonly type?: string;
  /** Inclusive. */
  readonly fromHeight?: number;
  /** Inclusive. */
  readonly toHeight?: number;
  /** Go on behind this block of an earlier answer in the same order. */
  readonly after?: { readonly height: number; readonly id: Uint8Array };
  /** Highest first; default lowest first. */
  readonly newestFirst?: boolean;
}

const SHORTEST_PREFIX = 4;

export class Dag {
  readonly #database: () => Database;

  /** `database` gives the one that is open now: it is another one after a failed write. */
  constructor(database: () => Database) {
    this.#database = database;
  }

  /** Throws `block_corrupt` or `row_corrupt` rather than give a block with another id. */
  block(id: Uint8Array): Block | undefined {
    return readBlock(this.#database(), id);
  }

  has(id: Uint8Array): boolean {
    return this.#database().get(keyOf("header", id)) !== undefined;
  }

  parents(id: Uint8Array): readonly Uint8Array[] {
    const row = this.#database().get(keyOf("parents", id));
    return row === undefined ? [] : decodeParentsRow(row).parents;
  }

  /** Ids of the blocks that name `id` as a parent, ascending. */
  async *children(id: Uint8Array): AsyncGenerator<Uint8Array> {
    for await (const [key] of this.#database().scan(keyOf("children", id))) yield idOfKey(key);
  }

  /** Ids of the blocks without children, ascending. */
  async *tips(): AsyncGenerator<Uint8Array> {
    for await (const [key] of this.#database().scan(keyOf("tips"))) yield idOfKey(key);
  }

  /** Blocks in topological order (or its reverse), then by id. */
  async *blocks(filter: BlockFilter = {}): AsyncGenerator<Block> {
    const { after, fromHeight = 0, toHeight = Number.MAX_SAFE_INTEGER, newestFirst = false } = filter;
    const start = after ?? startOf(newestFirst, fromHeight, toHeight);
    const options = { reverse: newestFirst, ...(start && { after: keyOf("byHeight", u64(start.height), start.id) }) };
    for await (const [key] of this.#database().scan(keyOf("byHeight"), options)) {
      const block = this.block(idOfKey(key));
      if (block === undefined) continue;
      const { height } = block.header;
      if (newestFirst ? height < fromHeight : height > toHeight) return;
      if (matches(block, filter)) yield block;
    }
  }

  /** Ids of the versions of a slot, first versions first. */
  async *versions(model: Uint8Array, slot: string): AsyncGenerator<Uint8Array> {
    for await (const [key] of this.#database().scan(keyOf("slots", slotPart(model, slot)))) yield idOfKey(key);
  }

  /**
   * Ids that begin with the hex digits `prefix`, at most `limit`. Throws `bad_prefix` for other characters and for
   * fewer than 4 digits.
   */
  async findByPrefix(prefix: string, limit = 10): Promise<Uint8Array[]> {
    if (!/^[0-9a-f]+$/.test(prefix) || prefix.length < SHORTEST_PREFIX || prefix.length > 2 * HASH_BYTES) {
      throw new AiBlockError(
        "bad_prefix",
        `hash: expected ${SHORTEST_PREFIX} to ${2 * HASH_BYTES} lower-case hex digits, got "${prefix.slice(0, 80)}"`,
      );
    }
    const whole = new Uint8Array(Buffer.from(prefix.slice(0, prefix.length & ~1), "hex"));
    const found: Uint8Array[] = [];
    for await (const [key] of this.#database().scan(keyOf("header", whole))) {
      const id = idOfKey(key);
      const idHex = toHex(id);
      if (idHex.startsWith(prefix)) found.push(id);
      if (found.length === limit || idHex.slice(0, prefix.length) > prefix) break;
    }
    return found;
  }
}

/** The position just outside the wanted heights, from which a scan in that direction starts. */
function startOf(newestFirst: boolean, fromHeight: number, toHeight: number) {
  if (newestFirst) {
    return toHeight === Number.MAX_SAFE_INTEGER ? undefined : { height: toHeight + 1, id: new Uint8Array(0) };
  }
  return fromHeight === 0 ? undefined : { height: fromHeight - 1, id: new Uint8Array(HASH_BYTES).fill(0xff) };
}

function matches({ header, id }: Block, { chain, model, slot, type }: BlockFilter): boolean {
  if (chain !== undefined && header.chain !== chain) return false;
  if (slot !== undefined && header.slot !== slot) return false;
  if (type !== undefined && header.type !== type) return false;
  return model === undefined || Buffer.compare(header.model ?? id, model) === 0;
}
