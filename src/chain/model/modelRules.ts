/**
 * What validation needs to know of a model, taken from its manifest once: small enough to keep for every model.
 */
import { toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import type { HeadRules } from "./heads.ts";
import type { Manifest } from "./manifest.ts";
import { payloadBounds } from "./manifestRules.ts";

export interface SlotRules {
  readonly minBytes: number;
  readonly maxBytes: number;
}

export interface ModelRules extends HeadRules {
  /** Id of the meta block: 32 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  /** Author of the meta block: the only one who may sign first versions. */
  readonly publisher: Uint8Array;
  readonly slots: ReadonlyMap<string, SlotRules>;
  /** Public key in hex to its position in the manifest. */
  readonly validators: ReadonlyMap<string, number>;
  /** Payload root of the evaluation set. */
  readonly evaluation: Uint8Array | null;
}

export function modelRulesOf(meta: Block, manifest: Manifest): ModelRules {
  return {
    id: meta.id,
    name: manifest.name,
    publisher: meta.header.author,
    slots: new Map([...manifest.slots.values()].map((slot) => [slot.name, payloadBounds(slot)])),
    validators: new Map(manifest.validators.map((key, position) => [toHex(key), position])),
    evaluation: manifest.evaluation?.root ?? null,
    quorum: manifest.quorum,
    smallestImprovement: manifest.smallestImprovement,
  };
}
