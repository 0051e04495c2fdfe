/** Checks against what this node is willing to hold. They ignore, never reject. */
import { toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import { MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE } from "../limits.ts";
import { decodeVotes } from "../model/headRecords.ts";
import { readPayloadUse } from "../model/payloadUse.ts";
import { exceededQuota } from "../model/quotas.ts";
import { keyOf } from "../store/keySpaces.ts";
import { ignore, type Verdict } from "../verdict.ts";
import type { ValidationContext } from "./context.ts";

export function checkQuota(block: Block, context: ValidationContext): Verdict | undefined {
  const { type, model, slot, author, claims, payload } = block.header;
  if (!context.enforceQuotas || model === null || slot === null) return undefined;
  if (type === "attestation") return checkAttestationQuota(block, context);
  const exceeded = exceededQuota(context.rows, { model, slot, author }, claims === null);
  if (exceeded !== undefined) return ignore("over_quota", `this node holds at most ${exceeded}`);
  return payload !== null && readPayloadUse(context.rows, payload.root, model).isFull
    ? ignore("over_quota", "payload.root: too many versions have this payload already")
    : undefined;
}

function checkAttestationQuota({ header }: Block, { rows, models }: ValidationContext): Verdict | undefined {
  const row = rows.get(keyOf("votes", header.parents[0] as Uint8Array));
  if (row === undefined) return undefined;
  const validator = models.get(toHex(header.model as Uint8Array))?.validators.get(toHex(header.author));
  const held = decodeVotes(row).find((each) => each.validator === validator)?.attestations ?? 0;
  return held < MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE
    ? undefined
    : ignore("over_quota", `this node holds at most ${held} attestations of one validator on one candidate`);
}
