/**
 * What a block claims to have measured: a candidate by its author, an attestation by a validator.
 *
 * Both losses were measured on the same evaluation set and on the same state of all other slots, with the block's
 * version in place (`loss`) and with the version that it improves in place (`baselineLoss`). Losses are mean next-token
 * cross entropies in nats; lower is better.
 *
 * Wire format: [loss, baselineLoss, evaluation, stateRoot].
 */
import { HASH_BYTES } from "../../core/bytes.ts";
import type { WireValue } from "../../core/codec.ts";
import { asArray, asBytes, asFloat } from "../../core/wire.ts";

export interface Claims {
  /** With the new version in place: finite, at least 0. */
  readonly loss: number;
  /** With the improved version in place: finite, at least 0. */
  readonly baselineLoss: number;
  /** Payload root of the evaluation set: 32 bytes. */
  readonly evaluation: Uint8Array;
  /** State root on which both were measured (that of `baselineLoss`): 32 bytes. */
  readonly stateRoot: Uint8Array;
}

export function claimsToWire(claims: Claims): WireValue {
  return [claims.loss, claims.baselineLoss, claims.evaluation, claims.stateRoot];
}

/** Throws `bad_encoding` naming the field. */
export function claimsFromWire(value: unknown): Claims {
  const [loss, baselineLoss, evaluation, stateRoot] = asArray(value, "claims", { length: 4 });
  return {
    loss: asFloat(loss, "claims.loss", { min: 0 }),
    baselineLoss: asFloat(baselineLoss, "claims.baselineLoss", { min: 0 }),
    evaluation: asBytes(evaluation, "claims.evaluation", HASH_BYTES),
    stateRoot: asBytes(stateRoot, "claims.stateRoot", HASH_BYTES),
  };
}

/** By how much the claim says the new version is better; negative when it is worse. */
export function improvement(claims: Pick<Claims, "loss" | "baselineLoss">): number {
  return claims.baselineLoss - claims.loss;
}
