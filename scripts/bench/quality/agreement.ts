/** How far a model's answers are from the exact ones, position by position. */
import { logSumExp } from "../../../src/moe/sampling/logprobs.ts";
import type { BenchRow } from "../report.ts";

/** Below it the exact model itself hardly prefers its token, in logits. */
export const MARGIN = 0.05;

export interface Position {
  readonly logits: Float32Array;
  /** The experts of all layers, in a form that can be compared. */
  readonly experts: string;
}

interface Sum {
  positions: number;
  divergence: number;
  /** Where the exact model was sure, and of those where the other one chose the same token. */
  sure: number;
  kept: number;
}

const emptySum = (): Sum => ({ positions: 0, divergence: 0, sure: 0, kept: 0 });

export class Agreement {
  readonly #all = emptySum();
  /** At positions where every router chose the same experts. */
  readonly #sameExperts = emptySum();

  add(exact: readonly Position[], other: readonly Position[]): void {
    for (const [i, position] of exact.entries()) {
      const changed = other[i] as Position;
      const one = compare(position.logits, changed.logits);
      addTo(this.#all, one);
      if (position.experts === changed.experts) addTo(this.#sameExperts, one);
    }
  }

  join(other: Agreement): void {
    addTo(this.#all, other.#all);
    addTo(this.#sameExperts, other.#sameExperts);
  }

  /** @param aim of the share of tokens kept */
  rows(label: string, aim?: string): BenchRow[] {
    const { positions } = this.#all;
    if (positions === 0) return [];
    const rows: BenchRow[] = [];
    for (const [where, sum] of [
      ["", this.#all],
      [", same experts", this.#sameExperts],
    ] as const) {
      if (where !== "") {
        rows.push({ name: `${label}: positions${where}`, value: (100 * sum.positions) / positions, unit: "%" });
      }
      if (sum.positions === 0) continue;
      rows.push({ name: `${label}: mean KL to f32${where}`, value: sum.divergence / sum.positions, unit: "nats" });
      if (sum.sure === 0) continue;
      const kept = { name: `${label}: tokens kept${where}`, value: (100 * sum.kept) / sum.sure, unit: "%" };
      rows.push(where === "" && aim !== undefined ? { ...kept, aim } : kept);
    }
    return rows;
  }
}

function addTo(to: Sum, from: Sum): void {
  to.positions += from.positions;
  to.divergence += from.divergence;
  to.sure += from.sure;
  to.kept += from.kept;
}

function compare(exact: Float32Array, other: Float32Array): Sum {
  const [exactSum, otherSum] = [logSumExp(exact), logSumExp(other)];
  let divergence = 0;
  let best = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  let otherBest = Number.NEGATIVE_INFINITY;
  let token = -1;
  let otherToken = -1;
  for (let id = 0; id < exact.length; id++) {
    const [a, b] = [exact[id] as number, other[id] as number];
    divergence += Math.exp(a - exactSum) * (a - exactSum - (b - otherSum));
    if (a > best) [second, best, token] = [best, a, id];
    else if (a > second) second = a;
    if (b > otherBest) [otherBest, otherToken] = [b, id];
  }
  const sure = best - second > MARGIN;
  return { positions: 1, divergence, sure: sure ? 1 : 0, kept: sure && token === otherToken ? 1 : 0 };
}
