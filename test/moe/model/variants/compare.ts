/** The engine against an independent implementation, for one model with random weights. */
import { createEngine } from "../../../../src/moe/engine/engine.ts";
import { memorySource } from "../../../../src/moe/training/initial/memorySource.ts";
import { difference, greedy } from "../../engine/support.ts";
import type { Case } from "./cases.ts";
import { configOf, MAX_POSITIONS } from "./config.ts";
import { logitsOf } from "./reference.ts";
import { randomWeights, type Weights } from "./weights.ts";

const IDS = [3, 17, 42, 8, 50, 0, 25, 31, 9, 14, 55, 2];
const NEW_TOKENS = 5;

/** The logits of a prompt, and that each further token is the best one, by both. */
export async function compare(
  { settings, config }: Case,
  seed: number,
  stored: (weights: Weights) => Weights,
): Promise<void> {
  const weights = randomWeights(settings, seed);
  const given = Object.entries({ ...configOf(settings), ...config }).filter(([, value]) => value !== undefined);
  const source = memorySource(Object.fromEntries(given), "variant", stored(weights));
  const engine = await createEngine({ source });
  try {
    const tokens = await greedy(engine, IDS, NEW_TOKENS);
    const expected = logitsOf(settings, weights, [...IDS, ...tokens], MAX_POSITIONS);
    for (const [i, token] of tokens.entries()) {
      const logits = expected[IDS.length - 1 + i] as number[];
      expect(Math.max(...logits) - (logits[token] as number)).toBeLessThan(1e-4);
    }
    expect(tokens.length).toBe(NEW_TOKENS);
    let row = 0;
    for await (const event of engine.generate({ ids: IDS, maxTokens: 0, trace: true })) {
      if (event.type !== "trace") continue;
      expect(difference(event.logits as Float32Array, expected[row] as number[])).toBeLessThan(1e-4);
      row++;
    }
    expect(row).toBe(IDS.length);
  } finally {
    await engine.close();
    await source.close();
  }
}
