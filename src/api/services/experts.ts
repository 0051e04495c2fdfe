/** Usage and rewards of experts. Names are slots, such as `layer0.expert1`. */

export interface ExpertUsage {
  readonly slot: string;
  readonly layer: number;
  readonly expert: number;
  /** Head of the slot now. */
  readonly block: string;
  readonly author: string;
  /** Tokens (generated and prompt) that it computed, over all versions of the slot; `versions` has each one's part. */
  readonly activations: number;
  readonly gateMass: number;
  /** Part of all gate mass of its layer, 0 to 1. */
  readonly routedShare: number;
  readonly requests: number;
  readonly loads: number;
  /** Mean time of a load, and of computing a token's share, in ms; `null` when never measured. */
  readonly loadMs: number | null;
  readonly latencyMs: number | null;
  readonly lastUsedMs: number | null;
  readonly versions: readonly {
    readonly block: string;
    readonly author: string;
    readonly activations: number;
    readonly gateMass: number;
  }[];
}

/** A reward and every number that went into it. */
export interface ExpertReward {
  readonly slot: string;
  readonly block: string;
  readonly author: string;
  /** The formula in words, and its version. */
  readonly formula: string;
  readonly formulaVersion: number;
  readonly inputs: Readonly<Record<string, number>>;
  readonly factors: { readonly usage: number; readonly speed: number; readonly quality: number };
  /** Whole micro-credits. */
  readonly amount: number;
  /** The ledger's entry, or `null` when nothing new was earned. */
  readonly entry: LedgerEntry | null;
}

export interface LedgerEntry {
  readonly number: number;
  readonly timeMs: number;
  /** Same key, same entry: nothing is paid twice. */
  readonly key: string;
  readonly account: string;
  readonly amount: number;
  readonly reason: string;
  /** Until when it is held back; `null` once it is free. */
  readonly heldUntilMs: number | null;
}

export interface AccountBalance {
  /** The author's public key. */
  readonly account: string;
  readonly confirmed: number;
  readonly pending: number;
}

export interface ExpertService {
  /** `undefined` for a slot that no served model has. */
  stats(slot: string): Promise<ExpertUsage | undefined>;
  /** By gate mass, most first. */
  top(limit: number): Promise<readonly ExpertUsage[]>;
  all(): Promise<readonly ExpertUsage[]>;
  /** Credits what the head's author has earned since the last time. Idempotent. */
  reward(slot: string): Promise<ExpertReward | undefined>;
  /** What `reward` would credit now, of every expert; pays nothing, `entry` is `null`. */
  rewards?(): Promise<readonly ExpertReward[]>;
  ledger(page: {
    cursor?: string;
    limit: number;
  }): Promise<{ items: readonly LedgerEntry[]; nextCursor: string | null }>;
  balances(limit: number): Promise<readonly AccountBalance[]>;
  /** Of one account; nothing of one without entries. */
  balance(account: string): Promise<AccountBalance>;
}
