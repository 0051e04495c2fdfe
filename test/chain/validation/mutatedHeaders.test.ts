/** Row 1 of the attacks. */
import { sendMutatedHeaders } from "../../../scripts/torture/chain/mutatedHeaders.ts";
import { TEST_SEED as seed } from "../../seed.ts";

const MIB = 2 ** 20;

test("of 10,000 mutated headers none is accepted, none is our own fault, and memory is as before", async () => {
  const { problems, heapGrowthBytes, verdicts, perHeaderMs } = await sendMutatedHeaders(10_000, seed);
  console.log(
    `mutated headers (seed ${seed}): ${perHeaderMs.toFixed(2)} ms a header, ${verdicts.size} different verdicts`,
  );
  expect({ seed, problems }).toEqual({ seed, problems: [] });
  expect(heapGrowthBytes).toBeLessThan(64 * MIB);
});
