/**
 * What a version of an expert has earned, version 1 of the formula:
 *
 *   reward = RATE × usage × speed × quality, rounded down to whole micro-credits
 *
 *   usage    gate mass of the tokens computed since the last reward: every token counts as much as the router counted on
 *            the expert for it
 *   speed    mean time a token of all experts of the layer on this node ÷ that of this version, from 0.5 to 2; 1 while
 *            one of them is not measured
 *   quality  1 + 20 × the part of the loss that the version took away, as validators measured it, at most 2: 5 % less
 *            loss doubles the reward. 1 for a version that nobody had to attest
 *
 * Everything is computed in whole numbers, so that every node gets the same amount from the same inputs.
 */

export const FORMULA_VERSION = 1;
export const FORMULA =
  "100 micro-credits × usage × speed × quality, rounded down; usage: gate mass of the tokens since the last reward; " +
  "speed: mean time a token in the layer ÷ this version's, 0.5 to 2; quality: 1 + 20 × part of the loss taken away, " +
  "at most 2, as attested";

/** Micro-credits for a gate mass of 1: one token that an expert computed alone. */
export const RATE = 100;

const THOUSAND = 1000n;
const MILLION = 1_000_000n;
const MIN_SPEED = 500n;
const MAX_SPEED = 2000n;
const MAX_QUALITY = 2000n;
const QUALITY_STEEPNESS = 20n;

/** Whole numbers of at least 0. */
export interface RewardInputs {
  /** Since the last reward. */
  readonly tokens: number;
  readonly gateMassMicro: number;
  /** Of this version, since ever: tokens whose time was measured, and that time. */
  readonly timedTokens: number;
  readonly computeMicros: number;
  /** The same of all versions of all experts of the layer. */
  readonly layerTimedTokens: number;
  readonly layerComputeMicros: number;
  /** Attested: loss of the improved version and of this one, in millionths of a nat; 0 for a first version. */
  readonly baselineLossMicro: number;
  readonly lossMicro: number;
}

export interface Reward {
  /** Whole micro-credits. */
  readonly amount: number;
  readonly factors: {
    /** Gate mass. */
    readonly usage: number;
    readonly speed: number;
    readonly quality: number;
  };
}

export function computeReward(inputs: RewardInputs): Reward {
  const speed = speedOf(inputs);
  const quality = qualityOf(inputs);
  const amount = (BigInt(RATE) * BigInt(inputs.gateMassMicro) * speed * quality) / (MILLION * THOUSAND * THOUSAND);
  return {
    amount: Number(amount),
    factors: { usage: inputs.gateMassMicro / 1e6, speed: Number(speed) / 1000, quality: Number(quality) / 1000 },
  };
}

/** In thousandths. */
function speedOf({ timedTokens, computeMicros, layerTimedTokens, layerComputeMicros }: RewardInputs): bigint {
  if (timedTokens === 0 || computeMicros === 0 || layerTimedTokens === 0 || layerComputeMicros === 0) return THOUSAND;
  const ratio =
    (THOUSAND * BigInt(layerComputeMicros) * BigInt(timedTokens)) / (BigInt(layerTimedTokens) * BigInt(computeMicros));
  return ratio < MIN_SPEED ? MIN_SPEED : ratio > MAX_SPEED ? MAX_SPEED : ratio;
}

/** In thousandths. */
function qualityOf({ baselineLossMicro, lossMicro }: RewardInputs): bigint {
  if (baselineLossMicro === 0 || lossMicro >= baselineLossMicro) return THOUSAND;
  const gain = BigInt(baselineLossMicro - lossMicro);
  const quality = THOUSAND + (QUALITY_STEEPNESS * THOUSAND * gain) / BigInt(baselineLossMicro);
  return quality > MAX_QUALITY ? MAX_QUALITY : quality;
}
