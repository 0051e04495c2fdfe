/**
 * Equivocation: one key that says two things where it may say one. The heads are chosen the same everywhere all the
 * same; the blocks stay as evidence, and are found here when somebody asks.
 *
 * - A publisher signed several first versions of one slot.
 * - A validator signed several attestations of one candidate.
 */
import { toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import type { Dag } from "./dag.ts";

export interface Equivocation {
  readonly kind: "first_versions" | "attestations";
  readonly author: Uint8Array;
  readonly slot: string;
  /** Two blocks or more, ascending by id. */
  readonly ids: readonly Uint8Array[];
}

/** Looks at every block that builds on the model's meta block or on a candidate. */
export async function* findEquivocations(dag: Dag, model: Uint8Array): AsyncGenerator<Equivocation> {
  yield* among(dag, model, "first_versions", isFirstVersion);
  for await (const block of dag.blocks({ model, chain: "B" })) {
    if (block.header.payload !== null && block.header.claims !== null) {
      yield* among(dag, block.id, "attestations", ({ header }) => header.type === "attestation");
    }
  }
}

const isFirstVersion = ({ header }: Block) => header.payload !== null && header.claims === null;

/** The children of `subject` that `counts` selects, where one author has several for one slot. */
async function* among(
  dag: Dag,
  subject: Uint8Array,
  kind: Equivocation["kind"],
  counts: (block: Block) => boolean,
): AsyncGenerator<Equivocation> {
  const groups = new Map<string, Block[]>();
  for await (const id of dag.children(subject)) {
    const block = dag.block(id);
    if (block === undefined || !counts(block) || Buffer.compare(block.header.parents[0]!, subject) !== 0) continue;
    const key = `${toHex(block.header.author)} ${block.header.slot}`;
    groups.set(key, [...(groups.get(key) ?? []), block]);
  }
  for (const blocks of groups.values()) {
    if (blocks.length < 2) continue;
    const { author, slot } = blocks[0]!.header;
    yield { kind, author, slot: slot as string, ids: blocks.map(({ id }) => id) };
  }
}
