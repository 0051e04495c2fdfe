/**
 * Which slots lie in prepared files, and what memory they take then.
 *
 * A slot that would save little stays float32, whatever the precision asked for.
 */
import type { SlotKind } from "../../core/slot.ts";
import { slotParts } from "../model/parts.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Precision } from "./options.ts";
import type { ExecutionProvider } from "./ort.ts";
import { panelBlockSize, panelBytes } from "./panels/packPanels.ts";
import type { StoredBits } from "./preparedFile.ts";
import type { QuantisedBits } from "./quantise.ts";

/** Measured: a session without weights. A slot in a mapped file has one in every shard; one in panels has none. */
export const SESSION_BYTES = 120_000;

export interface QuantisationOptions {
  readonly precision: Precision;
  readonly shards: number;
  /** Least memory that quantising a slot must save, in bytes. */
  readonly minSavedBytes: number;
  /** Float32 is mapped from prepared files only when there is a folder that outlives the engine. */
  readonly cacheFolder: string | undefined;
  readonly executionProvider: ExecutionProvider;
}

/** Bits of the matrices of slots of this kind in prepared files; `undefined`: float32 in this process's memory. */
export function storedBits(spec: ModelSpec, kind: SlotKind, options: QuantisationOptions): StoredBits | undefined {
  const { precision, cacheFolder } = options;
  if (kind === "router" || kind === "embedding") return undefined;
  if (precision === "f32")
    return cacheFolder !== undefined && floatBytes(spec, kind) >= options.minSavedBytes ? 32 : undefined;
  const bits = precision === "q8" ? 8 : 4;
  return floatBytes(spec, kind) - quantisedBytes(spec, kind, bits, options.shards) >= options.minSavedBytes
    ? bits
    : undefined;
}

/** Memory of one expert over all shards. */
export function expertBytes(spec: ModelSpec, options: QuantisationOptions): number {
  const bits = storedBits(spec, "expert", options);
  if (bits === undefined) return floatBytes(spec, "expert");
  if (bits === 32) return floatBytes(spec, "expert") + options.shards * SESSION_BYTES;
  const sessions = options.executionProvider === "cpu" ? 0 : options.shards;
  return quantisedBytes(spec, "expert", bits, options.shards) + sessions * SESSION_BYTES;
}

/** Matrices of a slot as [outputs, inputs]; a head with tied embeddings has one all the same. */
function shapes(spec: ModelSpec, kind: SlotKind): (readonly number[])[] {
  const own = slotParts(spec, kind).map(({ shape }) => shape);
  return kind === "head" && spec.tiedEmbeddings ? [...own, [spec.vocabSize, spec.hiddenSize]] : own;
}

function floatBytes(spec: ModelSpec, kind: SlotKind): number {
  return shapes(spec, kind).reduce((total, shape) => total + 4 * shape.reduce((product, size) => product * size, 1), 0);
}

/** An upper bound: some matrices are cut along their outputs, others along their inputs. */
function quantisedBytes(spec: ModelSpec, kind: SlotKind, bits: QuantisedBits, shards: number): number {
  let bytes = 0;
  for (const [outputs = 1, inputs] of shapes(spec, kind)) {
    if (inputs === undefined) bytes += 4 * outputs;
    else {
      const cuts = [
        { outputs: Math.ceil(outputs / shards), inputs },
        { outputs, inputs: Math.ceil(inputs / shards) },
      ];
      const sizes = cuts.map((shape) => panelBytes({ ...shape, bits, blockSize: panelBlockSize(shape.inputs, bits) }));
      bytes += shards * Math.max(...sizes.map(({ data, scales }) => data + scales));
    }
  }
  return bytes;
}
