/** Row 1 of the attacks: mutated headers. None is accepted, nothing is kept, and honest blocks still pass. */
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import type { Signer } from "../../../src/core/ed25519.ts";
import { liveBytes } from "../../support/memory.ts";
import { Random } from "../../support/random.ts";
import { SampleModel } from "../../support/sampleModel.ts";
import { withChain } from "../../support/withChain.ts";
import { mutate } from "./mutate.ts";

export interface MutationReport {
  readonly sent: number;
  /** By verdict: kind and code. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** What was accepted, or answered with an internal error, in words. */
  readonly problems: readonly string[];
  readonly heapGrowthBytes: number;
  readonly perHeaderMs: number;
}

const BATCH = 500;

export function sendMutatedHeaders(count: number, seed: number): Promise<MutationReport> {
  return withChain(async (chain) => {
    const random = new Random(seed);
    const model = new SampleModel();
    await model.publish(chain);
    const first = model.firstVersion("head");
    const candidate = model.candidate(first);
    const vote = model.attestation(candidate, 0);
    // Of each kind one block that is stored and one that is not: the mutants of both must fail for their own fault.
    const originals: (readonly [Block, Signer])[] = [
      [model.meta, model.publisher],
      [first, model.publisher],
      [model.firstVersion("embedding"), model.publisher],
      [candidate, model.miner],
      [model.candidate(first, { payload: "another" }), model.miner],
      [vote, model.validators[0] as Signer],
      [model.attestation(candidate, 1), model.validators[1] as Signer],
    ];
    await chain.add([first, candidate, vote].map(sealBlock));
    const verdicts = new Map<string, number>();
    const problems: string[] = [];
    const heapBefore = liveBytes();
    let spentMs = 0;
    for (let sent = 0; sent < count; sent += BATCH) {
      const mutants = Array.from({ length: Math.min(BATCH, count - sent) }, () =>
        mutate(...random.pick(originals), random),
      );
      const start = performance.now();
      const answers = await chain.add(
        mutants.map(({ sealed }) => sealed),
        { peer: "bad peer" },
      );
      spentMs += performance.now() - start;
      for (const [i, answer] of answers.entries()) {
        const name = "code" in answer ? `${answer.kind} ${answer.code}` : answer.kind;
        verdicts.set(name, (verdicts.get(name) ?? 0) + 1);
        if (name === "accept" || name === "ignore internal_error") problems.push(`${mutants[i]?.kind}: ${name}`);
      }
    }
    const heapGrowthBytes = liveBytes() - heapBefore;
    const honest = originals.filter(([{ id }]) => !chain.dag.has(id)).map(([block]) => sealBlock(block));
    for (const answer of await chain.add(honest)) {
      if (answer.kind !== "accept") problems.push(`an honest block afterwards: ${answer.reason}`);
    }
    return { sent: count, verdicts, problems, heapGrowthBytes, perHeaderMs: spentMs / count };
  });
}
