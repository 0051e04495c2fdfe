/** Training data of four workers: sequences in which mostly one token decides the next. */
import { RandomSource } from "../../../../src/moe/training/random.ts";

export const SHARDS = 4;
const SEQUENCES = 4;
const LENGTH = 24;
const TOKENS = 12;
const FIRST_TOKEN = 8;

/**
 * `alike`: all shards have the same tokens and successors. `different`: each has tokens and successors of its own, so
 * nothing that one worker learns is in the data of another.
 */
export function shards(kind: "alike" | "different"): number[][][] {
  return Array.from({ length: SHARDS }, (_, shard) => {
    const random = new RandomSource(3, `shard ${shard}`);
    const own = kind === "different" ? shard : 0;
    const successors = new RandomSource(7, `successors ${own}`).permutation(TOKENS);
    return Array.from({ length: SEQUENCES }, () => {
      let token = random.below(TOKENS);
      return Array.from({ length: LENGTH }, () => {
        const emitted = FIRST_TOKEN + own * TOKENS + token;
        token = random.next() < 0.9 ? (successors[token] as number) : random.below(TOKENS);
        return emitted;
      });
    });
  });
}
