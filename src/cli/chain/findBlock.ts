/** A block by the first digits of its id, as people type them. */
import type { Block } from "../../chain/block/block.ts";
import type { Chain } from "../../chain/chain.ts";
import { toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";

const MAX_CANDIDATES = 10;
/** Digits that must be right before a nearest match is looked for; also the fewest that name a block. */
const SHARED_DIGITS = 4;

/**
 * The one block whose id begins with `prefix` (4 to 64 hex digits, any case). Throws `bad_prefix`, `block_not_found`
 * with the nearest id, or `ambiguous_hash` with the candidates.
 */
export async function findBlock({ dag }: Chain, prefix: string): Promise<Block> {
  const digits = prefix.toLowerCase();
  const ids = await dag.findByPrefix(digits, MAX_CANDIDATES + 1);
  if (ids.length > 1) throw ambiguous(prefix, ids.map(toHex));
  const block = ids[0] === undefined ? undefined : dag.block(ids[0]);
  if (block !== undefined) return block;
  const similar = await dag.findByPrefix(digits.slice(0, SHARED_DIGITS), 100);
  const shown = nearest(
    digits,
    similar.map((id) => toHex(id).slice(0, digits.length)),
  );
  const hint = shown === undefined ? 'run "ai-block chain ls" for what there is' : `did you mean "${shown}"?`;
  throw new AiBlockError(
    "block_not_found",
    `hash: expected the first digits of a block's id, got "${prefix}", ${hint}`,
  );
}

function ambiguous(prefix: string, candidates: readonly string[]): AiBlockError {
  const more = candidates.length > MAX_CANDIDATES ? ["  and more"] : [];
  const lines = [...candidates.slice(0, MAX_CANDIDATES).map((id) => `  ${id}`), ...more];
  return new AiBlockError(
    "ambiguous_hash",
    `hash: expected the digits of one block, got "${prefix}" with which several begin\n${lines.join("\n")}`,
    { candidates },
  );
}
