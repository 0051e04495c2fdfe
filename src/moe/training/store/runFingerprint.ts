/** A name for a training run: the same for the same model, options and data, so that no run continues another one. */
import { createHash, type Hash } from "node:crypto";
import type { Trainer } from "../trainer.ts";

const CHUNK_ELEMENTS = 4 * 1024 * 1024;

/**
 * SHA-256 in hex of the model's config, all weights, the options that the results depend on beyond rounding, and `data`.
 * The trainer must be as it was created.
 * @param data whatever else belongs to the run, for example the hash of its token file
 */
export function runFingerprint(trainer: Trainer, data: string): string {
  const { mode, optimizer, schedule, clipNorm, auxiliaryLoss } = trainer.settings;
  const hash = createHash("sha256");
  const facts = [trainer.source.config, mode, optimizer, schedule, clipNorm ?? null, auxiliaryLoss, data];
  hash.update(JSON.stringify(facts));
  addFloats(hash, trainer.memory.trained);
  addFloats(hash, trainer.memory.frozen);
  return hash.digest("hex");
}

/** A hash is not made from shared memory: pieces are copied. */
function addFloats(hash: Hash, values: Float32Array): void {
  for (let at = 0; at < values.length; at += CHUNK_ELEMENTS) {
    hash.update(new Uint8Array(values.slice(at, at + CHUNK_ELEMENTS).buffer));
  }
}
