/**
 * Rewards of experts' versions: computed from usage and attestations, and paid into the ledger.
 *
 * How much of a version's usage is paid for stands in a mark of the ledger that moves in the same batch as the payment;
 * the payment's key names the mark's old place. So nothing is paid twice, and nothing is lost by a crash in between.
 */
import type { ExpertReward, LedgerEntry } from "../../api/services/experts.ts";
import type { Chain } from "../../chain/chain.ts";
import type { Ledger } from "../../chain/ledger/ledger.ts";
import { computeReward, FORMULA, FORMULA_VERSION, type RewardInputs } from "../../chain/ledger/rewardFormula.ts";
import { readVersionState } from "../../chain/model/versionState.ts";
import { concatBytes, hashFromHex, readU64, u64 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import type { ExpertIndex, ExpertVersion } from "./expertIndex.ts";

/** Rewards can be spent a day after they were earned. */
export const REWARD_HOLD_MS = 24 * 3_600_000;

interface Paid {
  readonly tokens: number;
  readonly gateMassMicro: number;
}

const NOTHING: Paid = { tokens: 0, gateMassMicro: 0 };

export interface RewardsOptions {
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly index: ExpertIndex;
  readonly clock: Clock;
}

export class Rewards {
  readonly #options: RewardsOptions;
  /** One payment after the other: two at once would compute from the same mark. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RewardsOptions) {
    this.#options = options;
  }

  /**
   * Pays what all versions of the expert have earned; gives the head's. `undefined` when there is no such expert.
   * Throws `disk_full`, `store_unavailable`.
   */
  pay(slot: string): Promise<ExpertReward | undefined> {
    const turn = this.#turn.then(async () => {
      const versions = this.#options.index.versions(slot);
      if (versions === undefined) return undefined;
      const rewards: ExpertReward[] = [];
      for (const version of versions) rewards.push(await this.#payVersion(slot, version));
      return rewards[0];
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** What `pay` would give now; nothing is paid. */
  preview(slot: string): ExpertReward | undefined {
    const head = this.#options.index.head(slot);
    return head && this.#compute(slot, head).reward;
  }

  async #payVersion(slot: string, version: ExpertVersion): Promise<ExpertReward> {
    const { ledger, clock } = this.#options;
    const { reward, paid, mark } = this.#compute(slot, version);
    // Less than a micro-credit waits until it has become one.
    if (reward.amount === 0) return reward;
    const { tokens, gateMassMicro } = version.usage;
    const entry: LedgerEntry = await ledger.post({
      key: `reward/${FORMULA_VERSION}/${version.block}/${paid.gateMassMicro}`,
      account: version.author,
      amount: reward.amount,
      reason: `reward of ${slot}, version ${version.block.slice(0, 16)}: ${tokens - paid.tokens} tokens`,
      heldUntilMs: clock.nowMs() + REWARD_HOLD_MS,
      mark: { name: markName(version), from: mark, to: concatBytes([u64(tokens), u64(gateMassMicro)]) },
    });
    return { ...reward, entry };
  }

  #compute(
    slot: string,
    { block, author, usage }: ExpertVersion,
  ): { reward: ExpertReward; paid: Paid; mark: Uint8Array | undefined } {
    const { ledger, index } = this.#options;
    const mark = ledger.mark(markName({ block }));
    const paid = mark === undefined ? NOTHING : { tokens: readU64(mark), gateMassMicro: readU64(mark, 8) };
    const layer = index.layerUsage(slot);
    const inputs: RewardInputs = {
      tokens: Math.max(0, usage.tokens - paid.tokens),
      gateMassMicro: Math.max(0, usage.gateMassMicro - paid.gateMassMicro),
      timedTokens: usage.timedTokens,
      computeMicros: usage.computeMicros,
      layerTimedTokens: layer.timedTokens,
      layerComputeMicros: layer.computeMicros,
      ...this.#attested(block),
    };
    const { amount, factors } = computeReward(inputs);
    const common = { slot, block, author, formula: FORMULA, formulaVersion: FORMULA_VERSION };
    return { reward: { ...common, inputs: { ...inputs }, factors, amount, entry: null }, paid, mark };
  }

  /** The medians of what validators measured; claims of the author count for nothing. */
  #attested(block: string): Pick<RewardInputs, "baselineLossMicro" | "lossMicro"> {
    const { chain } = this.#options;
    const state = readVersionState(chain.rows, hashFromHex(block));
    if (state === undefined || state.medianLoss === null) return { baselineLossMicro: 0, lossMicro: 0 };
    const baselines = state.votes
      .flatMap(({ attestations }) => attestations.slice(0, 1).filter(({ loss }) => Number.isFinite(loss)))
      .flatMap(({ id }) => chain.dag.block(id)?.header.claims?.baselineLoss ?? [])
      .sort((a, b) => a - b);
    return { baselineLossMicro: micro(median(baselines)), lossMicro: micro(state.medianLoss) };
  }
}

function markName({ block }: { readonly block: string }): string {
  return `reward/${block}`;
}

/** Of two in the middle the lower one. */
function median(sorted: readonly number[]): number {
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}

function micro(loss: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(loss * 1e6)));
}
