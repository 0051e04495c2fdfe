/** The verdict on a stored block, from all checks that do not depend on when it came. */
import { type Block, hasValidSignature } from "./block/block.ts";
import type { Chain } from "./chain.ts";
import { loadModelRules } from "./model/modelLoader.ts";
import { checkStored } from "./validation/validate.ts";
import { ACCEPT, reject, type Verdict } from "./verdict.ts";

/** Signature included; for a meta block the manifest too. Payloads of versions are not read. */
export async function recheck(chain: Chain, block: Block): Promise<Verdict> {
  if (!hasValidSignature(block)) return reject("bad_signature", "signature: not valid for id and author");
  const verdict = checkStored(block, {
    rows: chain.rows,
    models: chain.models,
    nowMs: block.header.timeMs,
    enforceQuotas: false,
    isAttested: () => false,
    header: (id) => chain.dag.block(id)?.header,
  });
  if (verdict !== undefined) return verdict;
  if (block.header.type !== "meta") return ACCEPT;
  const rules = await loadModelRules(chain.payloads, block);
  return "kind" in rules ? rules : ACCEPT;
}
