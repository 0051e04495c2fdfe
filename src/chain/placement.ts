/**
 * Puts blocks of one group in their place: each is checked against the blocks before it, then applied to the group's
 * transaction. A block that fails half way leaves nothing behind.
 */
import { toHex } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Block } from "./block/block.ts";
import type { Header } from "./block/header.ts";
import { topologicalOrder } from "./dag/topologicalOrder.ts";
import type { ChildrenOf } from "./model/headTracker.ts";
import type { ModelRules } from "./model/modelRules.ts";
import { applyBlock } from "./store/applyBlock.ts";
import type { Transaction } from "./store/transaction.ts";
import { checkInPlace } from "./validation/validate.ts";
import { ACCEPT, ignore, type Verdict } from "./verdict.ts";

/** The event loop gets a turn after this much work. */
const MAX_BUSY_MS = 20;

export interface Placement {
  readonly clock: Clock;
  readonly enforceQuotas: boolean;
  readonly models: Map<string, ModelRules>;
  /** The rules of a meta block about to be stored; they count from the next block on. */
  rulesOf(meta: Block): ModelRules;
  /** Whether a validator has attested the candidate with this id (hex), as far as this node has heard lately. */
  isAttested(idHex: string): boolean;
  /** When a version counts as received; default now. */
  receivedAtMs?(block: Block): number;
  header(id: Uint8Array, rows: Transaction): Header | undefined;
  childrenOf(id: Uint8Array, rows: Transaction): ReturnType<ChildrenOf>;
  onApplied(block: Block): void;
}

export interface Placed {
  /** By id in hex. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly accepted: readonly Block[];
}

/** Places `blocks` (in any order, perhaps one twice) into `rows`. */
export async function placeBlocks(blocks: readonly Block[], rows: Transaction, placement: Placement): Promise<Placed> {
  const { clock } = placement;
  const verdicts = new Map<string, Verdict>();
  const accepted: Block[] = [];
  let turnStart = clock.monotonicMs();
  for (const block of inOrder(blocks)) {
    const verdict = await placeBlock(block, rows, placement);
    verdicts.set(block.idHex, verdict);
    if (verdict === ACCEPT) accepted.push(block);
    if (clock.monotonicMs() - turnStart > MAX_BUSY_MS) {
      await new Promise(setImmediate);
      turnStart = clock.monotonicMs();
    }
  }
  return { verdicts, accepted };
}

/** Each block once, after those that it builds on. Ids are hashes, so there is no cycle to refuse. */
function inOrder(blocks: readonly Block[]): Block[] {
  const unique = new Map(blocks.map((block) => [block.idHex, block]));
  const named = [...unique.values()].map((block) => ({
    id: block.idHex,
    dependsOn: block.header.parents.map(toHex),
    block,
  }));
  return topologicalOrder(named).map(({ block }) => block);
}

async function placeBlock(block: Block, rows: Transaction, placement: Placement): Promise<Verdict> {
  const { models, clock, enforceQuotas, isAttested } = placement;
  const nowMs = clock.nowMs();
  // Each parent is asked for several times, always by the same object.
  const known = new Map<Uint8Array, Header | undefined>();
  const header = (id: Uint8Array) => {
    if (!known.has(id)) known.set(id, placement.header(id, rows));
    return known.get(id);
  };
  try {
    const verdict = checkInPlace(block, { rows, models, nowMs, enforceQuotas, isAttested, header });
    if (verdict !== undefined) return verdict;
    if (block.header.type === "meta") models.set(block.idHex, placement.rulesOf(block));
    const rules = models.get(block.header.model === null ? block.idHex : toHex(block.header.model));
    const receivedAtMs = placement.receivedAtMs?.(block) ?? nowMs;
    await rows.atomically(() => applyBlock(rows, block, rules, receivedAtMs, (id) => placement.childrenOf(id, rows)));
    placement.onApplied(block);
    return ACCEPT;
  } catch (error) {
    return ignore("internal_error", errorMessage(error));
  }
}
