/** Usage, rewards and the ledger for the API. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Page, PageQuery } from "../../api/services/chain.ts";
import type {
  AccountBalance,
  ExpertDetails,
  ExpertReward,
  ExpertService,
  ExpertUsage,
  LedgerEntry,
  VersionPart,
} from "../../api/services/experts.ts";
import type { Ledger } from "../../chain/ledger/ledger.ts";
import type { UsageRecorder } from "../chat/usageRecorder.ts";
import { badCursor } from "./cursor.ts";
import type { ExpertIndex, ExpertVersion } from "./expertIndex.ts";
import { pageOfSlots, pageOfVersions } from "./expertPages.ts";
import type { Rewards } from "./rewards.ts";

const REWARDS_A_TURN = 256;
const DEFAULT_LIMIT = 50;

export interface ExpertServiceOptions {
  readonly index: ExpertIndex;
  readonly rewards: Rewards;
  readonly ledger: Ledger;
  readonly usage: UsageRecorder;
}

export class NodeExpertService implements ExpertService {
  readonly #options: ExpertServiceOptions;

  constructor(options: ExpertServiceOptions) {
    this.#options = options;
  }

  async stats(slot: string, page: PageQuery = { limit: DEFAULT_LIMIT }): Promise<ExpertDetails | undefined> {
    const { index } = this.#options;
    const usage = index.usage(slot);
    if (usage === undefined) return undefined;
    const { items, nextCursor } = pageOfVersions(index.versions(slot) ?? [], page);
    return { ...usage, versions: items.map(versionPart), nextCursor };
  }

  async top(limit: number): Promise<readonly ExpertUsage[]> {
    const all = this.#options.index.all();
    return all.sort((a, b) => b.gateMass - a.gateMass || (a.slot < b.slot ? -1 : 1)).slice(0, limit);
  }

  async list(page: PageQuery): Promise<Page<ExpertUsage>> {
    const { index } = this.#options;
    const { items, nextCursor } = pageOfSlots(index.slots(), page);
    return { items: items.flatMap((slot) => index.usage(slot) ?? []), nextCursor };
  }

  async reward(slot: string): Promise<ExpertReward | undefined> {
    // Times of the last answers belong to the reward.
    await this.#options.usage.collect();
    return this.#options.rewards.pay(slot);
  }

  async rewards(page: PageQuery): Promise<Page<ExpertReward>> {
    const { index, rewards } = this.#options;
    const { items, nextCursor } = pageOfSlots(index.slots(), page);
    const found: ExpertReward[] = [];
    for (const [i, slot] of items.entries()) {
      const reward = rewards.preview(slot);
      if (reward !== undefined) found.push(reward);
      // A page may have a thousand: others get a turn of the event loop in between.
      if (i % REWARDS_A_TURN === REWARDS_A_TURN - 1) await nextTurn();
    }
    return { items: found, nextCursor };
  }

  async ledger({ cursor, limit }: PageQuery): Promise<Page<LedgerEntry>> {
    const before = cursor === undefined ? undefined : parseCursor(cursor);
    // One more tells whether there is another page.
    const entries = await this.#options.ledger.entries(limit + 1, before);
    const items = entries.slice(0, limit);
    return { items, nextCursor: entries.length > limit ? String(items.at(-1)?.number) : null };
  }

  async balances(limit: number): Promise<readonly AccountBalance[]> {
    return this.#options.ledger.richest(limit);
  }

  async balance(account: string): Promise<AccountBalance> {
    return { account, ...(await this.#options.ledger.balance(account)) };
  }
}

/** Throws `bad_cursor`. */
function parseCursor(cursor: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(cursor)) return Number(cursor);
  throw badCursor(cursor);
}

function versionPart({ block, author, usage }: ExpertVersion): VersionPart {
  return { block, author, activations: usage.tokens, gateMass: usage.gateMassMicro / 1e6 };
}
