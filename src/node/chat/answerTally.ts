/** What the experts did for one answer: for the one who asked, and for the usage store. */
import type { ExpertShare } from "../../api/services/chat.ts";
import type { UsageCounts } from "../../chain/usage/usageCounts.ts";
import { slotName } from "../../core/slot.ts";
import type { LayerRouting, PromptWork } from "../../moe/engine/engine.ts";
import type { HeadVersion, ServedState } from "../model/servedState.ts";

interface Sum {
  readonly layer: number;
  readonly expert: number;
  tokens: number;
  gateMass: number;
  promptTokens: number;
  promptMass: number;
}

const MILLION = 1_000_000;

export class AnswerTally {
  readonly #state: ServedState;
  readonly #sums = new Map<string, Sum>();

  constructor(state: ServedState) {
    this.#state = state;
  }

  addPrompt({ experts }: PromptWork): void {
    for (const { layer, expert, tokens, gateMass } of experts) {
      const sum = this.#sum(layer, expert);
      sum.promptTokens += tokens;
      sum.promptMass += gateMass;
    }
  }

  addToken(routing: readonly LayerRouting[]): void {
    for (const { layer, experts, weights } of routing) {
      for (const [i, expert] of experts.entries()) {
        const sum = this.#sum(layer, expert);
        sum.tokens += 1;
        sum.gateMass += weights[i] as number;
      }
    }
  }

  /** Of the generated tokens, by layer and expert. */
  shares(): ExpertShare[] {
    const ofLayer = new Map<number, number>();
    const used = [...this.#sums].filter(([, { tokens }]) => tokens > 0);
    for (const [, { layer, gateMass }] of used) ofLayer.set(layer, (ofLayer.get(layer) ?? 0) + gateMass);
    return used
      .map(([slot, { layer, expert, tokens, gateMass }]) => {
        const { block, author } = this.#state.heads.get(slot) as HeadVersion;
        const whole = ofLayer.get(layer) as number;
        return { slot, layer, expert, block, author, tokens, gateMass, share: whole > 0 ? gateMass / whole : 0 };
      })
      .sort((a, b) => a.layer - b.layer || a.expert - b.expert);
  }

  /** Prompt and answer together, by the version's block. */
  usage(): Map<string, Partial<UsageCounts>> {
    return new Map(
      [...this.#sums].map(([slot, sum]) => {
        const { block } = this.#state.heads.get(slot) as HeadVersion;
        return [
          block,
          {
            tokens: sum.tokens + sum.promptTokens,
            answerTokens: sum.tokens,
            gateMassMicro: Math.max(0, Math.round((sum.gateMass + sum.promptMass) * MILLION)),
            requests: 1,
          },
        ];
      }),
    );
  }

  #sum(layer: number, expert: number): Sum {
    const slot = slotName({ kind: "expert", layer, expert });
    let sum = this.#sums.get(slot);
    if (sum === undefined) {
      sum = { layer, expert, tokens: 0, gateMass: 0, promptTokens: 0, promptMass: 0 };
      this.#sums.set(slot, sum);
    }
    return sum;
  }
}
