/**
 * Checks against the model's manifest: who may say what about which slot. They need no other block than the meta block.
 */
import { bytesEqual, toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import type { Header } from "../block/header.ts";
import { MAX_CLOCK_SKEW_MS, MAX_MANIFEST_BYTES, MAX_MODELS, MAX_MODELS_PER_AUTHOR } from "../limits.ts";
import { showsImprovement } from "../model/heads.ts";
import type { ModelRules } from "../model/modelRules.ts";
import { ignore, reject, type Verdict } from "../verdict.ts";
import type { ValidationContext } from "./context.ts";

export function checkTime({ header }: Block, { nowMs }: ValidationContext): Verdict | undefined {
  return header.timeMs <= nowMs + MAX_CLOCK_SKEW_MS
    ? undefined
    : ignore("time_in_future", `timeMs: ${header.timeMs - nowMs} ms ahead of this node's clock`);
}

export function checkMeta({ header, idHex }: Block, { models }: ValidationContext): Verdict | undefined {
  const bytes = header.payload?.bytes ?? 0;
  if (bytes < 1 || bytes > MAX_MANIFEST_BYTES) {
    return reject("bad_payload", `payload.bytes: a manifest has 1 to ${MAX_MANIFEST_BYTES} bytes, got ${bytes}`);
  }
  if (models.has(idHex)) return undefined;
  if (models.size >= MAX_MODELS) return ignore("over_quota", `this node holds ${MAX_MODELS} models already`);
  const ofAuthor = [...models.values()].filter(({ publisher }) => bytesEqual(publisher, header.author)).length;
  return ofAuthor < MAX_MODELS_PER_AUTHOR
    ? undefined
    : ignore("over_quota", `this node holds ${MAX_MODELS_PER_AUTHOR} models of this author already`);
}

export function checkModelRules({ header }: Block, { models }: ValidationContext): Verdict | undefined {
  const model = header.model as Uint8Array;
  const rules = models.get(toHex(model));
  if (rules === undefined) return ignore("unknown_model", `model ${toHex(model)} is not known here`, [model]);
  const slot = rules.slots.get(header.slot as string);
  if (slot === undefined) return reject("unknown_slot", `slot: the manifest has no ${header.slot}`);
  if (header.type === "attestation") return checkValidator(header, rules) ?? checkClaims(header, rules);
  const bytes = header.payload?.bytes ?? 0;
  if (bytes < slot.minBytes || bytes > slot.maxBytes) {
    return reject(
      "bad_payload",
      `payload.bytes: ${header.slot} has ${slot.minBytes} to ${slot.maxBytes} bytes by the manifest, got ${bytes}`,
    );
  }
  return header.claims === null ? checkPublisher(header, rules) : checkCandidate(header, rules);
}

function checkPublisher({ author, slot }: Header, { publisher }: ModelRules): Verdict | undefined {
  return bytesEqual(author, publisher)
    ? undefined
    : reject("not_the_publisher", `author: the first version of ${slot} must be signed by the model's publisher`);
}

function checkValidator({ author }: Header, { validators }: ModelRules): Verdict | undefined {
  return validators.has(toHex(author))
    ? undefined
    : reject("not_a_validator", `author: ${toHex(author)} is not among the manifest's validators`);
}

function checkClaims({ claims }: Header, { evaluation }: ModelRules): Verdict | undefined {
  return evaluation !== null && claims !== null && bytesEqual(claims.evaluation, evaluation)
    ? undefined
    : reject("wrong_evaluation", "claims.evaluation: expected the manifest's evaluation set");
}

function checkCandidate(header: Header, rules: ModelRules): Verdict | undefined {
  const wrong = checkClaims(header, rules);
  if (wrong !== undefined) return wrong;
  if (header.claims !== null && showsImprovement(header.claims, rules)) return undefined;
  return reject("no_improvement", `claims: expected an improvement of at least ${rules.smallestImprovement}`);
}
