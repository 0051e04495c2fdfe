/**
 * How many blocks of each type and how many tips the chain has. Counted by reading once, in the background; afterwards
 * stored blocks are added as they come, and tips are counted again a little later.
 */
import type { Block } from "../../chain/block/block.ts";
import type { Chain } from "../../chain/chain.ts";

const TIPS_DELAY_MS = 1000;
/** The event loop gets a turn after so many blocks. */
const BLOCKS_AT_ONCE = 500;

export class ChainCounts {
  readonly #chain: Chain;
  #blocks = new Map<string, number>();
  #tips = 0;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  read(): { readonly blocks: Readonly<Record<string, number>>; readonly tips: number } {
    return { blocks: Object.fromEntries(this.#blocks), tips: this.#tips };
  }

  /** Counts everything. Resolves when done; never rejects. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const counted = new Map<string, number>();
      let seen = 0;
      // What is stored meanwhile is counted by the walk or added to the old counts; the walk wins.
      for await (const { header } of this.#chain.dag.blocks()) {
        if (this.#closed) return;
        counted.set(header.type, (counted.get(header.type) ?? 0) + 1);
        if (++seen % BLOCKS_AT_ONCE === 0) await new Promise(setImmediate);
      }
      this.#blocks = counted;
      await this.#countTips();
    });
  }

  onStored(blocks: readonly Block[]): void {
    for (const { header } of blocks) this.#blocks.set(header.type, (this.#blocks.get(header.type) ?? 0) + 1);
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#inTurn(() => this.#countTips());
    }, TIPS_DELAY_MS);
    this.#timer.unref();
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  async #countTips(): Promise<void> {
    let tips = 0;
    for await (const _tip of this.#chain.dag.tips()) {
      if (this.#closed) return;
      tips += 1;
    }
    this.#tips = tips;
  }

  /** A database that is being opened again fails a walk; the next one counts. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch(() => undefined);
    return this.#work;
  }
}
