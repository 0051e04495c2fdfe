/**
 * Which slots lie in prepared files, and what memory they take then.
 *
 * Such a slot has sessions of its own. A slot so small that those take more memory than quantising saves stays
 * float32, whatever the precision asked for.
 */
import type { SlotKind } from "../../core/slot.ts";
import { slotParts } from "../model/parts.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Precision } from "./options.ts";
import type { StoredBits } from "./preparedFile.ts";
import { blockSizeFor, type QuantisedBits } from "./quantise.ts";

/** Measured: a session without weights. */
export const SESSION_BYTES = 120_000;

/**
 * Measured with `npm run bench -- engine --only budget`: experts that come and go leave gaps in the allocator's memory, 1.1
 * to 1.4 times what their sessions hold. Float32 lies in the process's own arrays or in mapped files, without gaps.
 */
const ALLOCATOR_GAPS = 1.3;

export interface QuantisationOptions {
  readonly precision: Precision;
  readonly shards: number;
  /** Least memory that quantising a slot must save, in bytes. */
  readonly minSavedBytes: number;
  /** Float32 is mapped from prepared files only when there is a folder that outlives the engine. */
  readonly cacheFolder: string | undefined;
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

/** Memory of one expert over all shards, by which the budget counts. */
export function expertBytes(spec: ModelSpec, options: QuantisationOptions): number {
  const bits = storedBits(spec, "expert", options);
  if (bits === undefined) return floatBytes(spec, "expert");
  if (bits === 32) return floatBytes(spec, "expert") + options.shards * SESSION_BYTES;
  const held = quantisedBytes(spec, "expert", bits, options.shards) + options.shards * SESSION_BYTES;
  return Math.ceil(ALLOCATOR_GAPS * held);
}

/** Matrices of a slot as [outputs, inputs]; a head with tied embeddings has one all the same. */
function shapes(spec: ModelSpec, kind: SlotKind): (readonly number[])[] {
  const own = slotParts(spec, kind).map(({ shape }) => shape);
  return kind === "head" && spec.tiedEmbeddings ? [...own, [spec.vocabSize, spec.hiddenSize]] : own;
}

function floatBytes(spec: ModelSpec, kind: SlotKind): number {
  return shapes(spec, kind).reduce((total, shape) => total + 4 * shape.reduce((product, size) => product * size, 1), 0);
}

/** As onnxruntime holds them: beside the elements a scale and a sum for each block. */
function quantisedBytes(spec: ModelSpec, kind: SlotKind, bits: QuantisedBits, shards: number): number {
  let bytes = 0;
  for (const [outputs = 1, inputs] of shapes(spec, kind)) {
    if (inputs === undefined) bytes += 4 * outputs;
    else {
      // Some matrices are cut along their inputs: the narrower blocks are an upper bound for the others.
      const width = Math.ceil(inputs / shards);
      const blockSize = blockSizeFor(width);
      bytes += Math.ceil((outputs * shards * Math.ceil(width / blockSize) * (blockSize * bits)) / 8);
      bytes += 8 * outputs * shards * Math.ceil(width / blockSize);
    }
  }
  return bytes;
}
