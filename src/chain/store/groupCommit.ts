/**
 * Group commit: items come one by one and are made into rows together, in the order in which they came. What several of
 * them change is then read, encoded and written once, not once for each.
 *
 * Invariant: an item's promise resolves when the rows of its group are on disk; one that is refused leaves no trace, and
 * those beside it are stored.
 */
import type { SerialStore } from "./serialStore.ts";
import type { Transaction } from "./transaction.ts";

const MAX_GROUP = 1024;

/** What became of an item: its result, or the error that it is refused with. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

export interface GroupCommitOptions<Item, Result> {
  /** Puts the rows of `items`; one outcome for each. What is thrown here refuses all of them, and nothing is stored. */
  readonly make: (rows: Transaction, items: readonly Item[]) => readonly Outcome<Result>[];
  /** Is called when the rows of a group are on disk, before anybody hears of it and before the next group is made. */
  readonly onStored?: () => void;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Item, Result> {
  readonly #store: SerialStore;
  readonly #options: GroupCommitOptions<Item, Result>;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #running: Promise<void> | undefined;

  constructor(store: SerialStore, options: GroupCommitOptions<Item, Result>) {
    this.#store = store;
    this.#options = options;
  }

  /** Throws what `make` refuses the item with, and as `SerialStore.apply`. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#storeGroup();
    this.#running = undefined;
  }

  async #storeGroup(): Promise<void> {
    let group: Waiting<Item, Result>[] = [];
    try {
      const outcomes = await this.#store.apply((rows) => {
        group = this.#waiting.splice(0, MAX_GROUP);
        return this.#options.make(
          rows,
          group.map(({ item }) => item),
        );
      });
      this.#options.onStored?.();
      for (const [i, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[i] as Outcome<Result>;
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.result);
      }
    } catch (error) {
      // The store takes no changes now: nobody who waits gets his.
      if (group.length === 0) group = this.#waiting.splice(0);
      for (const { reject } of group) reject(error);
    }
  }
}

/** The outcome of `make`. */
export function outcomeOf<Result>(make: () => Result): Outcome<Result> {
  try {
    return { result: make() };
  } catch (error) {
    return { error };
  }
}
