/** Row 53 of the attacks, at the size of a change; 1,000 cycles are in scripts/torture. */
import { killCycles } from "../../scripts/torture/chain/kill/killCycles.ts";
import { TEST_SEED as seed } from "../seed.ts";

test("after 50 kills nothing acknowledged is lost, nothing is half there, and the store opens at once", async () => {
  const { cycles, problems, kept, openMs, kills } = await killCycles(50, seed);
  console.log(
    `kill harness (seed ${seed}): opens in ${openMs[25]?.toFixed(0)} ms (median), ${openMs.at(-1)?.toFixed(0)} ms (most);`,
    [...kills].map(([point, count]) => `${count} at ${point}`).join(", "),
  );
  expect({ seed, cycles, problems, kept }).toEqual({ seed, cycles: 50, problems: [] });
});
