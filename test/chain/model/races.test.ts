/** Row 17 of the attacks, at the size of a change; the full number is in scripts/torture. */
import { runRaces } from "../../../scripts/torture/chain/races.ts";
import { TEST_SEED as seed } from "../../seed.ts";

test("contradictions that reach five stores in different orders end in the same heads everywhere", async () => {
  const report = await runRaces(40, 5, seed);
  expect({ seed, ...report }).toEqual({ seed, races: 40, stores: 5, identical: 40, sameStateRoots: true });
});
