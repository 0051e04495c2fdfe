/** The engine against an independent implementation, for models that no gold checkpoint shows. */
import { createEngine } from "../../../../src/moe/engine/engine.ts";
import { memorySource } from "../../../../src/moe/training/initial/memorySource.ts";
import { difference } from "../../engine/support.ts";
import { CASES } from "./cases.ts";
import { configOf, MAX_POSITIONS } from "./config.ts";
import { logitsOf } from "./reference.ts";
import { randomWeights } from "./weights.ts";

const IDS = [3, 17, 42, 8, 60, 0, 25, 31, 9, 14, 55, 2];

for (const [i, { name, settings, config }] of CASES.entries()) {
  test(`${name}: logits are those of the formulas`, async () => {
    const weights = randomWeights(settings, i + 1);
    const given = { ...configOf(settings), ...config };
    const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const expected = logitsOf(settings, weights, IDS, MAX_POSITIONS);
    const source = memorySource(present, "variant", weights);
    const engine = await createEngine({ source });
    try {
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
  });
}
