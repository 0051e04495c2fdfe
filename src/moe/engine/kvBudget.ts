/** Memory for keys and values: known from the model before anything is computed, reserved before a sequence begins. */
import { AiBlockError } from "../../core/errors.ts";
import { attentionShard, cacheDims } from "../graph/attentionShard.ts";
import type { ModelSpec } from "../model/spec.ts";

/** Bytes of one position in `layers` layers, over all shards. */
export function kvBytesPerPosition(spec: ModelSpec, layers: number, shards: number): number {
  const { key, value } = cacheDims(spec.attention);
  let heads = 0;
  for (let shard = 0; shard < shards; shard++) {
    const share = attentionShard(spec.attention, shard, shards);
    if (share !== undefined) heads += spec.attention.kind === "heads" ? share.keyValueHeads : 1;
  }
  return layers * heads * (key + value) * 4;
}

export class KvBudget {
  readonly #bytesPerPosition: number;
  readonly #budgetBytes: number;
  #reserved = 0;

  constructor(bytesPerPosition: number, budgetBytes: number) {
    this.#bytesPerPosition = bytesPerPosition;
    this.#budgetBytes = budgetBytes;
  }

  get reservedBytes(): number {
    return this.#reserved;
  }

  /** Throws `kv_budget_exceeded` when so many positions would not fit even if nothing else ran. */
  check(positions: number): void {
    const bytes = positions * this.#bytesPerPosition;
    if (bytes <= this.#budgetBytes) return;
    throw new AiBlockError(
      "kv_budget_exceeded",
      `keys and values of ${positions} positions take ${bytes} bytes, the budget is ${this.#budgetBytes}`,
      { positions, bytes, budgetBytes: this.#budgetBytes },
    );
  }

  /** Reserves room; `false` when there is none now. */
  reserve(positions: number): boolean {
    const bytes = positions * this.#bytesPerPosition;
    if (this.#reserved + bytes > this.#budgetBytes) return false;
    this.#reserved += bytes;
    return true;
  }

  release(positions: number): void {
    this.#reserved -= positions * this.#bytesPerPosition;
  }
}
