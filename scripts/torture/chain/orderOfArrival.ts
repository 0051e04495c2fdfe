/**
 * Heads do not depend on the order of arrival: the same blocks, in random batches, with restarts in between, lead to the
 * heads that the definition gives for the whole set.
 */
import { auditChain } from "../../../src/chain/audit/audit.ts";
import { type Block, sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { headsOf, type Leaf } from "../../../src/chain/model/heads.ts";
import { stateRootOf } from "../../../src/chain/model/stateRoot.ts";
import { readVersionState } from "../../../src/chain/model/versionState.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { Random } from "../../support/random.ts";
import { type RandomHistory, randomHistory } from "../../support/randomModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";

export interface ArrivalPlan {
  readonly seed: number;
  readonly blocks: number;
  readonly mostInBatch: number;
  /** Chance of closing and opening the store after a batch. */
  readonly restarts: number;
  readonly beyondQuotas: boolean;
}

/** What is wrong, in sentences; none when all is well. */
export async function checkOrderOfArrival(plan: ArrivalPlan): Promise<string[]> {
  const random = new Random(plan.seed);
  const history = randomHistory(random, { blocks: plan.blocks, beyondQuotas: plan.beyondQuotas });
  const { model, blocks } = history;
  const expected = headsOf(blocks, model.manifest);
  return withTemporaryFolder(async (folder) => {
    const arrival = new Arrival(folder, history);
    await arrival.begin();
    for (const batch of random.batches(random.shuffle(blocks), plan.mostInBatch)) {
      await arrival.offer(batch);
      if (random.chance(plan.restarts)) await arrival.restart();
    }
    await arrival.offerUntilNothingIsNew(random);
    const problems = [...arrival.problems, ...(await arrival.compare(expected))];
    await arrival.close();
    const { findings } = await auditChain(folder);
    return [...problems, ...findings.map(({ message }) => `audit: ${message}`)];
  });
}

class Arrival {
  readonly problems: string[] = [];
  readonly #folder: string;
  readonly #history: RandomHistory;
  #adopted = new Set<string>();
  #chain: Chain | undefined;

  constructor(folder: string, history: RandomHistory) {
    this.#folder = folder;
    this.#history = history;
  }

  get chain(): Chain {
    return this.#chain as Chain;
  }

  async begin(): Promise<void> {
    this.#chain = await Chain.open(this.#folder, { minFreeBytes: 0 });
    await this.#history.model.publish(this.#chain);
  }

  async restart(): Promise<void> {
    await this.close();
    this.#chain = await Chain.open(this.#folder, { minFreeBytes: 0 });
  }

  /** True when a block was accepted. Notes rejected blocks, and adopted versions that are adopted no more. */
  async offer(blocks: readonly Block[]): Promise<boolean> {
    const verdicts = await this.chain.add(blocks.map(sealBlock), { peer: "neighbour" });
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.kind === "reject") this.problems.push(`${blocks[i]?.idHex} was rejected: ${verdict.reason}`);
    }
    const adopted = new Set<string>();
    for (const { id, idHex } of this.#history.blocks) {
      if (readVersionState(this.chain.rows, id)?.adopted === true) adopted.add(idHex);
    }
    for (const idHex of this.#adopted.difference(adopted)) this.problems.push(`${idHex} is adopted no more`);
    this.#adopted = adopted;
    return verdicts.some(({ kind }) => kind === "accept");
  }

  /** As nodes that stay connected do: what was ignored is offered again, in other orders. */
  async offerUntilNothingIsNew(random: Random): Promise<void> {
    while (await this.offer(random.shuffle(this.#history.blocks)));
  }

  async compare(expected: ReadonlyMap<string, Leaf>): Promise<string[]> {
    const { id } = this.#history.model.meta;
    const problems: string[] = [];
    const heads = await this.chain.heads(id);
    for (const slot of new Set([...heads.keys(), ...expected.keys()])) {
      const [held, wanted] = [describe(heads.get(slot)), describe(expected.get(slot))];
      if (held !== wanted) problems.push(`${slot}: the head is ${held}, by definition ${wanted}`);
      if (describe(this.chain.head(id, slot)) !== held) problems.push(`${slot}: head and heads differ`);
    }
    const root = stateRootOf(
      id,
      [...expected].map(([slot, leaf]) => [slot, leaf.id]),
    );
    if (toHex(await this.chain.stateRoot(id)) !== toHex(root)) problems.push("the state root differs");
    return problems;
  }

  async close(): Promise<void> {
    await this.chain.close();
  }
}

function describe(leaf: Leaf | undefined): string {
  return leaf === undefined ? "none" : `${toHex(leaf.id)} (${leaf.medianLoss})`;
}
