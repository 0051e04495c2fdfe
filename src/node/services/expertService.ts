/** Usage, rewards and the ledger for the API. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AccountBalance, ExpertReward, ExpertService, ExpertUsage } from "../../api/services/experts.ts";
import type { Ledger } from "../../chain/ledger/ledger.ts";
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { UsageRecorder } from "../chat/usageRecorder.ts";
import type { ExpertIndex } from "./expertIndex.ts";
import type { Rewards } from "./rewards.ts";

const REWARDS_A_TURN = 256;

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

  async stats(slot: string): Promise<ExpertUsage | undefined> {
    return this.#options.index.usage(slot);
  }

  async top(limit: number): Promise<readonly ExpertUsage[]> {
    const all = this.#options.index.all();
    return all.sort((a, b) => b.gateMass - a.gateMass || (a.slot < b.slot ? -1 : 1)).slice(0, limit);
  }

  async all(): Promise<readonly ExpertUsage[]> {
    return this.#options.index.all();
  }

  async reward(slot: string): Promise<ExpertReward | undefined> {
    // Times of the last answers belong to the reward.
    await this.#options.usage.collect();
    return this.#options.rewards.pay(slot);
  }

  async rewards(): Promise<readonly ExpertReward[]> {
    const { index, rewards } = this.#options;
    const found: ExpertReward[] = [];
    for (const [i, slot] of index.slots().entries()) {
      const reward = rewards.preview(slot);
      if (reward !== undefined) found.push(reward);
      // A model has thousands of experts: others get a turn of the event loop in between.
      if (i % REWARDS_A_TURN === REWARDS_A_TURN - 1) await nextTurn();
    }
    return found;
  }

  async ledger({ cursor, limit }: { cursor?: string; limit: number }) {
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
  throw new AiBlockError("bad_cursor", `cursor: expected one of this list, got ${excerpt(cursor)}`, {
    parameter: "cursor",
  });
}
