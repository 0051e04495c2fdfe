/** Row 15 of the attacks: long and wide DAGs get the right verdicts, without recursion and at the same cost. */
import { Random } from "../../../scripts/support/random.ts";
import { addLongChain, addWideLayers, withHugeDag } from "../../../scripts/torture/chain/hugeDag.ts";
import { MAX_PARENTS } from "../../../src/chain/limits.ts";

test("a chain of 100,000 is accepted to its end, and a block at its end is judged as one at its beginning", async () => {
  await withHugeDag(async (dag) => {
    const { accepted, last, perHeaderMs, slowestBatchPerHeaderMs } = await addLongChain(dag, 100_000);
    expect(accepted).toBe(100_000);
    expect(last.header.height).toBe(100_001);
    console.log(
      `long chain: ${perHeaderMs.toFixed(3)} ms a header, slowest batch ${slowestBatchPerHeaderMs.toFixed(3)} ms`,
    );
    const end = last.header.height;
    const verdicts = await dag.add([
      dag.candidate(last, "right"),
      dag.candidate(last, "too low", [], { height: end }),
      dag.candidate(last, "too high", [], { height: end + 2 }),
      dag.candidate(dag.first, "across", [last]),
      dag.candidate(dag.first, "across, as if the long branch were not there", [last], { height: 2 }),
      dag.candidate(last, "link 99999"),
      dag.candidate(last, "first"),
    ]);
    expect(verdicts.map((verdict) => ("code" in verdict ? verdict.code : verdict.kind))).toEqual([
      "accept",
      "wrong_height",
      "wrong_height",
      "accept",
      "wrong_height",
      "rollback",
      // Beyond the versions that are looked at: the quorum's measurement decides.
      "accept",
    ]);
  });
});

test("a DAG 1,000 wide, each layer tied to the one below by all the parents that are allowed, is accepted whole", async () => {
  await withHugeDag(async (dag) => {
    expect(await addWideLayers(dag, 2, 1000, MAX_PARENTS, new Random(15))).toEqual({ offered: 2000, accepted: 2000 });
  });
});
