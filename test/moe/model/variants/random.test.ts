/** What `variants.test.ts` checks for chosen models, for random ones. */
import fc from "fast-check";
import { compare } from "./compare.ts";
import { fused } from "./fused.ts";
import { randomCase } from "./randomCase.ts";

test("models of any shape, in old and new keys, whole or in stacks: logits are those of the formulas", async () => {
  await fc.assert(
    fc.asyncProperty(randomCase, fc.boolean(), fc.integer({ min: 1, max: 1000 }), (one, stacks, seed) =>
      compare(one, seed, (weights) => (stacks ? fused(one.settings.type, weights) : weights)),
    ),
    { numRuns: 24 },
  );
}, 60_000);
