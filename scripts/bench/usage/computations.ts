/** How many scores and rewards can be computed a second. */
import { computeReward, type RewardInputs } from "../../../src/chain/ledger/rewardFormula.ts";
import { Random } from "../../support/random.ts";
import type { BenchRow } from "../report.ts";
import type { Usage } from "./setup.ts";

const SECONDS = 1;
const AIM = "at least 10,000";

export function computations({ rewards, experts, slots }: Usage): BenchRow[] {
  const inputs = randomInputs(1024);
  let checksum = 0;
  const rows = [
    perSecond("reward by the formula", (i) => {
      checksum += computeReward(inputs[i % inputs.length]!).amount;
    }),
    perSecond("reward of an expert, from what is counted and attested", (i) => {
      checksum += rewards.preview(slots[i % slots.length]!)?.amount ?? 0;
    }),
    perSecond("score of an expert: its part of its layer", (i) => {
      void experts.stats(slots[i % slots.length]!);
    }),
  ];
  // Something has to depend on what was computed, or it might not be.
  if (!Number.isSafeInteger(checksum)) throw new Error("expected whole micro-credits");
  return rows;
}

function perSecond(name: string, compute: (i: number) => void): BenchRow {
  for (let i = 0; i < 2000; i++) compute(i);
  let count = 0;
  const began = performance.now();
  while (performance.now() - began < SECONDS * 1000) for (let i = 0; i < 100; i++) compute(count++);
  return { name, value: (count * 1000) / (performance.now() - began), unit: "per s", aim: AIM };
}

function randomInputs(count: number): RewardInputs[] {
  const random = new Random(11);
  const upTo = (most: number): number => Math.floor(random.next() * most);
  return Array.from({ length: count }, () => ({
    tokens: upTo(1e6),
    gateMassMicro: upTo(1e12),
    timedTokens: upTo(1e6),
    computeMicros: upTo(1e9),
    layerTimedTokens: upTo(1e8),
    layerComputeMicros: upTo(1e11),
    baselineLossMicro: upTo(5e6),
    lossMicro: upTo(5e6),
  }));
}
