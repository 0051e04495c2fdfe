/** Usage and rewards of experts. Names are slots, such as `layer0.expert1`. */
import type { Page, PageQuery } from "./chain.ts";

export interface ExpertUsage {
  readonly slot: string;
  readonly layer: number;
  readonly expert: number;
  /** Head of the slot now. */
  readonly block: string;
  readonly author: string;
  /** Tokens (generated and prompt) that it computed, over all versions of the slot. */
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
  /** The head, and others with usage. */
  readonly versionCount: number;
}

/** The part of one version in an expert's usage. */
export interface VersionPart {
  readonly block: string;
  readonly author: string;
  readonly activations: number;
  readonly gateMass: number;
}

/** An expert with a page of its versions, in the order of their ids. */
export interface ExpertDetails extends ExpertUsage {
  readonly versions: readonly VersionPart[];
  readonly nextCursor: string | null;
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
  /** `undefined` for a slot that no served model has. `page` is one of its versions, by default of 50. Throws `bad_cursor`. */
  stats(slot: string, page?: PageQuery): Promise<ExpertDetails | undefined>;
  /** By gate mass, most first. */
  top(limit: number): Promise<readonly ExpertUsage[]>;
  /** By layer and number. Throws `bad_cursor`. */
  list(page: PageQuery): Promise<Page<ExpertUsage>>;
  /** Credits what the head's author has earned since the last time. Idempotent. */
  reward(slot: string): Promise<ExpertReward | undefined>;
  /** What `reward` would credit now, by layer and number; pays nothing, `entry` is `null`. Throws `bad_cursor`. */
  rewards?(page: PageQuery): Promise<Page<ExpertReward>>;
  /** Newest first. Throws `bad_cursor`. */
  ledger(page: PageQuery): Promise<Page<LedgerEntry>>;
  balances(limit: number): Promise<readonly AccountBalance[]>;
  /** Of one account; nothing of one without entries. */
  balance(account: string): Promise<AccountBalance>;
}
