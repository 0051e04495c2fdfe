/**
 * Heads: the current version of every slot, a pure function of the set of blocks. The order of arrival plays no part.
 *
 * 1. Every first version (by the publisher) is adopted. A later version is adopted when the version that it improves is
 *    adopted and a quorum of validators has attested an improvement of at least the manifest's smallest improvement.
 * 2. A validator has one vote on a candidate: of its attestations that show the improvement, the one with the lowest
 *    loss, then the lowest id. More blocks can therefore only add adopted versions, never take one back.
 * 3. The head of a slot is the adopted version without adopted successors that has the lowest median attested loss,
 *    then the lowest id. First versions have no attested loss and rank last.
 */
import { compareBytes, toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import { type Claims, improvement } from "../block/claims.ts";
import type { Manifest } from "./manifest.ts";

export type HeadRules = Pick<Manifest, "quorum" | "smallestImprovement">;

/** What an attestation says, and its id. */
export interface Vote {
  readonly loss: number;
  readonly id: Uint8Array;
}

/** An adopted version without adopted successors. `medianLoss` is `Infinity` for a first version. */
export interface Leaf {
  readonly id: Uint8Array;
  readonly medianLoss: number;
}

/** Whether a measurement shows what rule 1 asks for. No improvement at all never does. */
export function showsImprovement(claims: Claims, { smallestImprovement }: HeadRules): boolean {
  const gain = improvement(claims);
  return gain > 0 && gain >= smallestImprovement;
}

/** Rule 2: negative when `a` is the better of two votes of one validator. */
export function compareVotes(a: Vote, b: Vote): number {
  if (a.loss !== b.loss) return a.loss < b.loss ? -1 : 1;
  return compareBytes(a.id, b.id);
}

/** The median loss of a quorum of votes (one a validator), or `undefined` when there is no quorum. */
export function medianOfQuorum(votes: readonly Vote[], { quorum }: HeadRules): number | undefined {
  if (votes.length < quorum || votes.length === 0) return undefined;
  const losses = votes.map(({ loss }) => loss).sort((a, b) => a - b);
  const middle = losses.length >> 1;
  return losses.length % 2 === 1 ? losses[middle] : ((losses[middle - 1] as number) + (losses[middle] as number)) / 2;
}

/** Rule 3: negative when `a` comes first. */
export function compareLeaves(a: Leaf, b: Leaf): number {
  if (a.medianLoss !== b.medianLoss) return a.medianLoss < b.medianLoss ? -1 : 1;
  return compareBytes(a.id, b.id);
}

/**
 * The heads of `model` by slot name, computed from all of its valid blocks at once. The store keeps them up to date
 * block by block (`headTracker.ts`); this is the definition that it is held to.
 */
export function headsOf(blocks: Iterable<Block>, rules: HeadRules): Map<string, Leaf> {
  const versions: Block[] = [];
  const votes = new Map<string, Map<string, Vote>>();
  for (const block of blocks) {
    const { type, payload } = block.header;
    if (type === "attestation") addVote(votes, block, rules);
    else if (type !== "meta" && payload !== null) versions.push(block);
  }
  const successors = Map.groupBy(
    versions.filter(({ header }) => header.claims !== null),
    ({ header }) => toHex(header.parents[0] as Uint8Array),
  );
  const leaves = new Map<string, Leaf[]>();
  const adopted = versions.filter(({ header }) => header.claims === null).map((block) => ({ block, loss: Infinity }));
  for (const { block, loss } of adopted) {
    let isLeaf = true;
    for (const successor of successors.get(block.idHex) ?? []) {
      const median = medianOfQuorum([...(votes.get(successor.idHex)?.values() ?? [])], rules);
      if (median === undefined) continue;
      isLeaf = false;
      adopted.push({ block: successor, loss: median });
    }
    const slot = block.header.slot as string;
    if (isLeaf) leaves.set(slot, [...(leaves.get(slot) ?? []), { id: block.id, medianLoss: loss }]);
  }
  return new Map([...leaves].map(([slot, all]) => [slot, all.sort(compareLeaves)[0] as Leaf]));
}

function addVote(votes: Map<string, Map<string, Vote>>, { id, header }: Block, rules: HeadRules): void {
  const { claims, parents, author } = header;
  if (claims === null || !showsImprovement(claims, rules)) return;
  const candidate = toHex(parents[0] as Uint8Array);
  const ofCandidate = votes.get(candidate) ?? new Map<string, Vote>();
  votes.set(candidate, ofCandidate);
  const validator = toHex(author);
  const held = ofCandidate.get(validator);
  const vote = { loss: claims.loss, id };
  if (held === undefined || compareVotes(vote, held) < 0) ofCandidate.set(validator, vote);
}
