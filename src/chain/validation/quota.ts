/**
 * Checks against what this node is willing to hold. They ignore, never reject. What could become a head is exempt: a
 * candidate that a validator attested, and an attestation that ranks above those held.
 */
import { toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import { MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE } from "../limits.ts";
import { decodeVotes } from "../model/headRecords.ts";
import { compareVotes } from "../model/heads.ts";
import { voteOf } from "../model/headTracker.ts";
import { readPayloadUse } from "../model/payloadUse.ts";
import { exceededQuota } from "../model/quotas.ts";
import { keyOf } from "../store/keySpaces.ts";
import { ignore, type Verdict } from "../verdict.ts";
import type { ValidationContext } from "./context.ts";

export function checkQuota(block: Block, context: ValidationContext): Verdict | undefined {
  const { type, model, slot, author, claims, payload } = block.header;
  if (!context.enforceQuotas || model === null || slot === null) return undefined;
  if (type === "attestation") return checkAttestationQuota(block, context);
  if (context.isAttested(block.idHex)) return undefined;
  const exceeded = exceededQuota(context.rows, { model, slot, author }, block.id, claims === null);
  if (exceeded !== undefined) return ignore("over_quota", `this node holds at most ${exceeded}`);
  return payload !== null && readPayloadUse(context.rows, payload.root, model).isFull
    ? ignore("over_quota", "payload.root: too many versions have this payload already")
    : undefined;
}

function checkAttestationQuota(block: Block, { rows, models }: ValidationContext): Verdict | undefined {
  const { parents, model, author } = block.header;
  const rules = models.get(toHex(model as Uint8Array));
  const row = rows.get(keyOf("votes", parents[0] as Uint8Array));
  if (row === undefined || rules === undefined) return undefined;
  const validator = rules.validators.get(toHex(author));
  const held = decodeVotes(row).find((each) => each.validator === validator)?.attestations ?? [];
  const worst = held[MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE - 1];
  return worst === undefined || compareVotes(voteOf(block, rules), worst) < 0
    ? undefined
    : ignore("over_quota", `this node holds ${held.length} better attestations of this validator on this candidate`);
}
